import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { poolPattern } from "./pool-pattern.ts";

const row = (shape: readonly number[], tokens: number, size: number) => ({
  name: `[${shape}], ${tokens} tokens in ${size} cells`,
  attrs: { size },
  inputs: [
    { array: randomArray(shape, tokens) },
    { array: { shape: [1], data: Float64Array.of(tokens) }, dtype: "u32" as const },
  ],
});

testOnGpu(poolPattern, [
  row([2, 3, 64, 64], 64, 32),
  row([4, 32, 32], 5, 32),
  row([2, 257, 257], 255, 32),
  row([1, 1, 1], 1, 1),
  row([3, 16, 16], 0, 8),
  row([0, 8, 8], 8, 4),
]);
testOnGpu(withBindingLimit(poolPattern, 3 * 64 * 64 * 4), [row([10, 64, 64], 60, 32)]);
testOnGpu(withFoldedGrid(poolPattern), [row([10, 64, 64], 60, 32)]);
