import type { GoldenFamily } from "../../testing/golden.ts";
import { layernorm } from "./layernorm.ts";

export const layernormGolden: GoldenFamily = {
  kind: "graph",
  build: (g, golden, input, has) => {
    const optional = (name: string) => (has(name) ? input(name) : null);
    const [y, rstd, mean] = g.emit(
      layernorm,
      [input("x"), optional("weight"), optional("bias"), null],
      { eps: golden.attrs.eps as number },
    );
    return y && rstd && mean ? { y, rstd, mean } : {};
  },
};
