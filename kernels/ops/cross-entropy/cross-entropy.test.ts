import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32 } from "../../core/shape.ts";
import { relativeError } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { numericGradient, referenceGradient } from "../../testing/run-op.ts";
import { crossEntropyCase } from "./cross-entropy.cases.ts";
import { crossEntropy, crossEntropyBackward } from "./cross-entropy.ts";
import { CROSS_ENTROPY_DEFAULTS } from "./settings.ts";

const i32 = (shape: number[]) => ({ shape, dtype: "i32" as const });

describe("crossEntropy", () => {
  it("gives log V for logits that are all equal", () => {
    const logits = { shape: [2, 8], data: new Float64Array(16) };
    const target = { shape: [2], data: Float64Array.of(3, 7) };
    const [loss] = crossEntropy.reference([logits, target, null, null], CROSS_ENTROPY_DEFAULTS);
    expect(loss?.data[0]).toBeCloseTo(Math.log(8), 12);
  });

  it("gives 0, not NaN, when every row is ignored", () => {
    const { attrs, inputs } = crossEntropyCase("", 3, 4, { ignored: 3 });
    const arrays = inputs.map((fed) => fed?.array ?? null);
    expect(crossEntropy.reference(arrays, attrs)[0]?.data[0]).toBe(0);
  });

  it("refuses targets and weights that do not fit, naming them", () => {
    const logits = f32([2, 3, 5]);
    expect(() =>
      crossEntropy.infer([logits, i32([5]), null, null], CROSS_ENTROPY_DEFAULTS),
    ).toThrow("crossEntropy: target needs an i32 for each row of logits [2, 3, 5]; it is i32 [5]");
    expect(() =>
      crossEntropy.infer([logits, i32([2, 3]), f32([5]), null], CROSS_ENTROPY_DEFAULTS),
    ).toThrow("crossEntropy: tokenWeight needs a number for each of 6 rows; it is [5]");
    expect(() =>
      crossEntropy.infer([logits, i32([2, 3]), null, f32([6])], CROSS_ENTROPY_DEFAULTS),
    ).toThrow("crossEntropy: classWeight needs a number for each of 5 classes; it is [6]");
  });

  it("needs no second tensor of the logits' size, and splits GPT-2's over bindings", () => {
    const logits = f32([2048, 50_257]);
    const plan = crossEntropyBackward.plan({
      inputs: [logits, i32([2048]), f32([2048, 2]), f32([1]), f32([1]), null, null, null, null],
      outputs: [logits],
      attrs: CROSS_ENTROPY_DEFAULTS,
      accumulate: [false],
      adapter: BASELINE_PROFILE,
    });
    expect(Object.values(plan.temps ?? {}).map((spec) => spec.shape)).toEqual([[2048]]);
    expect(plan.dispatches.map((d) => d.params?.rows)).toEqual([2048, 640, 640, 640, 128]);
  });

  it("passes on gradients of perRow and logsumexp", () => {
    const { attrs, inputs } = crossEntropyCase("", 4, 5, {
      labelSmoothing: 0.2,
      classWeight: true,
      tokenWeight: true,
      ignored: 1,
    });
    const weights = {
      loss: randomArray([1], 1),
      perRow: randomArray([4], 2),
      logsumexp: randomArray([4], 3),
    };
    const got = referenceGradient(crossEntropy, inputs, attrs, weights, ["logits"]);
    const want = numericGradient(crossEntropy, inputs, attrs, weights, "logits");
    expect(relativeError(got.logits?.data ?? [], want)).toBeLessThanOrEqual(1e-6);
  });
});

testGradients(
  crossEntropy,
  [
    crossEntropyCase("mean", 3, 5, { scale: 1 }),
    crossEntropyCase("sum, ignoring some", 5, 4, { scale: 1, reduction: "sum", ignored: 2 }),
    crossEntropyCase("ignoring class 0", 6, 3, { scale: 1, ignoreIndex: 0, ignored: 2 }),
    crossEntropyCase("smoothed", 3, 5, { scale: 1, labelSmoothing: 0.3 }),
    crossEntropyCase("smoothed, class weights", 4, 5, {
      scale: 1,
      labelSmoothing: 0.1,
      classWeight: true,
      ignored: 1,
    }),
    crossEntropyCase("both weights", 4, 5, { scale: 1, tokenWeight: true, classWeight: true }),
  ],
  ["logits"],
);
