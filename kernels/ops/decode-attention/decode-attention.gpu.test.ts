import type { OpDefinition } from "../../core/op.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { type OpCase, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type DecodeAttentionAttrs, decodeAttention } from "./decode-attention.ts";

interface Sketch {
  readonly name: string;
  readonly T: number;
  readonly S: number;
  readonly lengths: readonly number[];
  readonly attrs: DecodeAttentionAttrs;
}

const PLAIN = { heads: 4, kvHeads: 4, headDim: 8, window: null, softcap: null, scale: 0.4 };

const SKETCHES: readonly Sketch[] = [
  { name: "one token each", T: 1, S: 40, lengths: [0, 39, 17], attrs: PLAIN },
  {
    name: "odd heads, grouped, window, soft-cap, several tokens, past the capacity",
    T: 5,
    S: 37,
    lengths: [3, 35],
    attrs: { heads: 6, kvHeads: 2, headDim: 7, window: 6, softcap: 0.8, scale: 0.4 },
  },
  { name: "one long row", T: 1, S: 1000, lengths: [997], attrs: { ...PLAIN, headDim: 64 } },
  { name: "no rows", T: 1, S: 8, lengths: [], attrs: PLAIN },
  {
    name: "heads of 256",
    T: 2,
    S: 90,
    lengths: [80],
    attrs: { ...PLAIN, heads: 2, kvHeads: 1, headDim: 256, scale: 0.06 },
  },
];

const CASES = SKETCHES.map(({ name, T, S, lengths, attrs }): OpCase<DecodeAttentionAttrs> => {
  const { heads, kvHeads, headDim } = attrs;
  const B = lengths.length;
  return {
    name,
    attrs,
    inputs: [
      { array: randomArray([B, T, (heads + 2 * kvHeads) * headDim], 1) },
      { array: randomArray([2, B, S, kvHeads * headDim], 2) },
      { array: { shape: [B], data: Float64Array.from(lengths) }, dtype: "u32" },
    ],
  };
});

/** As planned for a real GPU: many chunks. */
const manyChunks: OpDefinition<DecodeAttentionAttrs> = {
  ...decodeAttention,
  name: "decodeAttention (many chunks)",
  plan: (request) =>
    decodeAttention.plan({
      ...request,
      adapter: { ...request.adapter, adapterClass: "gpu" },
    }),
};

testOnGpu(decodeAttention, CASES);
testOnGpu(manyChunks, CASES.slice(0, 3));
testOnGpu(withFoldedGrid(manyChunks), CASES.slice(1, 2));
