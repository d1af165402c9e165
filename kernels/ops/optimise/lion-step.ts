import type { NdArray, OpDefinition } from "../../core/op.ts";
import type { TensorSpec } from "../../core/shape.ts";
import code from "./lion_step.wgsl?raw";
import { lionStepRef } from "./optimise.ref.ts";
import { checkPages, pageDispatches, STEP_ENDS_GRADIENT } from "./page.ts";

/** One row of `hyper` for {@link lionStep}, in doubles. */
export interface LionHyper {
  readonly lr: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
}

/** The row as the kernel reads it: `[lr, weightDecay, 1 - beta1, 1 - beta2, 0, 0, 0, 0]`. */
export const lionRow = (h: LionHyper): readonly number[] => [
  h.lr,
  h.weightDecay,
  1 - h.beta1,
  1 - h.beta2,
  0,
  0,
  0,
  0,
];

/**
 * One step of Lion over a page, in place: every element moves by the learning rate, up or down.
 *
 * Inputs `p`, `g`, `m` f32 `[n]`; `groups`, `hyper` (rows by {@link lionRow}) and `clip` as in
 * adamStep. Outputs `pOut`, `mOut` in the buffers of `p`, `m`. A norm that is not finite changes
 * nothing.
 *
 * @throws ShapeError when the inputs do not belong together.
 * @see lion_step.wgsl for numerics and source.
 */
export const lionStep: OpDefinition = {
  name: "lionStep",
  inputs: ["p", "g", "m", "groups", "hyper", "clip"],
  outputs: ["pOut", "mOut"],
  inPlace: { pOut: "p", mOut: "m" },
  infer([p, g, m, groups, hyper, clip]) {
    checkPages("lionStep", { p, g, m }, groups, hyper, clip);
    return [p as TensorSpec, m as TensorSpec];
  },
  plan({ inputs: [p], adapter }) {
    const n = (p as TensorSpec).shape[0] as number;
    const pages = { inputs: ["g"], outputs: ["pOut", "mOut"] };
    return { dispatches: pageDispatches("optimise/lion_step", code, pages, n, 14, adapter) };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: (inputs) => lionStepRef(inputs as readonly NdArray[]),
};
