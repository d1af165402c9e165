import type { AdapterProfile } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import type { Dispatch } from "../../core/plan.ts";
import { f32, ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import { ADAM_DECAY } from "./adam-step.ts";
import applyCode from "./muon_apply.wgsl?raw";
import momentumCode from "./muon_momentum.wgsl?raw";
import { muonApplyRef, muonMomentumRef } from "./optimise.ref.ts";
import {
  BLOCK,
  bindRange,
  checkPages,
  gridForElements,
  type MuonMatrices,
  requireSpec,
  STEP_ENDS_GRADIENT,
} from "./page.ts";

export type { MuonMatrices } from "./page.ts";

/** One row of `hyper` for {@link muonMomentum} and {@link muonApply}, in doubles. */
export interface MuonHyper {
  readonly lr: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** The row as the kernels read it. Its last number makes adamStep leave these blocks alone. */
export const muonRow = (h: MuonHyper): readonly number[] => [
  h.lr,
  h.weightDecay,
  1 - h.momentum,
  h.nesterov ? 1 : 0,
  0,
  0,
  0,
  ADAM_DECAY.skipped,
];

function checkMatrices(op: string, n: number, { offsets, rows, cols }: MuonMatrices): TensorSpec {
  for (const offset of offsets)
    if (offset % BLOCK !== 0 || offset < 0 || offset + rows * cols > n)
      throw new ShapeError(
        op,
        `a matrix must start at a multiple of ${BLOCK} and lie within the page; [${rows}, ${cols}] at ${offset} in ${showShape([n])}`,
      );
  return f32([offsets.length, rows, cols]);
}

/** One dispatch per matrix: a window of each page, and the matrix's place in the packed batch. */
function matrixDispatches(
  label: string,
  code: string,
  { offsets, rows, cols }: MuonMatrices,
  n: number,
  /** Of one element: operations, and numbers read or written. */
  perElement: { readonly flops: number; readonly words: number },
  adapter: AdapterProfile,
  bind: (
    page: (name: string) => { name: string; offset: number; length: number },
    packed: (name: string) => ReturnType<typeof bindRange>,
  ) => { bindings: Dispatch["bindings"]; params: NonNullable<Dispatch["params"]> },
): readonly Dispatch[] {
  const size = rows * cols;
  if (size === 0) return [];
  return offsets.map((offset, i) => {
    const page = (name: string) => {
      bindRange(name, n, offset, size, adapter); // throws when the matrix is too large to bind
      return { name, offset, length: size };
    };
    const packed = (name: string) =>
      bindRange(name, size * offsets.length, i * size, size, adapter);
    const { bindings, params } = bind(page, packed);
    return {
      label,
      code,
      bindings,
      params: { n: size, first_block: offset / BLOCK, ...params },
      workgroups: gridForElements(size),
      cost: { flops: perElement.flops * size, bytes: 4 * perElement.words * size },
    };
  });
}

/**
 * Momentum of some matrices of a page, and the directions to orthogonalise, packed into one batch.
 *
 * Inputs `m`, `g` f32 `[n]`; `groups`, `hyper` (rows by {@link muonRow}) and `clip` as in adamStep.
 * Outputs `mOut` in the buffer of `m` (a moving average, m + (1 - momentum)(g - m)) and `u` f32
 * `[batch, rows, cols]`: m, or with Nesterov momentum m + (1 - momentum)(g - m) once more. When the
 * norm is not finite, m stays and u is zero.
 *
 * @throws ShapeError when a matrix does not start at a multiple of 64 or leaves the page;
 *   FaultError `missing-feature` when one exceeds a binding of the device.
 */
export const muonMomentum: OpDefinition<MuonMatrices> = {
  name: "muonMomentum",
  inputs: ["m", "g", "groups", "hyper", "clip"],
  outputs: ["mOut", "u"],
  inPlace: { mOut: "m" },
  infer([m, g, groups, hyper, clip], attrs) {
    const n = checkPages("muonMomentum", { m, g }, groups, hyper, clip);
    return [m as TensorSpec, checkMatrices("muonMomentum", n, attrs)];
  },
  plan({ inputs: [m], attrs, adapter }) {
    const n = (m as TensorSpec).shape[0] as number;
    return {
      dispatches: matrixDispatches(
        "optimise/muon_momentum",
        momentumCode,
        attrs,
        n,
        { flops: 7, words: 4 },
        adapter,
        (page, packed) => {
          const u = packed("u");
          return {
            bindings: [page("g"), "groups", "hyper", "clip", page("mOut"), u.binding],
            params: { u_base: u.base },
          };
        },
      ),
    };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: (inputs, attrs) => muonMomentumRef(inputs as readonly NdArray[], attrs),
};

/**
 * p = (1 - lr weightDecay) p - lr scale x for some matrices of a page, in place.
 *
 * Inputs `p` f32 `[n]`, `x` f32 `[batch, rows, cols]` in the order of `offsets`; `groups`, `hyper` and
 * `clip` as in {@link muonMomentum}. Output `pOut` in the buffer of `p`.
 *
 * @throws as {@link muonMomentum}.
 */
export const muonApply: OpDefinition<MuonMatrices & { readonly scale: number }> = {
  name: "muonApply",
  inputs: ["p", "x", "groups", "hyper", "clip"],
  outputs: ["pOut"],
  inPlace: { pOut: "p" },
  infer([p, x, groups, hyper, clip], attrs) {
    const n = checkPages("muonApply", { p }, groups, hyper, clip);
    requireSpec("muonApply", "x", x, checkMatrices("muonApply", n, attrs));
    return [p as TensorSpec];
  },
  plan({ inputs: [p], attrs, adapter }) {
    const n = (p as TensorSpec).shape[0] as number;
    return {
      dispatches: matrixDispatches(
        "optimise/muon_apply",
        applyCode,
        attrs,
        n,
        { flops: 6, words: 3 },
        adapter,
        (page, packed) => {
          const x = packed("x");
          return {
            bindings: [x.binding, "groups", "hyper", "clip", page("pOut")],
            params: { x_base: x.base, scale: { f32: attrs.scale } },
          };
        },
      ),
    };
  },
  gradient: STEP_ENDS_GRADIENT,
  reference: (inputs, attrs) => [muonApplyRef(inputs as readonly NdArray[], attrs)],
};
