import type { GoldenFamily } from "../../testing/golden.ts";
import type { ActivationKind } from "../activation/functions.ts";
import { gated, gatedPacked } from "./gated.ts";

const gatedWith = (kind: ActivationKind): GoldenFamily => ({
  kind: "graph",
  build: (g, _golden, input) => {
    const [y] = g.emit(gated, [input("gate"), input("up")], { kind });
    return y ? { y } : {};
  },
});

export const swigluGolden: GoldenFamily = gatedWith("silu");
export const gegluTanhGolden: GoldenFamily = gatedWith("gelu_tanh");

export const swigluPackedGolden: GoldenFamily = {
  kind: "graph",
  build: (g, _golden, input) => {
    const [y] = g.emit(gatedPacked, [input("x")], { kind: "silu" });
    return y ? { y } : {};
  },
};
