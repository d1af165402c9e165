import type { GoldenFamily } from "../../testing/golden.ts";
import { type AttentionAttrs, attention, attentionProbs } from "./attention.ts";

/** Below this a logsumexp is that of a query which sees no key. */
const NO_KEYS = -1e38;

/** Scaled dot-product attention of separate heads: outputs, statistics, probabilities, gradients. */
export const sdpaGolden: GoldenFamily = {
  kind: "graph",
  dtypes: { key_mask: "u32" },
  build(g, { attrs }, input, has) {
    const rules: AttentionAttrs = {
      causal: attrs.causal as boolean,
      window: attrs.window as number | null,
      softcap: attrs.softcap as number | null,
      scale: attrs.scale as number,
      qOffset: attrs.q_offset as number,
    };
    const keyMask = has("key_mask") ? input("key_mask") : null;
    const [q, k, v] = [input("q"), input("k"), input("v")];
    const [o, lse] = g.emit(attention, [q, k, v, keyMask], rules);
    const [probs] = g.emit(attentionProbs, [q, k, keyMask], rules);
    if (!o || !lse || !probs) throw new Error("attention must give o, lse and probabilities");
    return { o, lse, probs };
  },
  // Ours is a large finite number, because WGSL may assume that infinities do not exist.
  finish: (name, values) =>
    name === "lse" ? values.map((v) => (v < NO_KEYS ? Number.NEGATIVE_INFINITY : v)) : values,
};
