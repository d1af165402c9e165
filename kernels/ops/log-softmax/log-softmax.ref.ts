import type { NdArray } from "../../core/op.ts";

/** Log-softmax over the last axis, and the logarithm of each row's normaliser. */
export function logSoftmaxRef(x: NdArray): { y: NdArray; logsumexp: NdArray } {
  const cols = x.shape.at(-1) as number;
  const y = new Float64Array(x.data.length);
  const logsumexp = new Float64Array(x.data.length / cols);
  logsumexp.forEach((_, r) => {
    const row = x.data.subarray(r * cols, (r + 1) * cols);
    const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logZ = Math.log(row.reduce((sum, v) => sum + Math.exp(v - max), 0));
    logsumexp[r] = max + logZ;
    row.forEach((v, c) => {
      y[r * cols + c] = v - max - logZ;
    });
  });
  return {
    y: { shape: x.shape, data: y },
    logsumexp: { shape: x.shape.slice(0, -1), data: logsumexp },
  };
}

/** dx = dy - exp(y) sum_c dy + exp(y) dLogsumexp, per row; either gradient may be missing. */
export function logSoftmaxBackwardRef(
  y: NdArray,
  dy: NdArray | null,
  dLogsumexp: NdArray | null,
): NdArray {
  const cols = y.shape.at(-1) as number;
  const dx = new Float64Array(y.data.length);
  for (let base = 0; base < dx.length; base += cols) {
    const sum = dy ? dy.data.subarray(base, base + cols).reduce((a, b) => a + b, 0) : 0;
    const scale = (dLogsumexp?.data[base / cols] ?? 0) - sum;
    for (let i = base; i < base + cols; i++)
      dx[i] = (dy?.data[i] ?? 0) + Math.exp(y.data[i] as number) * scale;
  }
  return { shape: y.shape, data: dx };
}
