import type { NdArray } from "../../core/op.ts";

/** y[n] = sum_r x[r, n]; leading axes are rows. */
export function sumRowsRef(x: NdArray): NdArray {
  const cols = x.shape.at(-1) as number;
  const y = new Float64Array(cols);
  x.data.forEach((v, i) => {
    y[i % cols] = (y[i % cols] as number) + v;
  });
  return { shape: [cols], data: y };
}

/** [sum of f(x)], divided by the number of elements when `mean`; an empty mean is 0. */
export function sumAllRef(x: NdArray, mean: boolean, f: (v: number) => number = (v) => v): NdArray {
  let sum = 0;
  for (const v of x.data) sum += f(v);
  return { shape: [1], data: Float64Array.of(mean ? sum / Math.max(1, x.data.length) : sum) };
}
