import type { NdArray, OpDefinition } from "../../core/op.ts";
import type { TensorSpec } from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import code from "./adam_step.wgsl?raw";
import { adamStepRef } from "./optimise.ref.ts";
import { checkPages, pageDispatches, STEP_ENDS_GRADIENT } from "./page.ts";

/** Elements of a vector, and vectors that one invocation moves. */
const FOUR_AT_ONCE = { width: 4, per: 1 } as const;
/** A loop over single elements: as fast where a vector is loaded by its parts, and half the kernel. */
const ONE_BY_ONE = { width: 1, per: 16 } as const;

/** Last number of a row: where weight decay goes, or that the block is another kernel's. */
export const ADAM_DECAY = { addedToGradient: 0, decoupled: 1, skipped: 2 } as const;

/** One row of `hyper` for {@link adamStep}, in doubles. */
export interface AdamHyper {
  readonly lr: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 1 - beta1^t for step t counted from 1; 1 when the correction is off. */
  readonly biasCorrection1: number;
  readonly biasCorrection2: number;
  readonly decay: keyof typeof ADAM_DECAY;
}

/** The row as the kernel reads it: `[lr, weightDecay, 1 - beta1, 1 - beta2, eps, bc1, bc2, decay]`. */
export const adamRow = (h: AdamHyper): readonly number[] => [
  h.lr,
  h.weightDecay,
  1 - h.beta1,
  1 - h.beta2,
  h.eps,
  h.biasCorrection1,
  h.biasCorrection2,
  ADAM_DECAY[h.decay],
];

/**
 * One step of Adam (L2 decay) or AdamW (decoupled decay) over a page, in place.
 *
 * Inputs `p`, `g`, `m`, `v` f32 `[n]`; `groups` u32 `[ceil(n / 64)]`, the row of `hyper` for each
 * block of 64 elements; `hyper` f32 `[G, 8]`, rows by {@link adamRow}; `clip` f32 `[2]`, the gradient
 * norm and the factor that `g` is read times. Outputs `pOut`, `mOut`, `vOut` in the buffers of `p`,
 * `m`, `v`. Blocks whose row says `skipped` stay as they are; so does everything when the norm is not
 * finite.
 *
 * @throws ShapeError when the inputs do not belong together.
 * @see adam_step.wgsl for numerics and source.
 */
export const adamStep: OpDefinition = {
  name: "adamStep",
  inputs: ["p", "g", "m", "v", "groups", "hyper", "clip"],
  outputs: ["pOut", "mOut", "vOut"],
  inPlace: { pOut: "p", mOut: "m", vOut: "v" },
  infer([p, g, m, v, groups, hyper, clip]) {
    checkPages("adamStep", { p, g, m, v }, groups, hyper, clip);
    return [p as TensorSpec, m as TensorSpec, v as TensorSpec];
  },
  plan({ inputs: [p], adapter }) {
    const n = (p as TensorSpec).shape[0] as number;
    const pages = { inputs: ["g"], outputs: ["pOut", "mOut", "vOut"] };
    const form = adapter.adapterClass === "lavapipe" ? ONE_BY_ONE : FOUR_AT_ONCE;
    return {
      dispatches: pageDispatches(
        "optimise/adam_step",
        `const PER = ${form.per}u;\nconst WIDTH = ${form.width}u;\n${specialise(code, { VEC4: form.width === 4 })}`,
        pages,
        n,
        19,
        adapter,
        form.per * form.width,
      ),
    };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: (inputs) => adamStepRef(inputs as readonly NdArray[]),
};
