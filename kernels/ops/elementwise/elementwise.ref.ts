import type { NdArray } from "../../core/op.ts";

/** f applied to elements of the same index, in doubles. */
export function zipRef(f: (...values: number[]) => number, ...inputs: NdArray[]): NdArray {
  const first = inputs[0] as NdArray;
  const data = first.data.map((_, i) => f(...inputs.map((input) => input.data[i] as number)));
  return { shape: first.shape, data };
}

/** Columns `[from, to)` of the last axis. */
export function sliceRef(x: NdArray, from: number, to: number): NdArray {
  const cols = x.shape.at(-1) as number;
  const data = x.data.filter((_, i) => i % cols >= from && i % cols < to);
  return { shape: [...x.shape.slice(0, -1), to - from], data: Float64Array.from(data) };
}

/** `x` as columns `[from, from + cols)` of a last axis of `width`; zeros elsewhere. */
export function placeColumnsRef(x: NdArray, from: number, width: number): NdArray {
  const cols = x.shape.at(-1) as number;
  const data = new Float64Array((x.data.length / cols) * width);
  x.data.forEach((v, i) => {
    data[Math.floor(i / cols) * width + from + (i % cols)] = v;
  });
  return { shape: [...x.shape.slice(0, -1), width], data };
}
