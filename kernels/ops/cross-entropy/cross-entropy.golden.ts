import type { GoldenFamily } from "../../testing/golden.ts";
import { crossEntropy } from "./cross-entropy.ts";
import type { CrossEntropyAttrs } from "./settings.ts";

/** Serves `cross_entropy` and `cross_entropy_token_weight`: the inputs say which weights there are. */
export const crossEntropyGolden: GoldenFamily = {
  kind: "graph",
  dtypes: { target: "i32" },
  build: (g, golden, input, has) => {
    const attrs: CrossEntropyAttrs = {
      ignoreIndex: Number(golden.attrs.ignore_index ?? -100),
      labelSmoothing: Number(golden.attrs.label_smoothing ?? 0),
      reduction: golden.attrs.reduction === "sum" ? "sum" : "mean",
    };
    const [loss, perRow, logsumexp] = g.emit(
      crossEntropy,
      [
        input("logits"),
        input("target"),
        has("token_weight") ? input("token_weight") : null,
        has("class_weight") ? input("class_weight") : null,
      ],
      attrs,
    );
    if (!loss || !perRow || !logsumexp) return {};
    return {
      loss: g.reshape(loss, []),
      per_row: perRow,
      ...(golden.outputs.logsumexp ? { logsumexp } : {}),
    };
  },
};
