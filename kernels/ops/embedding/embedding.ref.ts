import type { NdArray } from "../../core/op.ts";

/** y[i, c] = weight[ids[i], c], and 0 where the table has no such row. */
export function embeddingRef(weight: NdArray, ids: NdArray): NdArray {
  const [vocab, C] = weight.shape as [number, number];
  const y = new Float64Array(ids.data.length * C);
  ids.data.forEach((id, i) => {
    if (id < vocab) y.set(weight.data.subarray(id * C, (id + 1) * C), i * C);
  });
  return { shape: [...ids.shape, C], data: y };
}

/** dweight[v, c] = sum of dy[i, c] over the tokens i whose id is v. */
export function embeddingBackwardRef(ids: NdArray, dy: NdArray, vocab: number): NdArray {
  const C = dy.shape.at(-1) as number;
  const dweight = new Float64Array(vocab * C);
  ids.data.forEach((id, i) => {
    if (id >= vocab) return;
    for (let c = 0; c < C; c++)
      dweight[id * C + c] = (dweight[id * C + c] as number) + (dy.data[i * C + c] as number);
  });
  return { shape: [vocab, C], data: dweight };
}
