import type { NdArray } from "../../core/op.ts";

const at = (array: NdArray | null | undefined, i: number, absent: number): number =>
  array ? (array.data[i] as number) : absent;

export interface LayernormResult {
  readonly y: NdArray;
  readonly rstd: NdArray;
  readonly mean: NdArray;
  readonly sum: NdArray;
}

/** LayerNorm over the last axis of x + residual, in doubles. */
export function layernormRef(
  x: NdArray,
  weight: NdArray | null,
  bias: NdArray | null,
  residual: NdArray | null,
  eps: number,
): LayernormResult {
  const cols = x.shape.at(-1) as number;
  const rows = x.data.length / cols;
  const sum = x.data.map((v, i) => v + at(residual, i, 0));
  const y = new Float64Array(sum.length);
  const rstd = new Float64Array(rows);
  const mean = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = sum.subarray(r * cols, (r + 1) * cols);
    const center = row.reduce((a, b) => a + b, 0) / cols;
    const variance = row.reduce((a, b) => a + (b - center) ** 2, 0) / cols;
    const scale = 1 / Math.sqrt(variance + eps);
    row.forEach((v, c) => {
      y[r * cols + c] = (v - center) * scale * at(weight, c, 1) + at(bias, c, 0);
    });
    rstd[r] = scale;
    mean[r] = center;
  }
  const perRow = x.shape.slice(0, -1);
  return {
    y: { shape: x.shape, data: y },
    rstd: { shape: perRow, data: rstd },
    mean: { shape: perRow, data: mean },
    sum: { shape: x.shape, data: sum },
  };
}

/** Gradient with respect to what was normalised; `x` is that, `dsum` is added. */
export function layernormBackwardRef(
  x: NdArray,
  dy: NdArray,
  mean: NdArray,
  rstd: NdArray,
  weight: NdArray | null,
  dsum: NdArray | null,
): NdArray {
  const cols = x.shape.at(-1) as number;
  const dx = new Float64Array(x.data.length);
  for (let base = 0; base < dx.length; base += cols) {
    const [center, scale] = [at(mean, base / cols, 0), at(rstd, base / cols, 0)];
    const g = (c: number) => at(dy, base + c, 0) * at(weight, c, 1);
    const normal = (c: number) => (at(x, base + c, 0) - center) * scale;
    let meanG = 0;
    let meanGn = 0;
    for (let c = 0; c < cols; c++) {
      meanG += g(c) / cols;
      meanGn += (g(c) * normal(c)) / cols;
    }
    for (let c = 0; c < cols; c++)
      dx[base + c] = scale * (g(c) - meanG - normal(c) * meanGn) + at(dsum, base + c, 0);
  }
  return { shape: x.shape, data: dx };
}

/** Gradients of weight and bias: sums over all rows. */
export function layernormParameterBackwardRef(
  x: NdArray,
  dy: NdArray,
  mean: NdArray,
  rstd: NdArray,
): { readonly dweight: NdArray; readonly dbias: NdArray } {
  const cols = x.shape.at(-1) as number;
  const dweight = new Float64Array(cols);
  const dbias = new Float64Array(cols);
  for (let c = 0; c < cols; c++) {
    let [w, b] = [0, 0];
    for (let r = 0; r * cols < dy.data.length; r++) {
      const g = at(dy, r * cols + c, 0);
      w += g * (at(x, r * cols + c, 0) - at(mean, r, 0)) * at(rstd, r, 0);
      b += g;
    }
    dweight[c] = w;
    dbias[c] = b;
  }
  return { dweight: { shape: [cols], data: dweight }, dbias: { shape: [cols], data: dbias } };
}
