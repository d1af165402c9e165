// Dynamic loss scaling: gradients in f16 underflow unless the loss is multiplied by a large number first,
// and overflow where that is too large. The number is found while training, on the GPU: no step waits for
// the host, and the host learns afterwards which steps were skipped.
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type DType, f32, type Shape, type TensorSpec } from "../../core/shape.ts";
import { HYPER_COLUMNS, requireSpec } from "../optimise/page.ts";
import countedCode from "./counted_hyper.wgsl?raw";
import {
  countedHyperRef,
  type LossScaleAttrs,
  unscaleHyperRef,
  updateScaleRef,
} from "./loss-scale.ref.ts";
import unscaleCode from "./unscale_hyper.wgsl?raw";
import updateCode from "./update_scale.wgsl?raw";

export type { LossScaleAttrs } from "./loss-scale.ref.ts";

/** State of the scaler: `[scale, good steps since it changed, steps applied, steps skipped]`. */
export const SCALER: TensorSpec = f32([4]);

/** Numbers of a row of the rules of {@link countedHyper}. */
export const COUNT_COLUMNS = 3;

/** What in a row of an optimiser's settings follows the count of applied steps. */
export type CountRule =
  | { readonly kind: "none" }
  /** Columns 5 and 6 are Adam's bias corrections. */
  | { readonly kind: "adam"; readonly beta1: number; readonly beta2: number }
  /** Column 5 says whether the step is the first. */
  | { readonly kind: "first" };

/** The row of {@link countedHyper}'s rules. */
export function countRow(rule: CountRule): readonly number[] {
  // exp of -1e4 is 0 in f32: what a beta of 0 leaves.
  const log = (beta: number): number => Math.max(Math.log(beta), -1e4);
  if (rule.kind === "adam") return [1, log(rule.beta1), log(rule.beta2)];
  return [rule.kind === "first" ? 2 : 0, 0, 0];
}

const require = (op: string, name: string, met: TensorSpec | null | undefined, shape: Shape) =>
  requireSpec(op, name, met, { shape, dtype: (name === "latch" ? "u32" : "f32") as DType });

const NONE = { none: "the scale of a loss is no function that is learnt" } as const;

/**
 * What `clipFactor` reads when the loss was scaled: from its `hyper` f32 `[2]` and the `scaler`, `y` f32
 * `[2]` with the gradient scale divided by the loss scale.
 *
 * @throws ShapeError for other shapes.
 */
export const unscaleHyper: OpDefinition = {
  name: "unscaleHyper",
  inputs: ["hyper", "scaler"],
  outputs: ["y"],
  infer([hyper, scaler]) {
    require("unscaleHyper", "hyper", hyper, [2]);
    require("unscaleHyper", "scaler", scaler, SCALER.shape);
    return [f32([2])];
  },
  plan: () => ({
    dispatches: [
      {
        label: "lossScale/unscale",
        code: unscaleCode,
        bindings: ["hyper", "scaler", "y"],
        workgroups: [1, 1, 1],
        cost: { flops: 0 },
      },
    ],
  }),
  gradient: NONE,
  reference: ([hyper, scaler]) => [unscaleHyperRef(hyper as NdArray, scaler as NdArray)],
};

/**
 * The scaler after a step, in place: a `clip` f32 `[2]` whose norm is not finite makes the scale smaller
 * and counts as skipped; enough others in a row make it larger. `latch` u32 `[1]` is set once `loss` f32
 * `[1]` is not finite or the scale falls below 1, and from then on the norm is NaN and nothing moves.
 *
 * @throws ShapeError for other shapes.
 * @see update_scale.wgsl for source.
 */
export const updateScale: OpDefinition<LossScaleAttrs> = {
  name: "updateScale",
  inputs: ["loss", "scaler", "clip", "latch"],
  outputs: ["scalerOut", "clipOut", "latchOut"],
  inPlace: { scalerOut: "scaler", clipOut: "clip", latchOut: "latch" },
  infer([loss, scaler, clip, latch]) {
    require("updateScale", "loss", loss, [1]);
    require("updateScale", "scaler", scaler, SCALER.shape);
    require("updateScale", "clip", clip, [2]);
    require("updateScale", "latch", latch, [1]);
    return [scaler as TensorSpec, clip as TensorSpec, latch as TensorSpec];
  },
  plan: ({ attrs: { growth_factor, backoff_factor, growth_interval } }) => ({
    dispatches: [
      {
        label: "lossScale/update",
        code: updateCode,
        bindings: ["loss", "scalerOut", "clipOut", "latchOut"],
        params: {
          growthFactor: { f32: growth_factor },
          backoffFactor: { f32: backoff_factor },
          growthInterval: { f32: growth_interval },
        },
        workgroups: [1, 1, 1],
        cost: { flops: 0 },
      },
    ],
  }),
  gradient: NONE,
  reference: ([loss, scaler, clip, latch], attrs) =>
    updateScaleRef(loss as NdArray, scaler as NdArray, clip as NdArray, latch as NdArray, attrs),
};

/**
 * Rows of optimiser settings for the next step that is applied: `hyper` f32 `[G, 8]` as the host wrote it,
 * with what depends on the count taken from the `scaler`, as `rules` f32 `[G, 3]` say; see
 * {@link countRow}. Output `y`, shaped like `hyper`.
 *
 * @throws ShapeError for other shapes, or more than 64 rows.
 */
export const countedHyper: OpDefinition = {
  name: "countedHyper",
  inputs: ["hyper", "scaler", "rules"],
  outputs: ["y"],
  infer([hyper, scaler, rules]) {
    const rows = Math.min(hyper?.shape[0] ?? 1, 64);
    require("countedHyper", "hyper", hyper, [rows, HYPER_COLUMNS]);
    require("countedHyper", "scaler", scaler, SCALER.shape);
    require("countedHyper", "rules", rules, [rows, COUNT_COLUMNS]);
    return [hyper as TensorSpec];
  },
  plan: ({ inputs: [hyper] }) => ({
    dispatches: [
      {
        label: "lossScale/counted_hyper",
        code: countedCode,
        bindings: ["hyper", "scaler", "rules", "y"],
        params: { rows: (hyper as TensorSpec).shape[0] as number },
        workgroups: [1, 1, 1],
        cost: { flops: 0 },
      },
    ],
  }),
  gradient: NONE,
  reference: ([hyper, scaler, rules]) => [
    countedHyperRef(hyper as NdArray, scaler as NdArray, rules as NdArray),
  ],
};
