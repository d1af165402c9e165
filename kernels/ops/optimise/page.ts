// A page is one long f32 buffer that holds many tensors, each from a multiple of 64 elements on;
// the gaps are zero. Gradients and optimiser state live in pages of the same layout, so a step is a
// few dispatches over whole pages. What the step kernels share about pages is here.
import type { AdapterProfile } from "../../core/adapter.ts";
import { FaultError } from "../../core/fault.ts";
import { formatBytes } from "../../core/gpu.ts";
import { type Binding, type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, type TensorSpec, u32 } from "../../core/shape.ts";

/** Elements that share one entry of `groups`; also the alignment of tensors and of windows. */
export const BLOCK = 64;

/** Numbers in a row of `hyper`. What they mean is up to each step op. */
export const HYPER_COLUMNS = 8;

/** Invocations per workgroup of every elementwise kernel here. */
const WG = 256;

/** Elements that one invocation of a step kernel moves where it does not say otherwise: a vec4f. */
const PER_INVOCATION = 4;

/** Workgroups for one invocation per element. */
export const gridForElements = (n: number): readonly [number, number, number] =>
  gridFor(Math.ceil(n / WG));

/** Most f32 elements, in whole blocks, that one binding may span on this device. */
export const maxWindow = (adapter: AdapterProfile): number =>
  Math.max(BLOCK, Math.floor(adapter.limits.maxStorageBufferBindingSize / (4 * BLOCK)) * BLOCK);

/** Cuts `[0, n)` into windows that may be bound here. */
export function windowsOf(
  n: number,
  adapter: AdapterProfile,
): readonly { readonly offset: number; readonly length: number }[] {
  const size = maxWindow(adapter);
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => ({
    offset: i * size,
    length: Math.min(size, n - i * size),
  }));
}

/**
 * A binding for elements `[start, start + length)` of a tensor of `n` elements, and where in it they
 * begin: windows must start at a multiple of 64 elements. Whole where the device allows it.
 *
 * @throws FaultError `missing-feature` when the elements do not fit into one binding.
 */
export function bindRange(
  name: string,
  n: number,
  start: number,
  length: number,
  adapter: AdapterProfile,
): { readonly binding: Binding; readonly base: number } {
  const size = maxWindow(adapter);
  if (n <= size) return { binding: name, base: start };
  const offset = Math.floor(start / BLOCK) * BLOCK;
  const base = start - offset;
  if (base + length > size)
    throw new FaultError(
      "missing-feature",
      `A matrix of ${formatBytes(4 * length)} must fit into one binding of ${formatBytes(4 * size)} here.`,
      "Choose AdamW, which works in windows, or a device with larger bindings.",
    );
  return { binding: { name, offset, length: base + length }, base };
}

/**
 * One dispatch per window of a page; `groups`, `hyper` and `clip` are bound whole.
 *
 * @param flops operations per element. Every output is updated.
 * @param perInvocation elements that one invocation moves.
 */
export function pageDispatches(
  label: string,
  code: string,
  pages: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  n: number,
  flops: number,
  adapter: AdapterProfile,
  perInvocation: number = PER_INVOCATION,
): readonly Dispatch[] {
  return windowsOf(n, adapter).map(({ offset, length }): Dispatch => {
    const bind = (name: string): Binding => (length === n ? name : { name, offset, length });
    return {
      label,
      code,
      bindings: [...pages.inputs.map(bind), "groups", "hyper", "clip", ...pages.outputs.map(bind)],
      params: { n: length, first_block: offset / BLOCK },
      workgroups: gridForElements(Math.ceil(length / perInvocation)),
      cost: { flops: flops * length, updated: pages.outputs },
    };
  });
}

/**
 * Checks the inputs every step op has.
 *
 * @param pages specs of the pages by name, all to be f32 [n].
 * @returns n.
 * @throws ShapeError when they do not belong together.
 */
export function checkPages(
  op: string,
  pages: Readonly<Record<string, TensorSpec | null | undefined>>,
  groups: TensorSpec | null | undefined,
  hyper: TensorSpec | null | undefined,
  clip: TensorSpec | null | undefined,
): number {
  const first = Object.entries(pages)[0] as [string, TensorSpec];
  const n = first[1].shape[0] ?? 0;
  for (const [name, spec] of Object.entries(pages)) requireSpec(op, name, spec, f32([n]));
  requireSpec(op, "groups", groups, u32([Math.ceil(n / BLOCK)]));
  requireSpec(op, "hyper", hyper, f32([hyper?.shape[0] ?? 1, HYPER_COLUMNS]));
  requireSpec(op, "clip", clip, f32([2]));
  return n;
}

/** @throws ShapeError unless `met` is exactly `want`. */
export function requireSpec(
  op: string,
  name: string,
  met: TensorSpec | null | undefined,
  want: TensorSpec,
): void {
  if (met && met.dtype === want.dtype && showShape(met.shape) === showShape(want.shape)) return;
  throw new ShapeError(
    op,
    `${name} must be ${want.dtype} ${showShape(want.shape)}; it is ${met ? `${met.dtype} ${showShape(met.shape)}` : "left out"}`,
  );
}

/** Matrices of one shape in a page, each by the element where it starts (a multiple of 64). */
export interface MuonMatrices {
  readonly offsets: readonly number[];
  readonly rows: number;
  readonly cols: number;
}

/** Why step ops have no gradient rule. */
export const STEP_ENDS_GRADIENT = {
  none: "an optimiser step ends the graph: nothing is differentiated through it",
} as const;
