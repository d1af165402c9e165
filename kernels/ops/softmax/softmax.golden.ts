import type { GoldenFamily } from "../../testing/golden.ts";
import { softmax } from "./softmax.ts";

export const softmaxGolden: GoldenFamily = {
  kind: "graph",
  build: (g, _golden, input) => {
    const [y] = g.emit(softmax, [input("x")], {});
    return y ? { y } : {};
  },
};
