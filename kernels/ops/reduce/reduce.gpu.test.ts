import { describe, expect, it } from "vitest";
import { withBindingLimit } from "../../testing/binding-limit.ts";
import { relativeError } from "../../testing/close.ts";
import { withFoldedGrid } from "../../testing/folded-grid.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { fillFrom } from "./fill-from.ts";
import { sumAll, sumOfSquares, sumOfSquaresBackward } from "./sum-all.ts";
import { sumRows } from "./sum-rows.ts";

const ROWS = [
  [300, 64],
  [1025, 3],
  [1, 1],
  [4, 7, 257],
  [70_000, 2],
  [2, 20_000],
  [0, 5],
].map((shape, i) => ({
  name: `[${shape}]`,
  attrs: {},
  inputs: [{ array: randomArray(shape, i) }],
}));
testOnGpu(sumRows, ROWS);
testHalvesOnGpu(sumRows, ROWS, ["x"]);

const FLAT = [[64, 64], [5001], [1], [3, 5, 7], [300_001], [0]];

testOnGpu(
  sumAll,
  FLAT.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: { mean: i % 2 === 1 },
    inputs: [{ array: randomArray(shape, i) }],
  })),
);
testOnGpu(
  sumOfSquares,
  FLAT.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: [{ array: randomArray(shape, i) }],
  })),
);
testOnGpu(
  sumOfSquaresBackward,
  FLAT.map((shape, i) => ({
    name: `[${shape}]`,
    attrs: {},
    inputs: [{ array: randomArray(shape, i) }, { array: randomArray([1], 9) }],
  })),
);
testOnGpu(fillFrom, [
  { name: "a row", attrs: { shape: [5, 7] }, inputs: [{ array: randomArray([7], 1) }] },
  {
    name: "a scalar, scaled",
    attrs: { shape: [3, 257], factor: 0.25 },
    inputs: [{ array: randomArray([1], 2) }],
  },
  { name: "nothing", attrs: { shape: [0, 4] }, inputs: [{ array: randomArray([4], 3) }] },
]);

testOnGpu(withBindingLimit(fillFrom, 1024), [
  { name: "in windows", attrs: { shape: [200, 5] }, inputs: [{ array: randomArray([5], 1) }] },
]);

describe("reductions over windows", () => {
  it("give what one binding gives", async () => {
    const gpu = await testGpu();
    const x = randomArray([1000, 5], 1);
    const inputs = [{ array: x }];
    const [y] = await runOp(gpu, withBindingLimit(sumRows, 4 * 64 * 5 * 4), inputs, {});
    expect(relativeError(y?.data ?? [], sumRows.reference([x], {})[0]?.data ?? [])).toBeLessThan(
      1e-5,
    );
    const flat = [{ array: randomArray([20_000], 2) }];
    const [sum] = await runOp(gpu, withBindingLimit(sumOfSquares, 8192 * 4), flat, {});
    const [whole] = await runOp(gpu, sumOfSquares, flat, {});
    expect(sum?.data).toEqual(whole?.data);
  });
});

// 2000 rows make eight chunks; 30,000 elements as many or more workgroups.
const rows = { array: randomArray([2000, 70], 3) };
const flat = { array: randomArray([30_000], 4) };
testOnGpu(withFoldedGrid(sumRows), [{ name: "folded grid", attrs: {}, inputs: [rows] }]);
testOnGpu(withFoldedGrid(sumAll), [{ name: "folded grid", attrs: {}, inputs: [flat] }]);
testOnGpu(withFoldedGrid(sumOfSquaresBackward), [
  { name: "folded grid", attrs: {}, inputs: [flat, { array: randomArray([1], 9) }] },
]);
testOnGpu(withFoldedGrid(fillFrom), [
  { name: "folded grid", attrs: { shape: [40, 70] }, inputs: [{ array: randomArray([70], 1) }] },
]);
