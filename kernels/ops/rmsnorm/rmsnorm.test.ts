import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { firstMismatch } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { referenceGradient } from "../../testing/run-op.ts";
import { rmsnorm } from "./rmsnorm.ts";

const eps = 1e-6;
const x = { array: randomArray([2, 3, 5], 1) };
const weight = { array: randomArray([5], 2) };
const residual = { array: randomArray([2, 3, 5], 4) };

testGradients(
  rmsnorm,
  [
    { name: "[2, 3, 5]", attrs: { eps }, inputs: [x, weight, null] },
    { name: "1 + weight", attrs: { eps, weightPlusOne: true }, inputs: [x, weight, null] },
    { name: "after a residual", attrs: { eps }, inputs: [x, weight, residual] },
  ],
  ["x", "weight"],
);
testGradients(
  rmsnorm,
  [{ name: "without weight", attrs: { eps, weightPlusOne: true }, inputs: [x, null, null] }],
  ["x"],
);

describe("rmsnorm", () => {
  it("gives rows of mean square 1, whatever scale they had", () => {
    const scaled = { shape: x.array.shape, data: x.array.data.map((v) => v * 1e6) };
    const [y] = rmsnorm.reference([scaled, null, null], { eps: 0 });
    const row = y?.data.subarray(5, 10) ?? new Float64Array();
    expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(5, 10);
  });

  it("sends what reaches the sum past the norm to x and residual alike", () => {
    const inputs = [x, weight, residual];
    const dy = randomArray([2, 3, 5], 5);
    const dsum = randomArray([2, 3, 5], 6);
    const wanted = ["x", "residual"];
    const both = referenceGradient(rmsnorm, inputs, { eps }, { y: dy, sum: dsum }, wanted);
    const norm = referenceGradient(rmsnorm, inputs, { eps }, { y: dy }, wanted);
    const want = norm.x?.data.map((v, i) => v + (dsum.data[i] as number)) ?? [];
    expect(firstMismatch(both.x?.data ?? [], want, { rtol: 1e-12 })).toBeNull();
    expect(both.residual?.data).toEqual(both.x?.data);
  });

  it("refuses a weight or a residual that does not fit", () => {
    expect(() => rmsnorm.infer([f32([4, 6]), f32([4]), null], { eps })).toThrow(
      "rmsnorm: weight must be [6], the last axis of x; it is [4]",
    );
    expect(() => rmsnorm.infer([f32([4, 6]), null, f32([6, 4])], { eps })).toThrow(
      "rmsnorm: x and residual must have the same shape; they are [4, 6] and [6, 4]",
    );
  });
});
