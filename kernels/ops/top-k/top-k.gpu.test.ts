import { describe, expect, it } from "vitest";
import { withBindingLimit } from "../../testing/binding-limit.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { topK } from "./top-k.ts";

function inputsOf(shape: readonly number[], seed: number, levels?: number): readonly [Fed, Fed] {
  const V = shape.at(-1) as number;
  const target = randomInts(shape.slice(0, -1), seed, V);
  if (target.data.length > 4) target.data[3] = -100;
  // Few levels: many entries are equal, and ids decide.
  const array =
    levels === undefined ? randomArray(shape, seed, 5) : randomInts(shape, seed, levels);
  return [{ array }, { array: target, dtype: "i32" }];
}

const CASES = [
  { name: "[64, 65], k 20", inputs: inputsOf([64, 65], 1), k: 20 },
  { name: "[5, 3, 7], all of them", inputs: inputsOf([5, 3, 7], 2), k: 7 },
  { name: "[1, 1]", inputs: inputsOf([1, 1], 3), k: 1 },
  { name: "[3, 5003]", inputs: inputsOf([3, 5003], 4), k: 5 },
  { name: "[70000, 3]", inputs: inputsOf([70_000, 3], 5), k: 2 },
  { name: "no rows", inputs: inputsOf([0, 3], 6), k: 2 },
  { name: "ties", inputs: inputsOf([9, 300], 7, 4), k: 20 },
  { name: "all equal", inputs: inputsOf([6, 257], 8, 1), k: 10 },
].map(({ k, ...rest }) => ({ ...rest, attrs: { k }, tolerance: 0 }));

testOnGpu(topK, CASES);
testOnGpu(withBindingLimit(topK, 100 * 6 * 4), [
  { name: "in windows of rows", inputs: inputsOf([300, 6], 8), attrs: { k: 3 }, tolerance: 0 },
]);
testOnGpu(withFoldedGrid(topK), [
  { name: "folded grid", inputs: inputsOf([300, 6], 8), attrs: { k: 3 }, tolerance: 0 },
]);

describe("topK of numbers that are none", () => {
  it("leaves NaN out and says V where nothing is left", async () => {
    const gpu = await testGpu();
    const data = new Float64Array(40).fill(Number.NaN);
    data[7] = -2;
    data[21] = Math.fround(-3e38);
    const inputs = [
      { array: { shape: [1, 40], data } },
      { array: { shape: [1], data: Float64Array.of(7) }, dtype: "i32" as const },
    ];
    const [values, ids, rank] = await runOp(gpu, topK, inputs, { k: 4 });
    expect(Array.from(ids?.data ?? [])).toEqual([7, 21, 40, 40]);
    expect(Array.from(values?.data ?? []).slice(0, 2)).toEqual([-2, Math.fround(-3e38)]);
    expect(rank?.data[0]).toBe(0);
  });
});
