import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import { ropeRef } from "../rope/rope.ref.ts";
import code from "./cache_append.wgsl?raw";
import rotatedCode from "./cache_append_rotated.wgsl?raw";
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

/** Pairs of a head that turn, and rows of the tables; null where nothing turns. */
function turnOf(
  qkv: TensorSpec,
  { headDim }: CacheAttrs,
  given: Readonly<Record<"positions" | "cos" | "sin", TensorSpec | null | undefined>>,
): { readonly half: number; readonly tableRows: number } | null {
  const { positions, cos, sin } = given;
  if (!positions && !cos && !sin) return null;
  if (!positions || !cos || !sin) {
    const missing = Object.entries(given).flatMap(([name, spec]) => (spec ? [] : [name]));
    throw new ShapeError(
      "cacheAppend",
      `positions, cos and sin must come together; ${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing. Give all three, or none.`,
    );
  }
  const wanted = qkv.shape.slice(0, 2);
  if (positions.dtype !== "u32" || showShape(positions.shape) !== showShape(wanted))
    throw new ShapeError(
      "cacheAppend",
      `positions must be u32 ${showShape(wanted)}, one per token; it is ${positions.dtype} ${showShape(positions.shape)}.`,
    );
  const [tableRows = 0, half = 0] = cos.shape;
  if (cos.shape.length !== 2 || !(tableRows > 0 && half > 0 && 2 * half <= headDim))
    throw new ShapeError(
      "cacheAppend",
      `cos must be [positions, pairs], 2 * pairs at most ${headDim}, the width of a head; it is ${showShape(cos.shape)}.`,
    );
  if (showShape(sin.shape) !== showShape(cos.shape))
    throw new ShapeError(
      "cacheAppend",
      `sin must be ${showShape(cos.shape)} as cos is; it is ${showShape(sin.shape)}.`,
    );
  return { half, tableRows };
}

const WG = 64;

/**
 * Puts the keys and values of new tokens into the cache, and turns queries and keys on the way where it
 * is told how.
 *
 * Inputs `cache` `[2, B, S, kvHeads * headDim]` f32 (keys, then values), `qkv`
 * `[B, T, (heads + 2 kvHeads) * headDim]` f32, `lengths` `[B]` u32: tokens each row holds so far;
 * optional `counts` `[B]` u32: how many of the T tokens of a row are real. Output `y` is the cache, in
 * place: token t of row b goes to slot `lengths[b] + t`, and is dropped where that is past the capacity
 * S. `lengths` itself is not moved on.
 *
 * Without more, keys come rotated already. With `positions` `[B, T]` u32, `cos` and `sin`
 * `[P, rotaryDim / 2]` f32, keys go into the cache rotated as `rope` does it, and there is a second
 * output: `rotated`, in the buffer of `qkv` and shaped like it, of which the query heads alone are
 * written. Its keys and values are still those of `qkv`; `decodeAttention` reads none of them.
 *
 * @throws ShapeError if the shapes do not belong together.
 * @see cache_append_rotated.wgsl for numerics of the rotation.
 */
export const cacheAppend: OpDefinition<CacheAttrs> = {
  name: "cacheAppend",
  inputs: ["cache", "qkv", "lengths", "counts?", "positions?", "cos?", "sin?"],
  outputs: ["y", "rotated"],
  inPlace: { y: "cache", rotated: "qkv" },
  infer([cache, qkv, lengths, counts, positions, cos, sin], attrs) {
    const [held, fresh] = [cache as TensorSpec, qkv as TensorSpec];
    const { B } = cacheSizes("cacheAppend", held, fresh, lengths as TensorSpec, attrs);
    if (counts && (counts.dtype !== "u32" || showShape(counts.shape) !== showShape([B])))
      throw new ShapeError(
        "cacheAppend",
        `counts must be u32 [${B}]; it is ${counts.dtype} ${showShape(counts.shape)}.`,
      );
    return turnOf(fresh, attrs, { positions, cos, sin }) ? [held, fresh] : [held];
  },
  plan({ inputs: [cache, qkv, lengths, counts, positions, cos, sin], attrs }) {
    const { B, T, S } = cacheSizes(
      "cacheAppend",
      cache as TensorSpec,
      qkv as TensorSpec,
      lengths as TensorSpec,
      attrs,
    );
    const { heads, kvHeads, headDim: D } = attrs;
    const width = kvHeads * D;
    const appended = B * T * 2 * width;
    const turn = turnOf(qkv as TensorSpec, attrs, { positions, cos, sin });
    const dispatch: Dispatch = turn
      ? {
          label: "cacheAppend/rotated",
          code: rotatedCode,
          bindings: [
            "lengths",
            counts ? "counts" : "lengths",
            ...["positions", "cos", "sin", "y", "rotated"],
          ],
          params: {
            ...{ B, T, S, heads, kvHeads, D },
            half: turn.half,
            tableRows: turn.tableRows,
            hasCounts: counts ? 1 : 0,
          },
          workgroups: gridFor(Math.ceil((B * T * heads * turn.half + appended) / WG)),
          // As rope for what turns; of the tables what T positions need.
          cost: {
            flops: 6 * B * T * (heads + kvHeads) * turn.half,
            bytes:
              4 *
              (2 * B * T * heads * 2 * turn.half + 2 * appended + B + B * T + 2 * T * turn.half),
          },
        }
      : {
          label: "cacheAppend",
          code: specialise(code, { COUNTS: Boolean(counts) }),
          bindings: ["qkv", "lengths", ...(counts ? ["counts"] : []), "y"],
          params: { B, T, S, skip: heads * D, width },
          workgroups: gridFor(Math.ceil(appended / WG)),
          cost: { flops: 0, bytes: 4 * (2 * appended + B) },
        };
    return { dispatches: [dispatch] };
  },
  gradient: { none: "decoding is not trained through" },
  reference([cache, qkv, lengths, counts, positions, cos, sin], attrs) {
    const [held, fresh] = [cache as NdArray, qkv as NdArray];
    if (!positions || !cos || !sin)
      return [cacheAppendRef(held, fresh, lengths as NdArray, counts ?? null)];
    const { heads, kvHeads, headDim } = attrs;
    const rotaryDim = 2 * (cos.shape[1] as number);
    const turned = (count: number): NdArray =>
      ropeRef(fresh, positions, cos, sin, {
        heads: count,
        headDim,
        rotaryDim,
        offset: 0,
        inverse: false,
      });
    const y = cacheAppendRef(held, turned(heads + kvHeads), lengths as NdArray, counts ?? null);
    return [y, turned(heads)];
  },
};
