import type { NdArray } from "../../core/op.ts";

/** A copy of `cache` with keys and values of the first `counts[b]` tokens of each row put at `lengths[b]`. */
export function cacheAppendRef(
  cache: NdArray,
  qkv: NdArray,
  lengths: NdArray,
  counts: NdArray | null,
): NdArray {
  const [, B, S, width] = cache.shape as [number, number, number, number];
  const [, T, columns] = qkv.shape as [number, number, number];
  const data = cache.data.slice();
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < Math.min(T, counts?.data[b] ?? T); t++) {
      const slot = (lengths.data[b] as number) + t;
      if (slot >= S) continue;
      for (const part of [0, 1]) {
        const from = (b * T + t) * columns + columns - (2 - part) * width;
        data.set(qkv.data.subarray(from, from + width), ((part * B + b) * S + slot) * width);
      }
    }
  }
  return { shape: cache.shape, data };
}
