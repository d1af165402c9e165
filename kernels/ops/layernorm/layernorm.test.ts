import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32 } from "../../core/shape.ts";
import { firstMismatch } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { referenceGradient } from "../../testing/run-op.ts";
import { layernorm, layernormParameterBackward } from "./layernorm.ts";

const eps = 1e-5;
const x = { array: randomArray([2, 3, 5], 1) };
const weight = { array: randomArray([5], 2) };
const bias = { array: randomArray([5], 3) };
const residual = { array: randomArray([2, 3, 5], 4) };

testGradients(
  layernorm,
  [
    { name: "[2, 3, 5]", attrs: { eps }, inputs: [x, weight, bias, null] },
    { name: "after a residual", attrs: { eps }, inputs: [x, weight, bias, residual] },
  ],
  ["x", "weight", "bias"],
);
testGradients(
  layernorm,
  [
    { name: "without parameters", attrs: { eps }, inputs: [x, null, null, null] },
    { name: "without bias", attrs: { eps }, inputs: [x, weight, null, residual] },
  ],
  ["x"],
);

describe("layernorm", () => {
  it("gives rows of mean 0 and variance 1", () => {
    const [y] = layernorm.reference([x.array, null, null, null], { eps: 0 });
    const row = y?.data.subarray(5, 10) ?? new Float64Array();
    expect(Math.abs(row.reduce((a, b) => a + b, 0))).toBeLessThan(1e-12);
    expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(5, 10);
  });

  it("sends what reaches the sum past the norm to x and residual alike", () => {
    const inputs = [x, weight, bias, residual];
    const dy = randomArray([2, 3, 5], 5);
    const dsum = randomArray([2, 3, 5], 6);
    const wanted = ["x", "residual"];
    const both = referenceGradient(layernorm, inputs, { eps }, { y: dy, sum: dsum }, wanted);
    const norm = referenceGradient(layernorm, inputs, { eps }, { y: dy }, wanted);
    const want = norm.x?.data.map((v, i) => v + (dsum.data[i] as number)) ?? [];
    expect(firstMismatch(both.x?.data ?? [], want, { rtol: 1e-12 })).toBeNull();
    expect(both.residual?.data).toEqual(both.x?.data);
  });

  it("refuses parameters that do not fit the last axis", () => {
    expect(() => layernorm.infer([f32([4, 6]), f32([4]), null, null], { eps })).toThrow(
      "layernorm: weight must be [6], the last axis of x; it is [4]",
    );
    expect(() => layernorm.infer([f32([4, 0]), null, null, null], { eps })).toThrow(
      "layernorm: needs a non-empty last axis; x is [4, 0]",
    );
  });

  it("binds no more than eight buffers, whatever is left out", () => {
    for (const given of [true, false]) {
      const { dispatches } = layernorm.plan({
        inputs: [
          f32([2, 8]),
          given ? f32([8]) : null,
          given ? f32([8]) : null,
          given ? f32([2, 8]) : null,
        ],
        outputs: [],
        attrs: { eps },
        accumulate: [],
        adapter: BASELINE_PROFILE,
      });
      expect(dispatches[0]?.bindings.length).toBe(8);
    }
  });
});

describe("layernormParameterBackward", () => {
  it("keeps the partial sums few however many rows there are", () => {
    const rows = 1_000_000;
    const { temps } = layernormParameterBackward.plan({
      inputs: [f32([rows, 8]), f32([rows, 8]), f32([rows]), f32([rows])],
      outputs: [f32([8]), f32([8])],
      attrs: { bias: true },
      accumulate: [false, false],
      adapter: BASELINE_PROFILE,
    });
    expect(temps?.partial?.shape[0]).toBeLessThanOrEqual(64);
  });
});
