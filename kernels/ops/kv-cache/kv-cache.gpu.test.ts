import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { cacheAppend } from "./kv-cache.ts";

const ints = (...values: number[]) => ({
  array: { shape: [values.length], data: Float64Array.from(values) },
  dtype: "u32" as const,
});
const ATTRS = { heads: 4, kvHeads: 2, headDim: 5 };

testOnGpu(cacheAppend, [
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
    name: "more than 65,535 workgroups",
    attrs: { heads: 1, kvHeads: 1, headDim: 1 },
    inputs: [
      { array: randomArray([2, 1, 2_200_000, 1], 1) },
      { array: randomArray([1, 2_200_000, 3], 2) },
      ints(1),
      null,
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
]);
