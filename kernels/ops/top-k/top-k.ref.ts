import type { NdArray } from "../../core/op.ts";

/** The k largest of each row, equal ones by id, and how many come before the target (V without one). */
export function topKRef(logits: NdArray, target: NdArray, k: number) {
  const V = logits.shape.at(-1) as number;
  const rows = target.data.length;
  const values = new Float64Array(rows * k);
  const ids = new Float64Array(rows * k);
  const rank = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = logits.data.subarray(r * V, (r + 1) * V);
    const order = Array.from(row.keys()).sort(
      (a, b) => (row[b] as number) - (row[a] as number) || a - b,
    );
    for (let i = 0; i < k; i++) {
      ids[r * k + i] = order[i] as number;
      values[r * k + i] = row[order[i] as number] as number;
    }
    const place = order.indexOf(target.data[r] as number);
    rank[r] = place < 0 ? V : place;
  }
  const { shape } = target;
  return {
    values: { shape: [...shape, k], data: values },
    ids: { shape: [...shape, k], data: ids },
    rank: { shape, data: rank },
  };
}
