import type { GoldenFamily } from "../../testing/golden.ts";
import { gatherLogprob } from "./gather-logprob.ts";

export const gatherLogprobGolden: GoldenFamily = {
  kind: "graph",
  dtypes: { target: "i32" },
  build: (g, golden, input) => {
    const temperature = Number(golden.attrs.temperature ?? 1);
    const [logp, entropy] = g.emit(gatherLogprob, [input("logits"), input("target")], {
      temperature,
    });
    return logp && entropy ? { logp, entropy } : {};
  },
};
