import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { relativeError } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { numericGradient, referenceGradient } from "../../testing/run-op.ts";
import { gatherLogprob } from "./gather-logprob.ts";

const i32 = (shape: number[]) => ({ shape, dtype: "i32" as const });
const targets = (...data: number[]) => ({
  array: { shape: [data.length], data: Float64Array.from(data) },
  dtype: "i32" as const,
});

describe("gatherLogprob", () => {
  it("gives -log V and log V for logits that are all equal, whatever the temperature", () => {
    const logits = { shape: [1, 8], data: new Float64Array(8).fill(3) };
    const [logp, entropy] = gatherLogprob.reference([logits, targets(5).array], {
      temperature: 0.3,
    });
    expect(logp?.data[0]).toBeCloseTo(-Math.log(8), 12);
    expect(entropy?.data[0]).toBeCloseTo(Math.log(8), 12);
  });

  it("refuses targets that do not fit and a temperature of 0", () => {
    expect(() => gatherLogprob.infer([f32([3, 5]), i32([4])], { temperature: 1 })).toThrow(
      "gatherLogprob: target needs an i32 for each row of logits [3, 5]; it is i32 [4]",
    );
    expect(() => gatherLogprob.infer([f32([3, 5]), i32([3])], { temperature: 0 })).toThrow(
      "gatherLogprob: temperature must be greater than 0; it is 0",
    );
  });

  it("passes on gradients of entropy and logsumexp, alone and with logp", () => {
    const inputs = [{ array: randomArray([3, 5], 1, 2) }, targets(4, 0, -100)];
    const attrs = { temperature: 0.7 };
    const entropy = randomArray([3], 2);
    const logsumexp = randomArray([3], 3);
    const logp = randomArray([3], 4);
    for (const weights of [{ entropy }, { logsumexp }, { logp, entropy, logsumexp }]) {
      const got = referenceGradient(gatherLogprob, inputs, attrs, weights, ["logits"]);
      const want = numericGradient(gatherLogprob, inputs, attrs, weights, "logits");
      expect(relativeError(got.logits?.data ?? [], want)).toBeLessThanOrEqual(1e-6);
    }
  });
});

testGradients(
  gatherLogprob,
  [
    {
      name: "temperature 0.7, one target outside",
      attrs: { temperature: 0.7 },
      inputs: [{ array: randomArray([3, 5], 2) }, targets(1, 4, -100)],
    },
  ],
  ["logits"],
);
