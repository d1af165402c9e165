import type { GoldenFamily } from "../../testing/golden.ts";
import { logSoftmax } from "./log-softmax.ts";

export const logSoftmaxGolden: GoldenFamily = {
  kind: "graph",
  build: (g, _golden, input) => {
    const [y, logsumexp] = g.emit(logSoftmax, [input("x")], {});
    return y && logsumexp ? { y, logsumexp } : {};
  },
};
