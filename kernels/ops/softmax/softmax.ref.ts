import type { NdArray } from "../../core/op.ts";

/**
 * Softmax over the last axis. The clearest correct version, not a fast one: sums run in doubles,
 * so it may stand as ground truth for the f32 kernel.
 */
export function softmaxRef(x: NdArray): NdArray {
  const cols = x.shape.at(-1) as number;
  const y = new Float64Array(x.data.length);
  for (let base = 0; base < y.length; base += cols) {
    const row = x.data.subarray(base, base + cols);
    const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const z = row.reduce((sum, v) => sum + Math.exp(v - max), 0);
    row.forEach((v, c) => {
      y[base + c] = Math.exp(v - max) / z;
    });
  }
  return { shape: x.shape, data: y };
}

/** dx = y * (dy - sum_c dy * y), per row. `y` is the forward output. */
export function softmaxBackwardRef(y: NdArray, dy: NdArray): NdArray {
  const cols = y.shape.at(-1) as number;
  const dx = new Float64Array(y.data.length);
  for (let base = 0; base < dx.length; base += cols) {
    let dot = 0;
    for (let i = base; i < base + cols; i++) dot += (dy.data[i] as number) * (y.data[i] as number);
    for (let i = base; i < base + cols; i++) {
      dx[i] = (y.data[i] as number) * ((dy.data[i] as number) - dot);
    }
  }
  return { shape: y.shape, data: dx };
}
