// What an optimiser is to the trainer: which pages it keeps, what it reads before a step, and which
// dispatches it emits. The trainer knows no optimiser by name; the table is in optimisers.ts.
import type { GraphBuilder, Value } from "../../kernels/core/op.ts";
import { ShapeError, showShape, sizeOf } from "../../kernels/core/shape.ts";
import { type CountRule, countRow } from "../../kernels/ops/loss-scale/loss-scale.ts";
import { clipFactor, sumOfSquaresPartials } from "../../kernels/ops/optimise/gradient-norm.ts";
import { BLOCK, HYPER_COLUMNS } from "../../kernels/ops/optimise/page.ts";

export type OptimiserName = "adamw" | "adam" | "sgd" | "lion" | "muon";

/** Settings of every optimiser in one: each reads its own. Names as in torch.optim. */
export interface OptimiserConfig {
  readonly optimizer: OptimiserName;
  readonly weight_decay: number;
  /** Adam, AdamW, Lion, and Muon for what is not a hidden matrix. */
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** SGD and Muon. */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** SGD: share of the gradient that does not enter the momentum; 0 where absent. */
  readonly dampening?: number | undefined;
  /** Adam and AdamW: divide the moments by 1 - beta^t; true where absent. */
  readonly bias_correction?: boolean | undefined;
  /** Which tensors weight decay holds for; "matrices" where absent: those of two or more axes. */
  readonly decay_on?: "matrices" | "all" | undefined;
  /** Muon: iterations of Newton-Schulz; 5 where absent. */
  readonly ns_steps?: number | undefined;
  /**
   * Muon: how a step scales with a matrix's shape. "match_rms_adamw" (where absent) makes AdamW's
   * learning rates fit, "original" is sqrt(max(1, rows / cols)).
   */
  readonly muon_scale?: "match_rms_adamw" | "original" | undefined;
  /** Muon: learning rate of what AdamW moves, as a multiple of Muon's; 1 where absent. */
  readonly adamw_lr_ratio?: number | undefined;
}

/** A tensor in a page of parameters. */
export interface PageTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Elements from the page's start, a multiple of 64. */
  readonly offset: number;
  /**
   * Whether it is a hidden matrix, which Muon orthogonalises. Where absent, every tensor of two axes
   * is one unless its name says embedding or head.
   */
  readonly hidden?: boolean | undefined;
}

/**
 * Hyper-parameter groups. A tensor's place in this list is its number in the `groups` page, the same
 * in every optimiser, so that `hyper` always has this many rows.
 */
export const PARAMETER_GROUPS = ["decay", "no_decay", "muon"] as const;
export type ParameterGroup = (typeof PARAMETER_GROUPS)[number];

/** Pages of optimiser state, in the layout of the parameters: first and second moment. */
export type StateName = "m" | "v";

/** Everything one page's step reads or moves, as values of the step's graph. */
export interface PageValues {
  /** Parameters and gradients, f32 [n]. */
  readonly p: Value;
  readonly g: Value;
  /** f32 [n] for each name that the optimiser's `state` gives. */
  readonly state: Readonly<Partial<Record<StateName, Value>>>;
  /** u32 [ceil(n / 64)] from {@link groupBlocks}. */
  readonly groups: Value;
  /** f32 [groups, 8] from {@link hyperRows}, written before every step. */
  readonly hyper: Value;
  /** f32 [2] from {@link emitClip}. */
  readonly clip: Value;
  readonly tensors: readonly PageTensor[];
}

/** Where a page's parameters and state are after the step: in the same buffers. */
export interface SteppedPage {
  readonly p: Value;
  readonly state: Readonly<Partial<Record<StateName, Value>>>;
}

