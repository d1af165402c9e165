import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { decodeAttention } from "./decode-attention.ts";

interface Shape {
  readonly B: number;
  readonly T: number;
  readonly S: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly window?: number;
  readonly softcap?: number;
}

const decode = ({ B, T, S, heads, kvHeads, headDim, window, softcap }: Shape) => ({
  name: JSON.stringify({ B, T, S, heads, kvHeads, headDim, window, softcap }),
  attrs: {
    heads,
    kvHeads,
    headDim,
    window: window ?? null,
    softcap: softcap ?? null,
    scale: 1 / Math.sqrt(headDim),
  },
  inputs: [
    { array: randomArray([B, T, (heads + 2 * kvHeads) * headDim], 1, 3) },
    { array: randomArray([2, B, S, kvHeads * headDim], 2, 2) },
    { array: randomInts([B], 3, Math.max(1, S - T + 1)), dtype: "u32" as const },
  ],
});

testOnGpu(decodeAttention, [
  decode({ B: 2, T: 1, S: 32, heads: 4, kvHeads: 4, headDim: 16 }),
  decode({ B: 3, T: 3, S: 70, heads: 6, kvHeads: 2, headDim: 5, window: 9, softcap: 2 }),
  decode({ B: 1, T: 1, S: 1, heads: 1, kvHeads: 1, headDim: 1 }),
  decode({ B: 0, T: 1, S: 4, heads: 2, kvHeads: 1, headDim: 4 }),
  decode({ B: 2, T: 2, S: 300, heads: 2, kvHeads: 1, headDim: 256 }),
  decode({ B: 4, T: 1, S: 129, heads: 8, kvHeads: 1, headDim: 64, window: 64 }),
]);
