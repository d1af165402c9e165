import type { NdArray } from "../../core/op.ts";

/** Sums over the keys of a cell, averaged over its queries. */
export function poolPatternRef(pattern: NdArray, length: NdArray, size: number): NdArray {
  const T = pattern.shape.at(-1) as number;
  const rows = pattern.data.length / (T * T);
  const tokens = Math.min(length.data[0] as number, T);
  const cell = Math.max(1, Math.ceil(tokens / size));
  const data = new Float64Array(rows * size * size);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < tokens; i++) {
      const I = Math.floor(i / cell);
      const queries = Math.min(tokens, (I + 1) * cell) - I * cell;
      for (let j = 0; j < tokens; j++) {
        const at = (r * size + I) * size + Math.floor(j / cell);
        data[at] = (data[at] as number) + (pattern.data[(r * T + i) * T + j] as number) / queries;
      }
    }
  return { shape: [rows, size, size], data };
}
