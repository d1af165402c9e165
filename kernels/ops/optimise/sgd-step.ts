import type { NdArray, OpDefinition } from "../../core/op.ts";
import { ShapeError, type TensorSpec } from "../../core/shape.ts";
import { sgdStepRef } from "./optimise.ref.ts";
import { checkPages, pageDispatches, STEP_ENDS_GRADIENT } from "./page.ts";
import momentumCode from "./sgd_momentum_step.wgsl?raw";
import plainCode from "./sgd_step.wgsl?raw";

/** One row of `hyper` for {@link sgdStep}, in doubles. */
export interface SgdHyper {
  readonly lr: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  /** The first step sets the momentum to the gradient, undamped. */
  readonly isFirstStep: boolean;
}

/** The row as the kernel reads it: `[lr, weightDecay, momentum, 1 - dampening, nesterov, first, 0, 0]`. */
export const sgdRow = (h: SgdHyper): readonly number[] => [
  h.lr,
  h.weightDecay,
  h.momentum,
  1 - h.dampening,
  h.nesterov ? 1 : 0,
  h.isFirstStep ? 1 : 0,
  0,
  0,
];

/**
 * One step of stochastic gradient descent over a page, in place; with momentum when `m` is given.
 *
 * Inputs `p`, `g`, `m?` f32 `[n]`; `groups`, `hyper` (rows by {@link sgdRow}) and `clip` as in
 * adamStep. Outputs `pOut` and, with momentum, `mOut` in the buffers of `p` and `m`. Weight decay is
 * added to the gradient. A norm that is not finite changes nothing.
 *
 * @throws ShapeError when the inputs do not belong together.
 * @see sgd_step.wgsl and sgd_momentum_step.wgsl for numerics and source.
 */
export const sgdStep: OpDefinition<{ readonly momentum: boolean }> = {
  name: "sgdStep",
  inputs: ["p", "g", "m?", "groups", "hyper", "clip"],
  outputs: ["pOut", "mOut"],
  inPlace: { pOut: "p", mOut: "m" },
  infer([p, g, m, groups, hyper, clip], { momentum }) {
    if (momentum !== Boolean(m))
      throw new ShapeError(
        "sgdStep",
        `m must be given with momentum and only then; momentum is ${momentum}, m is ${m ? "given" : "left out"}`,
      );
    checkPages("sgdStep", m ? { p, g, m } : { p, g }, groups, hyper, clip);
    return m ? [p as TensorSpec, m] : [p as TensorSpec];
  },
  plan({ inputs: [p], attrs: { momentum }, adapter }) {
    const n = (p as TensorSpec).shape[0] as number;
    const label = momentum ? "optimise/sgd_momentum_step" : "optimise/sgd_step";
    const pages = { inputs: ["g"], outputs: momentum ? ["pOut", "mOut"] : ["pOut"] };
    const code = momentum ? momentumCode : plainCode;
    return { dispatches: pageDispatches(label, code, pages, n, momentum ? 10 : 5, adapter) };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: (inputs) => sgdStepRef(inputs as readonly (NdArray | null)[]),
};
