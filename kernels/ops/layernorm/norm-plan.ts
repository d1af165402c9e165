// What LayerNorm and RMSNorm plan alike: how many lanes share a row, and the two-pass sums over rows
// that give parameter gradients.
import type { AdapterProfile } from "../../core/adapter.ts";
import { type Binding, type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, type TensorSpec } from "../../core/shape.ts";
import { bindRows, blocksOfRows } from "../elementwise/windows.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import sumPartialsCode from "./sum_partials.wgsl?raw";

/** Lanes of a workgroup and of a row, where rows are not given to subgroups. */
function rowLanes(
  cols: number,
  { adapterClass }: AdapterProfile,
): { readonly WG: number; readonly WIDTH: number } {
  // A GPU wants neighbouring lanes on neighbouring columns. Software adapters run a workgroup on one
  // core, where lanes that meet at barriers only cost; a few pay for themselves in long rows.
  const most = adapterClass === "gpu" ? 256 : cols > 256 ? 4 : 1;
  let lanes = 1;
  while (lanes < most && lanes * 4 < cols) lanes *= 2;
  return { WG: Math.max(64, lanes), WIDTH: lanes };
}

/** One dispatch of a row kernel over a window of rows. */
export function rowDispatch(
  dispatch: Omit<Dispatch, "workgroups" | "constants">,
  rows: number,
  cols: number,
  adapter: AdapterProfile,
): Dispatch {
  const { prelude, ...launch } = rowLaunch(rows, cols, adapter, rowLanes(cols, adapter));
  return { ...dispatch, code: prelude + dispatch.code, ...launch };
}

/** Name of a tensor, or of one that stands in for it where it was left out and is never touched. */
export const bindOr = (present: boolean, name: string, standIn: string): string =>
  present ? name : standIn;

/** At least this many rows per partial sum, and at most so many partial sums. */
const LEAST_BLOCK = 32;
const MOST_BLOCKS = 64;

export interface ParameterPass {
  readonly label: string;
  readonly code: string;
  /** Tensors of the first pass: with `width` elements per row. `partial` follows them. */
  readonly tensors: readonly { readonly name: string; readonly width: number }[];
  readonly rows: number;
  readonly cols: number;
  /** Outputs, one per part of the partial sums. */
  readonly outputs: readonly { readonly name: string; readonly accumulate: boolean }[];
  /** Parts that the first pass writes, of which `outputs` are the first. */
  readonly parts: number;
  /** Operations per element of the first pass. */
  readonly flops: number;
  readonly adapter: AdapterProfile;
}

/** Sums over rows in two passes of fixed order: blocks of rows into `partial`, then the blocks. */
export function planParameterPass(pass: ParameterPass): {
  readonly dispatches: readonly Dispatch[];
  readonly temps: Readonly<Record<string, TensorSpec>>;
} {
  const { label, code, tensors, rows, cols, outputs, parts, flops, adapter } = pass;
  const block = Math.max(LEAST_BLOCK, Math.ceil(rows / MOST_BLOCKS));
  const windows = blocksOfRows(label, rows, cols, adapter).filter(({ count }) => count > 0);
  let blocks = 0;
  const dispatches = windows.map((window): Dispatch => {
    const count = Math.ceil(window.count / block);
    const firstBlock = blocks;
    blocks += count;
    return {
      label,
      code,
      bindings: [
        ...tensors.map(({ name, width }): Binding => bindRows(name, window, rows, width)),
        "partial",
      ],
      params: { rows: window.count, cols, block, firstBlock },
      workgroups: [Math.ceil(cols / 64), count, 1],
      cost: {
        flops: flops * window.count * cols,
        bytes:
          4 *
          (window.count * tensors.reduce((sum, { width }) => sum + width, 0) +
            count * parts * cols),
      },
    };
  });
  outputs.forEach(({ name, accumulate }, part) => {
    dispatches.push({
      label: `${label}/sum`,
      code: sumPartialsCode,
      bindings: ["partial", name],
      params: { blocks, parts, part, cols, accumulate: accumulate ? 1 : 0 },
      workgroups: gridFor(Math.ceil(cols / 64)),
      cost: { flops: blocks * cols, bytes: 4 * cols * (blocks + (accumulate ? 2 : 1)) },
    });
  });
  return { dispatches, temps: { partial: f32([blocks, parts, cols]) } };
}

/** @throws ShapeError unless a given `weight` or `bias` is `[cols]`. */
export function requireVector(
  op: string,
  name: string,
  spec: TensorSpec | null | undefined,
  cols: number,
): void {
  if (spec && showShape(spec.shape) !== showShape([cols]))
    throw new ShapeError(
      op,
      `${name} must be [${cols}], the last axis of x; it is ${showShape(spec.shape)}`,
    );
}
