import type { GoldenFamily } from "../../testing/golden.ts";
import { rmsnorm } from "./rmsnorm.ts";

export const rmsnormGolden: GoldenFamily = {
  kind: "graph",
  build: (g, golden, input, has) => {
    const [y, rstd] = g.emit(rmsnorm, [input("x"), has("weight") ? input("weight") : null, null], {
      eps: golden.attrs.eps as number,
      weightPlusOne: golden.attrs.weight_plus_one === true,
    });
    return y && rstd ? { y, rstd } : {};
  },
};
