import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { type OpCase, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
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

testOnGpu(cacheAppend, CASES);
testOnGpu(withFoldedGrid(cacheAppend), CASES.slice(1, 2));
