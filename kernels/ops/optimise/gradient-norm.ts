import type { NdArray, OpDefinition } from "../../core/op.ts";
import type { Dispatch } from "../../core/plan.ts";
import { f32, ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import clipCode from "./clip_factor.wgsl?raw";
import { clipFactorRef, sumOfSquaresPartialsRef } from "./optimise.ref.ts";
import { requireSpec, windowsOf } from "./page.ts";
import partialsCode from "./sum_of_squares_partials.wgsl?raw";

/** Sums that {@link sumOfSquaresPartials} leaves. */
export const PARTIALS = 256;

const WHOLE_WORKGROUP = { WG: 256, WIDTH: 256 } as const;

const FROM_NOTHING = 0;
const FROM_CARRY = 1;
const FROM_PARTIALS = 2;

const NOT_DIFFERENTIATED = { none: "clipping reads gradients; none passes through it" } as const;

/**
 * Sums of squares of a page, as 256 partial sums in a fixed order.
 *
 * Inputs `x` f32 `[n]`, of any length, and `carry?` f32 `[256]`: the partial sums of the pages before
 * this one, which are added. Output `partials` f32 `[256]`. An element that is not finite makes its
 * sum NaN.
 *
 * @throws ShapeError unless `x` is f32 of rank 1 and `carry` f32 [256].
 */
export const sumOfSquaresPartials: OpDefinition = {
  name: "sumOfSquaresPartials",
  inputs: ["x", "carry?"],
  outputs: ["partials"],
  accumulable: ["partials"],
  infer([x, carry]) {
    requireSpec("sumOfSquaresPartials", "x", x, f32([x?.shape[0] ?? 0]));
    if (carry) requireSpec("sumOfSquaresPartials", "carry", carry, f32([PARTIALS]));
    return [f32([PARTIALS])];
  },
  plan({ inputs: [x, carry], accumulate: [adds], adapter }) {
    const n = (x as TensorSpec).shape[0] as number;
    // An empty page still has sums: a window of no elements writes zeros, or what came before.
    const windows = n === 0 ? [{ offset: 0, length: 0 }] : windowsOf(n, adapter);
    if (adds && carry)
      throw new ShapeError(
        "sumOfSquaresPartials",
        "sums start from carry or from what partials holds, not both; both were asked for",
      );
    const start = adds ? FROM_PARTIALS : carry ? FROM_CARRY : FROM_NOTHING;
    const { prelude, constants } = rowLaunch(PARTIALS, 0, adapter, WHOLE_WORKGROUP);
    return {
      dispatches: windows.map(({ offset, length }, i): Dispatch => {
        const window = length === n ? "x" : { name: "x", offset, length };
        return {
          label: "optimise/sum_of_squares_partials",
          code: prelude + partialsCode,
          constants,
          // Without a carry x stands in its place, unread: two reading bindings may share a buffer.
          bindings: [window, carry ? "carry" : window, "partials"],
          params: { n: length, mode: i === 0 ? start : FROM_PARTIALS },
          workgroups: [PARTIALS, 1, 1],
          cost: { flops: 2 * length },
        };
      }),
    };
  },
  gradient: NOT_DIFFERENTIATED,
  reference: ([x, carry]) => [sumOfSquaresPartialsRef(x as NdArray, carry ?? null)],
};

/**
 * Global gradient norm and the factor that clips to it.
 *
 * Inputs `partials` f32 `[k]`, sums of squares; `hyper` f32 `[2]` = `[maxNorm, gradScale]`, where
 * maxNorm 0 turns clipping off and gradScale is what gradients are read times (1 / accumulated
 * batches). Output `clip` f32 `[2]` = `[norm, factor]` with norm = sqrt(sum) * gradScale and
 * factor = gradScale * min(1, maxNorm / (norm + 1e-6)). When the norm is not finite (from about
 * 1.8e19 on its square overflows) it is NaN, the factor is 0, and the step ops change nothing.
 *
 * @throws ShapeError when `partials` is empty or not of rank 1, or `hyper` is not f32 [2].
 */
export const clipFactor: OpDefinition = {
  name: "clipFactor",
  inputs: ["partials", "hyper"],
  outputs: ["clip"],
  infer([partials, hyper]) {
    if (partials?.shape.length !== 1 || !partials.shape[0])
      throw new ShapeError(
        "clipFactor",
        `needs partials of shape [k], k > 0; partials is ${showShape(partials?.shape ?? [])}`,
      );
    requireSpec("clipFactor", "hyper", hyper, f32([2]));
    return [f32([2])];
  },
  plan({ inputs: [partials], adapter }) {
    const { prelude, constants } = rowLaunch(1, 0, adapter, WHOLE_WORKGROUP);
    return {
      dispatches: [
        {
          label: "optimise/clip_factor",
          code: prelude + clipCode,
          constants,
          bindings: ["partials", "hyper", "clip"],
          params: { count: (partials as TensorSpec).shape[0] as number },
          workgroups: [1, 1, 1],
          cost: { flops: (partials as TensorSpec).shape[0] as number },
        },
      ],
    };
  },
  gradient: NOT_DIFFERENTIATED,
  reference: ([partials, hyper]) => [clipFactorRef(partials as NdArray, hyper as NdArray)],
};
