import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec, u32 } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import code from "./top_k.wgsl?raw";
import { topKRef } from "./top-k.ref.ts";

export interface TopKAttrs {
  /** Entries kept of each row: 1 to V. */
  readonly k: number;
}

/** Ids pass through f32. */
const MOST_COLUMNS = 2 ** 24;

function sizesOf(logits: TensorSpec, target: TensorSpec, { k }: TopKAttrs) {
  const V = logits.shape.at(-1);
  if (!V || V > MOST_COLUMNS)
    throw new ShapeError(
      "topK",
      `needs a last axis of 1 to ${MOST_COLUMNS}; logits are ${showShape(logits.shape)}`,
    );
  const rows = sizeOf(logits.shape) / V;
  if (target.dtype !== "i32" || sizeOf(target.shape) !== rows)
    throw new ShapeError(
      "topK",
      `target needs an i32 for each row of logits ${showShape(logits.shape)}; it is ${target.dtype} ${showShape(target.shape)}`,
    );
  if (!(Number.isInteger(k) && k >= 1 && k <= V))
    throw new ShapeError("topK", `k must be a whole number from 1 to ${V}; it is ${k}`);
  return { rows, V };
}

/**
 * The largest entries of each row, in order, and the place of one entry among all: the likeliest tokens, and
 * how likely the true one was beside them.
 *
 * Inputs `logits` `[..., V]` f32, V at most 2^24, and `target` `[...]` i32. Outputs `values` `[..., k]` f32 and
 * `ids` `[..., k]` u32, descending, equal ones by id; `rank` `[...]` u32: entries before the target, 0 for the
 * largest, V where the target names no entry. A row with fewer than k numbers (NaN is none) ends with ids of V.
 *
 * @throws ShapeError when target or k does not fit.
 * @see top_k.wgsl for numerics; top-k.ref.ts for the CPU reference.
 */
export const topK: OpDefinition<TopKAttrs> = {
  name: "topK",
  inputs: ["logits", "target"],
  outputs: ["values", "ids", "rank"],
  infer([logits, target], attrs) {
    sizesOf(logits as TensorSpec, target as TensorSpec, attrs);
    const { shape } = target as TensorSpec;
    return [f32([...shape, attrs.k]), u32([...shape, attrs.k]), u32(shape)];
  },
  plan({ inputs: [logits, target], attrs, adapter }) {
    const { rows, V } = sizesOf(logits as TensorSpec, target as TensorSpec, attrs);
    return {
      dispatches: rowWindows("topK", rows, V, adapter).map(({ first, count, offset, length }) => {
        const { prelude, ...launch } = rowLaunch(count, V, adapter);
        return {
          label: "topK",
          code: prelude + code,
          bindings: [{ name: "logits", offset, length }, "target", "values", "ids", "rank"],
          params: { rows: count, V, firstRow: first, k: attrs.k },
          ...launch,
          // A look for the rank, and one for the largest.
          cost: { flops: 2 * length },
        };
      }),
    };
  },
  gradient: { none: "which entries are largest is not differentiable" },
  reference([logits, target], { k }) {
    const { values, ids, rank } = topKRef(logits as NdArray, target as NdArray, k);
    return [values, ids, rank];
  },
};
