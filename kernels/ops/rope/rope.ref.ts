import type { NdArray } from "../../core/op.ts";

export interface RopeLayout {
  readonly heads: number;
  readonly headDim: number;
  readonly rotaryDim: number;
  /** Column where the first head begins. */
  readonly offset: number;
  readonly inverse: boolean;
}

/** Rotates the heads of every row, in doubles; other columns are copied. */
export function ropeRef(
  x: NdArray,
  positions: NdArray,
  cos: NdArray,
  sin: NdArray,
  { heads, headDim, rotaryDim, offset, inverse }: RopeLayout,
): NdArray {
  const width = x.shape.at(-1) as number;
  const half = rotaryDim / 2;
  const tokens = x.data.length / width;
  const T = positions.shape.at(-1) ?? 1;
  const repeat = tokens / positions.data.length;
  const y = Float64Array.from(x.data);
  for (let token = 0; token < tokens; token++) {
    const row = Math.floor(Math.floor(token / T) / repeat);
    const position = positions.data[row * T + (token % T)] as number;
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < half; i++) {
        const at = token * width + offset + h * headDim + i;
        const c = cos.data[position * half + i] as number;
        const s = (sin.data[position * half + i] as number) * (inverse ? -1 : 1);
        const [x1, x2] = [x.data[at] as number, x.data[at + half] as number];
        y[at] = x1 * c - x2 * s;
        y[at + half] = x2 * c + x1 * s;
      }
    }
  }
  return { shape: x.shape, data: y };
}
