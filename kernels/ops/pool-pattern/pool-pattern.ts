import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import code from "./pool_pattern.wgsl?raw";
import { poolPatternRef } from "./pool-pattern.ref.ts";

export interface PoolPatternAttrs {
  /** Cells along each side. */
  readonly size: number;
}

function sizesOf([pattern, length]: readonly (TensorSpec | null)[], { size }: PoolPatternAttrs) {
  const shape = pattern?.shape ?? [];
  const T = shape.at(-1);
  if (shape.length < 2 || !T || shape.at(-2) !== T)
    throw new ShapeError("poolPattern", `pattern needs [..., T, T]; it is ${showShape(shape)}`);
  if (length?.dtype !== "u32" || sizeOf(length.shape) !== 1)
    throw new ShapeError(
      "poolPattern",
      `length must be u32 [1]; it is ${length?.dtype} ${showShape(length?.shape ?? [])}`,
    );
  if (!(Number.isInteger(size) && size >= 1))
    throw new ShapeError("poolPattern", `size must be a whole number, 1 or more; it is ${size}`);
  return { rows: sizeOf(shape) / (T * T), T };
}

/**
 * Attention patterns made small, to be drawn side by side: how much of the queries of one stretch of text
 * goes to the keys of another.
 *
 * Inputs `pattern` `[..., T, T]` f32 and `length` `[1]` u32, the tokens that count. Output `pooled`
 * `[rows, size, size]` f32: the text is cut into stretches of ceil(length / size) tokens; an entry is the sum
 * over the keys of its stretch, averaged over the queries of its stretch. Rows that summed to 1 still do.
 * Entries past the text are 0.
 *
 * @throws ShapeError when the pattern is not square or the length no single number.
 * @see pool_pattern.wgsl; pool-pattern.ref.ts for the CPU reference.
 */
export const poolPattern: OpDefinition<PoolPatternAttrs> = {
  name: "poolPattern",
  inputs: ["pattern", "length"],
  outputs: ["pooled"],
  infer(inputs, attrs) {
    const { rows } = sizesOf(inputs, attrs);
    return [f32([rows, attrs.size, attrs.size])];
  },
  plan({ inputs, attrs, adapter }) {
    const { rows, T } = sizesOf(inputs, attrs);
    const { size } = attrs;
    return {
      dispatches: rowWindows("poolPattern", rows, T * T, adapter).map(
        ({ first, count, offset, length }) => ({
          label: "poolPattern",
          code,
          bindings: [{ name: "pattern", offset, length }, "length", "pooled"],
          params: { rows: count, T, firstRow: first, size },
          workgroups: gridFor(Math.ceil((count * size * size) / 64)),
          cost: { flops: length },
        }),
      ),
    };
  },
  gradient: { none: "patterns are pooled for drawing" },
  reference([pattern, length], { size }) {
    return [poolPatternRef(pattern as NdArray, length as NdArray, size)];
  },
};
