import type { NdArray } from "../../core/op.ts";

/** Products of every row with the query, and the rows' lengths; both less the mean where there is one. */
export function rowSimilarityRef(x: NdArray, query: NdArray, mean: NdArray | null) {
  const C = query.data.length;
  const rows = x.data.length / C;
  const dot = new Float64Array(rows);
  const norm = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let square = 0;
    for (let c = 0; c < C; c++) {
      const m = mean?.data[c] ?? 0;
      const own = (x.data[r * C + c] as number) - m;
      dot[r] = (dot[r] as number) + own * ((query.data[c] as number) - m);
      square += own * own;
    }
    norm[r] = Math.sqrt(square);
  }
  return { dot: { shape: [rows], data: dot }, norm: { shape: [rows], data: norm } };
}
