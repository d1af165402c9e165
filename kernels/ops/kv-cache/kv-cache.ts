import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import code from "./cache_append.wgsl?raw";

/** Heads of a packed projection `[q | k | v]`. */
export interface CacheAttrs {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * Appends keys and values to a cache, in place.
 *
 * Inputs: `cache` f32 `[2, B, S, Hk * D]` (keys, then values); `qkv` f32 `[B, T, (Hq + 2 Hk) * D]`
 * with rotated keys; `lengths` u32 `[B]`, tokens already there; `counts?` u32 `[B]`, how many of the
 * T tokens of each row are real (all, where absent). What does not fit into S is left out.
 *
 * @throws ShapeError when widths or batches disagree.
 */
export const cacheAppend: OpDefinition<CacheAttrs> = {
  name: "cacheAppend",
  inputs: ["cache", "qkv", "lengths", "counts?"],
  outputs: ["y"],
  inPlace: { y: "cache" },
  infer([cache, qkv, lengths], attrs) {
    checkCache("cacheAppend", cache, qkv, lengths, attrs);
    return [cache as TensorSpec];
  },
  plan({ inputs: [cache, qkv, , counts], attrs: { heads, kvHeads, headDim } }) {
    const [, B = 0, S = 0, kvWidth = 0] = cache?.shape ?? [];
    const T = qkv?.shape[1] ?? 0;
    const elements = B * T * 2 * kvHeads * headDim;
    return {
      dispatches: [
        {
          label: "cacheAppend",
          code,
          // Without counts, lengths stands in their place, unread.
          bindings: ["qkv", "lengths", counts ? "counts" : "lengths", "y"],
          params: {
            elements,
            T,
            S,
            B,
            q_width: heads * headDim,
            kv_width: kvWidth,
            ragged: counts ? 1 : 0,
          },
          workgroups: gridFor(Math.ceil(elements / 64)),
        },
      ],
    };
  },
  gradient: { none: "caches belong to generation" },
  reference([cache, qkv, lengths, counts], { heads, headDim }) {
    const { shape, data } = cache as NdArray;
    const [, B = 0, S = 0, width = 0] = shape;
    const [, T = 0, row = 0] = (qkv as NdArray).shape;
    const y = data.slice();
    for (let b = 0; b < B; b++)
      for (let t = 0; t < Math.min(T, counts?.data[b] ?? T); t++) {
        const place = (lengths?.data[b] as number) + t;
        if (place >= S) continue;
        for (const part of [0, 1]) {
          const from = (b * T + t) * row + heads * headDim + part * width;
          const to = ((part * B + b) * S + place) * width;
          y.set((qkv as NdArray).data.subarray(from, from + width), to);
        }
      }
    return [{ shape, data: y }];
  },
};

/** @throws ShapeError unless cache, qkv and lengths belong together. */
export function checkCache(
  op: string,
  cache: TensorSpec | null | undefined,
  qkv: TensorSpec | null | undefined,
  lengths: TensorSpec | null | undefined,
  { heads, kvHeads, headDim }: CacheAttrs,
): void {
  const [two, B, , width] = cache?.shape ?? [];
  const want = (heads + 2 * kvHeads) * headDim;
  if (
    two !== 2 ||
    width !== kvHeads * headDim ||
    qkv?.shape.length !== 3 ||
    qkv.shape[0] !== B ||
    qkv.shape[2] !== want ||
    lengths?.shape[0] !== B
  )
    throw new ShapeError(
      op,
      `needs cache [2, B, S, ${kvHeads * headDim}], qkv [B, T, ${want}] and lengths [B]; they are ${showShape(cache?.shape ?? [])}, ${showShape(qkv?.shape ?? [])} and ${showShape(lengths?.shape ?? [])}`,
    );
}
