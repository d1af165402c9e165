import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { f32, ShapeError, type TensorSpec } from "../../core/shape.ts";
import { type CacheAttrs, checkCache } from "../kv-cache/kv-cache.ts";
import code from "./decode_attention.wgsl?raw";

export interface DecodeAttentionAttrs extends CacheAttrs {
  /** Sliding window in tokens, the query's own included; null for all. */
  readonly window: number | null;
  /** Scores become softcap * tanh(score / softcap); null for none. */
  readonly softcap: number | null;
  readonly scale: number;
}

/** Widest head the kernel holds. */
const MAX_HEAD = 256;

/**
 * Attention of new tokens over a KV cache to which they were already appended.
 *
 * Inputs: `qkv` f32 `[B, T, (Hq + 2 Hk) * D]`, of which q is read; `cache` f32 `[2, B, S, Hk * D]`;
 * `lengths` u32 `[B]`, tokens that were there before these T. Query t of row b stands at position
 * lengths[b] + t and sees positions up to its own. Output `o` f32 `[B, T, Hq * D]`. Query head h reads
 * key head h // (Hq / Hk).
 *
 * @throws ShapeError when shapes disagree or a head is wider than 256.
 */
export const decodeAttention: OpDefinition<DecodeAttentionAttrs> = {
  name: "decodeAttention",
  inputs: ["qkv", "cache", "lengths"],
  outputs: ["o"],
  infer([qkv, cache, lengths], attrs) {
    checkCache("decodeAttention", cache, qkv, lengths, attrs);
    if (attrs.headDim > MAX_HEAD)
      throw new ShapeError(
        "decodeAttention",
        `a head may be at most ${MAX_HEAD} wide; it is ${attrs.headDim}`,
      );
    const [B = 0, T = 0] = (qkv as TensorSpec).shape;
    return [f32([B, T, attrs.heads * attrs.headDim])];
  },
  plan({ inputs: [qkv, cache], attrs }) {
    const [B = 0, T = 0] = (qkv as TensorSpec).shape;
    const { heads, kvHeads, headDim, window, softcap, scale } = attrs;
    const rows = B * T * heads;
    return {
      dispatches: [
        {
          label: "decodeAttention",
          code,
          bindings: ["qkv", "cache", "lengths", "o"],
          params: {
            rows,
            T,
            S: cache?.shape[2] ?? 0,
            B,
            heads,
            kv_heads: kvHeads,
            head_dim: headDim,
            window: window ?? 0,
            scale: { f32: scale },
            softcap: { f32: softcap ?? 0 },
          },
          workgroups: gridFor(rows),
        },
      ],
    };
  },
  gradient: { none: "it belongs to generation; training uses attention" },
  reference([qkv, cache, lengths], { heads, kvHeads, headDim: D, window, softcap, scale }) {
    const [B = 0, T = 0, width = 0] = (qkv as NdArray).shape;
    const S = (cache as NdArray).shape[2] as number;
    const kv = (part: number, b: number, j: number, head: number, d: number): number => {
      const column = Math.floor(head / (heads / kvHeads)) * D + d;
      return (cache as NdArray).data[((part * B + b) * S + j) * kvHeads * D + column] as number;
    };
    const o = new Float64Array(B * T * heads * D);
    for (let b = 0; b < B; b++)
      for (let t = 0; t < T; t++)
        for (let head = 0; head < heads; head++) {
          const position = (lengths?.data[b] as number) + t;
          const first = window === null ? 0 : Math.max(0, position + 1 - window);
          const scores: number[] = [];
          for (let j = first; j < Math.min(position + 1, S); j++) {
            let dot = 0;
            for (let d = 0; d < D; d++)
              dot +=
                ((qkv as NdArray).data[(b * T + t) * width + head * D + d] as number) *
                kv(0, b, j, head, d);
            dot *= scale;
            scores.push(softcap === null ? dot : softcap * Math.tanh(dot / softcap));
          }
          const max = Math.max(...scores);
          const weights = scores.map((s) => Math.exp(s - max));
          const sum = weights.reduce((a, w) => a + w, 0);
          for (let d = 0; d < D; d++)
            o[((b * T + t) * heads + head) * D + d] =
              weights.reduce((a, w, s) => a + w * kv(1, b, first + s, head, d), 0) / sum;
        }
    return [{ shape: [B, T, heads * D], data: o }];
  },
};
