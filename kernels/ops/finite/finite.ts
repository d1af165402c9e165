// Watching for numbers that are no numbers: a latch that stops the optimiser, and the check that
// finds which tensor was first.
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import latchCode from "./latch_non_finite.wgsl?raw";
import markCode from "./mark_non_finite.wgsl?raw";

/**
 * From `clip` f32 `[2]` = [norm, factor] and `latch` u32 `[1]`, both in place: sets the latch when
 * the norm is not finite, and makes the norm NaN while the latch is set.
 *
 * @throws ShapeError for other sizes.
 */
export const latchNonFinite: OpDefinition = {
  name: "latchNonFinite",
  inputs: ["clip", "latch"],
  outputs: ["clipOut", "latchOut"],
  inPlace: { clipOut: "clip", latchOut: "latch" },
  infer([clip, latch]) {
    if (sizeOf(clip?.shape ?? []) !== 2 || sizeOf(latch?.shape ?? []) !== 1)
      throw new ShapeError(
        "latchNonFinite",
        `clip must be [2] and latch [1]; they are ${showShape(clip?.shape ?? [])} and ${showShape(latch?.shape ?? [])}`,
      );
    return [clip as TensorSpec, latch as TensorSpec];
  },
  plan: () => ({
    dispatches: [
      {
        label: "latchNonFinite",
        code: latchCode,
        bindings: ["clipOut", "latchOut"],
        workgroups: [1, 1, 1],
        cost: { flops: 0, updated: ["latchOut"] },
      },
    ],
  }),
  gradient: { none: "a guard has no gradient" },
  reference([clip, latch]) {
    const [norm = 0, factor = 0] = (clip as NdArray).data;
    const set = (latch as NdArray).data[0] !== 0 || !Number.isFinite(norm);
    return [
      { shape: [2], data: Float64Array.of(set ? Number.NaN : norm, factor) },
      { shape: [1], data: Float64Array.of(set ? 1 : 0) },
    ];
  },
};

/**
 * A dispatch that sets `flags[slot]` to 1 when the tensor bound as `x`, f32 or f16, holds a NaN or an
 * infinity. Not an op: diagnosis puts it between the dispatches of a plan that is already placed.
 */
export function markNonFinite({ shape, dtype }: TensorSpec, slot: number): Dispatch {
  const elements = sizeOf(shape);
  const HALVES = dtype === "f16";
  return {
    label: "markNonFinite",
    code: specialise(markCode, { HALVES }),
    bindings: ["x", "flags"],
    params: { elements, slot },
    workgroups: gridFor(Math.ceil(elements / (HALVES ? 2 : 1) / 4096)),
    cost: { flops: 0 },
  };
}
