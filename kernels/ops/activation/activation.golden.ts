import type { GoldenFamily } from "../../testing/golden.ts";
import { activation } from "./activation.ts";
import type { ActivationKind } from "./functions.ts";

/** Serves the vector ops named as the kinds are: gelu_tanh, gelu_erf, silu, relu, sigmoid, tanh. */
export const activationGolden: GoldenFamily = {
  kind: "graph",
  build: (g, golden, input) => {
    const [y] = g.emit(activation, [input("x")], { kind: golden.op as ActivationKind });
    return y ? { y } : {};
  },
};
