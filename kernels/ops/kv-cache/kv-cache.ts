import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import code from "./cache_append.wgsl?raw";
import { cacheAppendRef } from "./kv-cache.ref.ts";

/** Sizes of a packed projection. */
export interface CacheAttrs {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Batch, new tokens and capacity of a cache and a packed projection that belong together. */
export function cacheSizes(
  op: string,
  cache: TensorSpec,
  qkv: TensorSpec,
  lengths: TensorSpec,
  { heads, kvHeads, headDim }: CacheAttrs,
): { readonly B: number; readonly T: number; readonly S: number } {
  const [B, T, columns] = qkv.shape as [number, number, number];
  const wanted = (heads + 2 * kvHeads) * headDim;
  if (!(heads >= 1 && kvHeads >= 1 && heads % kvHeads === 0))
    throw new ShapeError(op, `kvHeads must divide heads; they are ${kvHeads} and ${heads}.`);
  if (qkv.shape.length !== 3 || columns !== wanted)
    throw new ShapeError(
      op,
      `qkv must be [batch, rows, (heads + 2 kvHeads) * headDim = ${wanted}]; it is ${showShape(qkv.shape)}.`,
    );
  const S = cache.shape[2] ?? 0;
  if (showShape(cache.shape) !== showShape([2, B, S, kvHeads * headDim]))
    throw new ShapeError(
      op,
      `cache must be [2, ${B}, capacity, ${kvHeads * headDim}]; it is ${showShape(cache.shape)}.`,
    );
  if (lengths.dtype !== "u32" || showShape(lengths.shape) !== showShape([B]))
    throw new ShapeError(
      op,
      `lengths must be u32 [${B}]; it is ${lengths.dtype} ${showShape(lengths.shape)}.`,
    );
  return { B, T, S };
}

const WG = 64;

/**
 * Puts the keys and values of new tokens into the cache.
 *
 * Inputs `cache` `[2, B, S, kvHeads * headDim]` f32 (keys, then values), `qkv`
 * `[B, T, (heads + 2 kvHeads) * headDim]` f32 with keys rotated already, `lengths` `[B]` u32: tokens
 * each row holds so far; optional `counts` `[B]` u32: how many of the T tokens of a row are real.
 * Output `y` is the cache, in place: token t of row b goes to slot `lengths[b] + t`, and is dropped
 * where that is past the capacity S. `lengths` itself is not moved on.
 *
 * @throws ShapeError if the shapes do not belong together.
 */
export const cacheAppend: OpDefinition<CacheAttrs> = {
  name: "cacheAppend",
  inputs: ["cache", "qkv", "lengths", "counts?"],
  outputs: ["y"],
  inPlace: { y: "cache" },
  infer([cache, qkv, lengths, counts], attrs) {
    const { B } = cacheSizes(
      "cacheAppend",
      cache as TensorSpec,
      qkv as TensorSpec,
      lengths as TensorSpec,
      attrs,
    );
    if (counts && (counts.dtype !== "u32" || showShape(counts.shape) !== showShape([B])))
      throw new ShapeError(
        "cacheAppend",
        `counts must be u32 [${B}]; it is ${counts.dtype} ${showShape(counts.shape)}.`,
      );
    return [cache as TensorSpec];
  },
  plan({ inputs: [cache, qkv, lengths, counts], attrs }) {
    const { B, T, S } = cacheSizes(
      "cacheAppend",
      cache as TensorSpec,
      qkv as TensorSpec,
      lengths as TensorSpec,
      attrs,
    );
    const width = attrs.kvHeads * attrs.headDim;
    return {
      dispatches: [
        {
          label: "cacheAppend",
          code: specialise(code, { COUNTS: Boolean(counts) }),
          bindings: ["qkv", "lengths", ...(counts ? ["counts"] : []), "y"],
          params: { B, T, S, skip: attrs.heads * attrs.headDim, width },
          workgroups: gridFor(Math.ceil((B * T * 2 * width) / WG)),
          cost: { flops: 0, bytes: 4 * B * (2 * T * 2 * width + 1) },
        },
      ],
    };
  },
  gradient: { none: "decoding is not trained through" },
  reference: ([cache, qkv, lengths, counts]) => [
    cacheAppendRef(cache as NdArray, qkv as NdArray, lengths as NdArray, counts ?? null),
  ],
};
