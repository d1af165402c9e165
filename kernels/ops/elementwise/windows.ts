// Cutting work so that every binding fits a device. Software adapters bind at most 128 MiB at once,
// and a logit tensor of a real vocabulary is larger than that.
import type { AdapterProfile } from "../../core/adapter.ts";
import { type Binding, type Dispatch, gridFor, type OpPlan, type Param } from "../../core/plan.ts";
import { ShapeError } from "../../core/shape.ts";

/** Elements `[first, first + count)` or rows likewise. */
export interface Window {
  readonly first: number;
  readonly count: number;
}

/** Windows start here: 64 elements of four bytes are the 256 that a binding offset must divide. */
const ALIGNMENT = 64;

/**
 * Rows in blocks small enough to bind. Blocks are multiples of 64 rows, so a block's first element
 * is aligned in every tensor that has these rows, whatever its width.
 *
 * @param widest elements per row of the widest tensor bound, four bytes each.
 * @throws ShapeError when 64 rows do not fit one binding.
 */
export function rowWindows(
  op: string,
  rows: number,
  widest: number,
  adapter: AdapterProfile,
): readonly Window[] {
  const limit = adapter.limits.maxStorageBufferBindingSize;
  if (rows * widest * 4 <= limit) return [{ first: 0, count: rows }];
  const block = Math.floor(limit / 4 / widest / ALIGNMENT) * ALIGNMENT;
  if (block === 0)
    throw new ShapeError(
      op,
      `${ALIGNMENT} rows must fit one binding of ${limit} bytes; a row has ${widest} elements. Split the last axis.`,
    );
  const windows: Window[] = [];
  for (let first = 0; first < rows; first += block)
    windows.push({ first, count: Math.min(block, rows - first) });
  return windows;
}

/** The part of a row-major tensor that holds a window of rows; its bare name when that is all of it. */
export function bindRows(name: string, window: Window, rows: number, width: number): Binding {
  if (window.count === rows) return name;
  return { name, offset: window.first * width, length: window.count * width };
}

/** Elements that one workgroup of a flat kernel handles: 64 invocations, a vec4 each. */
const FLAT_TILE = 256;

/**
 * Plan of a kernel whose tensors all have the same elements in the same order. The kernel takes them
 * as `array<vec4f>` (bindings are padded to whole vec4s), 64 invocations per workgroup, and params
 * `{quads, ...}`.
 *
 * @param params further uniform fields; the function form gets the index of the window's first vec4.
 */
export function planFlat(
  label: string,
  code: string,
  bindings: readonly string[],
  size: number,
  adapter: AdapterProfile,
  params:
    | Readonly<Record<string, Param>>
    | ((firstQuad: number) => Readonly<Record<string, Param>>) = {},
): OpPlan {
  const limit = adapter.limits.maxStorageBufferBindingSize;
  const block = size * 4 <= limit ? size : Math.floor(limit / 4 / FLAT_TILE) * FLAT_TILE;
  const dispatches: Dispatch[] = [];
  for (let offset = 0; offset < size; offset += block) {
    const length = Math.min(block, size - offset);
    dispatches.push({
      label,
      code,
      bindings:
        length === size ? bindings : bindings.map((name): Binding => ({ name, offset, length })),
      params: {
        quads: Math.ceil(length / 4),
        ...(typeof params === "function" ? params(offset / 4) : params),
      },
      workgroups: gridFor(Math.ceil(length / FLAT_TILE)),
    });
  }
  return { dispatches };
}
