import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { cacheAppend } from "./kv-cache.ts";

const append = (
  B: number,
  T: number,
  S: number,
  heads: number,
  kvHeads: number,
  headDim: number,
  ragged: boolean,
) => ({
  name: `B ${B}, T ${T}, S ${S}, heads ${heads}/${kvHeads}, width ${headDim}${ragged ? ", ragged" : ""}`,
  attrs: { heads, kvHeads, headDim },
  tolerance: 0,
  inputs: [
    { array: randomArray([2, B, S, kvHeads * headDim], 1) },
    { array: randomArray([B, T, (heads + 2 * kvHeads) * headDim], 2) },
    { array: randomInts([B], 3, S + 1), dtype: "u32" as const },
    ragged ? { array: randomInts([B], 4, T + 1), dtype: "u32" as const } : null,
  ],
});

testOnGpu(cacheAppend, [
  append(2, 4, 16, 4, 4, 8, false),
  append(3, 5, 7, 6, 2, 3, true),
  append(1, 1, 1, 1, 1, 1, false),
  append(0, 3, 4, 2, 2, 4, false),
  append(2, 300, 400, 2, 2, 64, true),
]);
