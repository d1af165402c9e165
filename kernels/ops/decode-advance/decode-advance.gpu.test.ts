import type { NdArray } from "../../core/op.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomInts } from "../../testing/random.ts";
import { decodeAdvance } from "./decode-advance.ts";

const ids = (array: NdArray) => ({ array, dtype: "u32" as const });

/** Rows at every stage: running, at their limit, at the end of the cache, and hitting a stop. */
const batch = (B: number, S: number, seed: number) => {
  const lengths = randomInts([B], seed, S);
  const limits = {
    shape: [B],
    data: lengths.data.map((n, b) => (b % 3 === 0 ? n : Math.min(S, n + 2))),
  };
  return {
    name: `B ${B}, S ${S}`,
    attrs: {},
    tolerance: 0,
    inputs: [
      ids(randomInts([B], seed + 1, 5)),
      ids({ shape: [2], data: Float64Array.of(3, 1) }),
      ids(randomInts([B], seed + 2, 5)),
      ids(lengths),
      ids(limits),
      ids(randomInts([B, S], seed + 3, 5)),
      ids({ shape: [4], data: Float64Array.of(7, 0, 41, 0) }),
    ],
  };
};

testOnGpu(decodeAdvance, [batch(8, 16, 1), batch(3, 5, 2), batch(1, 2, 3), batch(200, 9, 4)]);
