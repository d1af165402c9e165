import type { NdArray } from "../../core/op.ts";
import { philox } from "../../core/philox.ts";

/** 1 / (1 - p) as the kernel gets it. */
export const dropoutScale = (p: number): number => Math.fround(1 / (1 - p));

/** Keeps an element where its Philox unit is at least p: the same draws as the kernel, bit for bit. */
export function dropoutRef(x: NdArray, rng: NdArray, p: number, stream: number): NdArray {
  const [low = 0, high = 0, step = 0, micro = 0] = rng.data;
  const threshold = Math.fround(p);
  const data = new Float64Array(x.data.length);
  let words: readonly number[] = [];
  x.data.forEach((v, i) => {
    if (i % 4 === 0) words = philox([i / 4, step, stream, micro], [low, high]);
    const unit = ((words[i % 4] as number) >>> 8) / 2 ** 24;
    data[i] = unit >= threshold ? v * dropoutScale(p) : 0;
  });
  return { shape: x.shape, data };
}
