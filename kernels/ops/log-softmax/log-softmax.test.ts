import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { firstMismatch, relativeError } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { numericGradient, referenceGradient } from "../../testing/run-op.ts";
import { logSoftmaxRef } from "./log-softmax.ref.ts";
import { logSoftmax } from "./log-softmax.ts";

describe("logSoftmaxRef", () => {
  it("gives rows whose exponentials add up to 1, whatever is added to them", () => {
    const x = randomArray([4, 3], 1, 5);
    const { y } = logSoftmaxRef({ shape: x.shape, data: x.data.map((v) => v + 1000) });
    for (let r = 0; r < 4; r++)
      expect(
        firstMismatch(
          [y.data.subarray(r * 3, r * 3 + 3).reduce((sum, v) => sum + Math.exp(v), 0)],
          [1],
        ),
      ).toBeNull();
  });
});

describe("logSoftmax", () => {
  it("refuses an empty last axis, naming the op and the shape", () => {
    expect(() => logSoftmax.infer([f32([4, 0])], {})).toThrow(
      "logSoftmax: needs a non-empty last axis; x is [4, 0]",
    );
  });

  it("passes on the gradient of its logsumexp too, alone and together", () => {
    const inputs = [{ array: randomArray([3, 4], 5) }];
    const dLogsumexp = randomArray([3], 6);
    for (const weights of [
      { logsumexp: dLogsumexp },
      { logsumexp: dLogsumexp, y: randomArray([3, 4], 7) },
    ]) {
      const got = referenceGradient(logSoftmax, inputs, {}, weights, ["x"]);
      const want = numericGradient(logSoftmax, inputs, {}, weights, "x");
      expect(relativeError(got.x?.data ?? [], want)).toBeLessThanOrEqual(1e-6);
    }
  });
});

testGradients(
  logSoftmax,
  [
    { name: "[3, 5]", attrs: {}, inputs: [{ array: randomArray([3, 5], 2) }] },
    { name: "one column", attrs: {}, inputs: [{ array: randomArray([4, 1], 3) }] },
  ],
  ["x"],
);