export interface OptimiserDefinition {
  /** Pages it keeps between steps; all zero before the first. */
  state(config: OptimiserConfig): readonly StateName[];
  groupOf(tensor: PageTensor, config: OptimiserConfig): ParameterGroup;
  /**
   * One row of `hyper`.
   *
   * @param step steps already done: 0 for the first.
   * @param lr learning rate of this step, the schedule included.
   */
  hyperRow(
    config: OptimiserConfig,
    group: ParameterGroup,
    step: number,
    lr: number,
  ): readonly number[];
  /** What of a group's row follows the count of applied steps, where steps may be skipped; nothing if absent. */
  countRule?(config: OptimiserConfig, group: ParameterGroup): CountRule;
  /** Emits the dispatches that move one page. */
  emit(g: GraphBuilder, page: PageValues, config: OptimiserConfig): SteppedPage;
}

/** Shape of `hyper`. */
export const HYPER_SHAPE = [PARAMETER_GROUPS.length, HYPER_COLUMNS] as const;

/** Whether a tensor decays, by its axes alone. */
export const decayGroupOf = (tensor: PageTensor, config: OptimiserConfig): ParameterGroup =>
  config.decay_on === "all" || tensor.shape.length >= 2 ? "decay" : "no_decay";

/** Weight decay of a group. */
export const weightDecayOf = (config: OptimiserConfig, group: ParameterGroup): number =>
  group === "no_decay" ? 0 : config.weight_decay;

/**
 * The `groups` page: each block of 64 elements gets the group of the tensor it belongs to.
 *
 * @param elements of the parameter page.
 * @throws ShapeError when a tensor is off the grid of 64, overlaps another or leaves the page.
 */
export function groupBlocks(
  definition: OptimiserDefinition,
  config: OptimiserConfig,
  tensors: readonly PageTensor[],
  elements: number,
): Uint32Array<ArrayBuffer> {
  const blocks = new Uint32Array(Math.ceil(elements / BLOCK));
  const taken = new Uint8Array(blocks.length);
  for (const tensor of tensors) {
    const { name, shape, offset } = tensor;
    const end = offset + sizeOf(shape);
    const first = offset / BLOCK;
    const last = Math.ceil(end / BLOCK);
    const isFree = Number.isInteger(first) && !taken.subarray(first, last).includes(1);
    if (!isFree || offset < 0 || end > elements)
      throw new ShapeError(
        "groupBlocks",
        `tensors must start at multiples of ${BLOCK}, within the page and apart; ${name} ${showShape(shape)} is at ${offset} of ${elements}`,
      );
    blocks.fill(PARAMETER_GROUPS.indexOf(definition.groupOf(tensor, config)), first, last);
    taken.fill(1, first, last);
  }
  return blocks;
}

/**
 * `hyper` for one step, as it is uploaded.
 *
 * @param step steps already done: 0 for the first. @param lr as the schedule gives it.
 */
export function hyperRows(
  definition: OptimiserDefinition,
  config: OptimiserConfig,
  step: number,
  lr: number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    PARAMETER_GROUPS.flatMap((group) => definition.hyperRow(config, group, step, lr)),
  );
}

/** The rules by which countedHyper fills in rows of `hyper`. */
export const countRules = (
  definition: OptimiserDefinition,
  config: OptimiserConfig,
): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    PARAMETER_GROUPS.flatMap((group) =>
      countRow(definition.countRule?.(config, group) ?? { kind: "none" }),
    ),
  );

/**
 * What clipFactor reads.
 *
 * @param maxNorm largest global gradient norm; 0 turns clipping off.
 * @param gradScale what gradients are read times: 1 / batches that were accumulated.
 */
export const clipHyper = (maxNorm: number, gradScale = 1): Float32Array<ArrayBuffer> =>
  Float32Array.of(maxNorm, gradScale);

/**
 * Norm and clipping factor over all pages of gradients, in page order.
 *
 * @param hyper f32 [2] from {@link clipHyper}.
 * @returns `clip`, f32 [2] = [global norm, factor].
 * @throws ShapeError when there is no page.
 */
export function emitClip(g: GraphBuilder, gradients: readonly Value[], hyper: Value): Value {
  let partials: Value | null = null;
  for (const page of gradients)
    partials = g.emit(sumOfSquaresPartials, [page, partials], {})[0] as Value;
  if (!partials)
    throw new ShapeError("emitClip", "needs at least one page of gradients; there is none");
  return g.emit(clipFactor, [partials, hyper], {})[0] as Value;
}
