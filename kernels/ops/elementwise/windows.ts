// Cutting work so that every binding fits a device. Software adapters bind at most 128 MiB at once,
// and a logit tensor of a real vocabulary is larger than that.
import type { AdapterProfile } from "../../core/adapter.ts";
import {
  type Binding,
  type Cost,
  type Dispatch,
  gridFor,
  type OpPlan,
  type Param,
} from "../../core/plan.ts";
import { type RowWindow, rowWindows, windowAlignment } from "../../core/windows.ts";

/**
 * The fewest windows of rows that fit a binding, for kernels that bind tensors of different widths:
 * blocks are multiples of 64 rows (128 of f16), so a block starts aligned whatever the width.
 *
 * @param widest elements per row of the widest tensor bound, four bytes each.
 * @throws ShapeError when so many rows do not fit.
 */
export function blocksOfRows(
  op: string,
  rows: number,
  widest: number,
  adapter: AdapterProfile,
): readonly RowWindow[] {
  return rowWindows(op, rows, widest, adapter, windowAlignment(adapter));
}

/** The part of a row-major tensor that holds a window of rows; its bare name when that is all of it. */
export function bindRows(name: string, window: RowWindow, rows: number, width: number): Binding {
  if (window.count === rows) return name;
  return { name, offset: window.first * width, length: window.count * width };
}

/**
 * Elements that one workgroup of a flat kernel handles: 256 invocations, four vec4s each. Starting a
 * workgroup costs a software adapter as much as some hundred elements, so it gets many.
 */
const FLAT_TILE = 4096;

/**
 * Plan of a kernel whose tensors all have the same elements in the same order. The kernel takes them
 * as `array<vec4f>` (bindings are padded to whole vec4s), 256 invocations per workgroup, and params
 * `{quads, ...}`.
 *
 * @param perElement cost of one element; the bytes are those of what is bound.
 * @param params further uniform fields; the function form gets the index of the window's first vec4.
 */
export function planFlat(
  label: string,
  code: string,
  bindings: readonly string[],
  size: number,
  adapter: AdapterProfile,
  perElement: Omit<Cost, "bytes">,
  params:
    | Readonly<Record<string, Param>>
    | ((firstQuad: number) => Readonly<Record<string, Param>>) = {},
): OpPlan {
  const limit = adapter.limits.maxStorageBufferBindingSize;
  const alignment = windowAlignment(adapter);
  const block = size * 4 <= limit ? size : Math.floor(limit / 4 / alignment) * alignment;
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
      cost: { ...perElement, flops: perElement.flops * length },
    });
  }
  return { dispatches };
}
