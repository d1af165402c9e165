import type { NdArray } from "../../core/op.ts";

/** sums[g] = carry[g] + sum of x[i]^2 over all chunks that belong to g; NaN where one of them holds what is not finite. */
export function groupSquaresRef(
  x: NdArray,
  chunks: NdArray,
  owners: NdArray,
  groups: number,
  carry: NdArray | null,
): NdArray {
  const data = carry ? Float64Array.from(carry.data) : new Float64Array(groups);
  owners.data.forEach((group, k) => {
    const begin = chunks.data[2 * k] as number;
    const length = chunks.data[2 * k + 1] as number;
    for (let i = begin; i < begin + length; i++) {
      const value = x.data[i] as number;
      data[group] = (data[group] as number) + (Number.isFinite(value) ? value * value : Number.NaN);
    }
  });
  return { shape: [groups], data };
}
