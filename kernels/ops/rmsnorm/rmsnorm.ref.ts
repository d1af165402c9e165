import type { NdArray } from "../../core/op.ts";

const at = (array: NdArray | null | undefined, i: number, absent: number): number =>
  array ? (array.data[i] as number) : absent;

export interface RmsnormResult {
  readonly y: NdArray;
  readonly rstd: NdArray;
  readonly sum: NdArray;
}

/** RMSNorm over the last axis of x + residual, in doubles; `offset` is added to the weight. */
export function rmsnormRef(
  x: NdArray,
  weight: NdArray | null,
  residual: NdArray | null,
  eps: number,
  offset: number,
): RmsnormResult {
  const cols = x.shape.at(-1) as number;
  const rows = x.data.length / cols;
  const sum = x.data.map((v, i) => v + at(residual, i, 0));
  const y = new Float64Array(sum.length);
  const rstd = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = sum.subarray(r * cols, (r + 1) * cols);
    const scale = 1 / Math.sqrt(row.reduce((a, b) => a + b * b, 0) / cols + eps);
    row.forEach((v, c) => {
      y[r * cols + c] = v * scale * (weight ? at(weight, c, 1) + offset : 1);
    });
    rstd[r] = scale;
  }
  return {
    y: { shape: x.shape, data: y },
    rstd: { shape: x.shape.slice(0, -1), data: rstd },
    sum: { shape: x.shape, data: sum },
  };
}

/** Gradient with respect to what was normalised; `x` is that, `dsum` is added. */
export function rmsnormBackwardRef(
  x: NdArray,
  dy: NdArray,
  rstd: NdArray,
  weight: NdArray | null,
  dsum: NdArray | null,
  offset: number,
): NdArray {
  const cols = x.shape.at(-1) as number;
  const dx = new Float64Array(x.data.length);
  for (let base = 0; base < dx.length; base += cols) {
    const scale = at(rstd, base / cols, 0);
    const g = (c: number) => at(dy, base + c, 0) * (weight ? at(weight, c, 1) + offset : 1);
    const normal = (c: number) => at(x, base + c, 0) * scale;
    let pull = 0;
    for (let c = 0; c < cols; c++) pull += (g(c) * normal(c)) / cols;
    for (let c = 0; c < cols; c++)
      dx[base + c] = scale * (g(c) - normal(c) * pull) + at(dsum, base + c, 0);
  }
  return { shape: x.shape, data: dx };
}

/** Gradient of the weight: a sum over all rows. */
export function rmsnormParameterBackwardRef(x: NdArray, dy: NdArray, rstd: NdArray): NdArray {
  const cols = x.shape.at(-1) as number;
  const dweight = new Float64Array(cols);
  for (let c = 0; c < cols; c++) {
    let total = 0;
    for (let r = 0; r * cols < dy.data.length; r++)
      total += at(dy, r * cols + c, 0) * at(x, r * cols + c, 0) * at(rstd, r, 0);
    dweight[c] = total;
  }
  return { shape: [cols], data: dweight };
}
