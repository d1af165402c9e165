// Splitting tensors that one storage binding cannot span. A window must start on a multiple of 256 bytes
// (64 elements), so windows hold whole groups of rows whose sizes add up to such multiples.
import type { AdapterProfile } from "./adapter.ts";
import { ShapeError } from "./shape.ts";

/** Rows `[first, first + count)` of a matrix; `offset` and `length` count elements. */
export interface RowWindow {
  readonly first: number;
  readonly count: number;
  readonly offset: number;
  readonly length: number;
}

/** Four-byte elements that a window's start must be a multiple of. */
export const windowAlignment = (adapter: AdapterProfile): number =>
  adapter.limits.minStorageBufferOffsetAlignment / 4;

/** Smallest number of rows of `cols` elements after which a window may start. */
function rowAlignment(cols: number, adapter: AdapterProfile): number {
  const alignment = windowAlignment(adapter);
  let [a, b] = [alignment, cols % alignment];
  while (b > 0) [a, b] = [b, a % b];
  return alignment / a;
}

/**
 * The fewest windows of whole rows that fit a storage binding; one (possibly of no rows) when all fit.
 *
 * @param multiple rows per window are a multiple of this too.
 * @throws ShapeError when not even one aligned group of rows fits.
 */
export function rowWindows(
  op: string,
  rows: number,
  cols: number,
  adapter: AdapterProfile,
  multiple = 1,
): readonly RowWindow[] {
  const elements = Math.floor(adapter.limits.maxStorageBufferBindingSize / 4);
  if (rows * cols <= elements) return [{ first: 0, count: rows, offset: 0, length: rows * cols }];
  const alignment = rowAlignment(cols, adapter);
  const group = Math.ceil(multiple / alignment) * alignment;
  const step = multiple === 1 || group % multiple === 0 ? group : multiple * alignment;
  const count = Math.floor(elements / cols / step) * step;
  if (count === 0)
    throw new ShapeError(
      op,
      `${step} rows of ${cols} elements must fit one binding of ${elements} elements on this device; they do not. Use shorter rows.`,
    );
  const windows: RowWindow[] = [];
  for (let first = 0; first < rows; first += count) {
    const held = Math.min(count, rows - first);
    windows.push({ first, count: held, offset: first * cols, length: held * cols });
  }
  return windows;
}
