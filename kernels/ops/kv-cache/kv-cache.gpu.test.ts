import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { type OpCase, testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { type CacheAttrs, cacheAppend } from "./kv-cache.ts";

const ints = (...values: number[]) => ({
  array: { shape: [values.length], data: Float64Array.from(values) },
  dtype: "u32" as const,
});
const ATTRS = { heads: 4, kvHeads: 2, headDim: 5 };

const CASES: readonly OpCase<CacheAttrs>[] = [
  {
    name: "one token each",
    attrs: ATTRS,
    inputs: [
      { array: randomArray([2, 3, 9, 10], 1) },
      { array: randomArray([3, 1, 40], 2) },
      ints(0, 8, 3),
      null,
    ],
  },
  {
    name: "ragged, past the capacity",
    attrs: ATTRS,
    inputs: [
      { array: randomArray([2, 3, 9, 10], 1) },
      { array: randomArray([3, 7, 40], 2) },
      ints(0, 6, 3),
      ints(5, 7, 0),
    ],
  },
  {
    name: "no rows",
    attrs: ATTRS,
    inputs: [
      { array: randomArray([2, 0, 9, 10], 1) },
      { array: randomArray([0, 1, 40], 2) },
      ints(),
      null,
    ],
  },
];

interface Sketch {
  readonly name: string;
  readonly attrs: CacheAttrs;
  /** Pairs of a head that turn. */
  readonly half: number;
  readonly T: number;
  readonly S: number;
  readonly lengths: readonly number[];
  readonly counts?: readonly number[];
}

const SKETCHES: readonly Sketch[] = [
  {
    name: "whole heads, one token each",
    attrs: { heads: 4, kvHeads: 2, headDim: 8 },
    half: 4,
    T: 1,
    S: 9,
    lengths: [0, 8, 3],
  },
  {
    name: "odd heads, partly turned, grouped, ragged, past the capacity",
    attrs: { heads: 6, kvHeads: 2, headDim: 9 },
    half: 3,
    T: 7,
    S: 11,
    lengths: [0, 6, 3],
    counts: [5, 7, 0],
  },
  {
    name: "a pair of each head, one for all",
    attrs: { heads: 3, kvHeads: 1, headDim: 5 },
    half: 1,
    T: 3,
    S: 70,
    lengths: [66],
  },
  {
    name: "no rows",
    attrs: { heads: 2, kvHeads: 2, headDim: 4 },
    half: 2,
    T: 1,
    S: 4,
    lengths: [],
  },
];

const ROTATED = SKETCHES.map((sketch): OpCase<CacheAttrs> => {
  const { name, attrs, half, T, S, lengths, counts } = sketch;
  const { heads, kvHeads, headDim } = attrs;
  const B = lengths.length;
  return {
    name,
    attrs,
    inputs: [
      { array: randomArray([2, B, S, kvHeads * headDim], 1) },
      { array: randomArray([B, T, (heads + 2 * kvHeads) * headDim], 2) },
      ints(...lengths),
      counts ? ints(...counts) : null,
      // As rows of padded text have them: not the slots.
      { array: randomInts([B, T], 3, 20), dtype: "u32" },
      { array: randomArray([20, half], 4) },
      { array: randomArray([20, half], 5) },
    ],
    tolerance: 1e-6,
  };
});

testOnGpu(cacheAppend, CASES);
testOnGpu(withFoldedGrid(cacheAppend), CASES.slice(1, 2));
testOnGpu({ ...cacheAppend, name: "cacheAppend, rotated" }, ROTATED);
testOnGpu(withFoldedGrid(cacheAppend), ROTATED.slice(1, 2));
testHalvesOnGpu(cacheAppend, [...CASES, ...ROTATED], ["cache", "qkv"]);
testHalvesOnGpu(cacheAppend, [...CASES, ...ROTATED], ["qkv"]);
