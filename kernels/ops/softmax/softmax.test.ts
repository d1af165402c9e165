import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { firstMismatch } from "../../testing/close.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { softmaxRef } from "./softmax.ref.ts";
import { softmax } from "./softmax.ts";

describe("softmaxRef", () => {
  const x = randomArray([4, 3], 1, 5);

  it("is unmoved by adding a constant to a row, however large", () => {
    const shifted = { shape: x.shape, data: x.data.map((v) => v + 1000) };
    expect(firstMismatch(softmaxRef(shifted).data, softmaxRef(x).data, { rtol: 1e-9 })).toBeNull();
  });
});

describe("softmax", () => {
  it("refuses an empty last axis, naming the op and the shape", () => {
    expect(() => softmax.infer([f32([4, 0])], {})).toThrow(
      "softmax: needs a non-empty last axis; x is [4, 0]",
    );
  });
});

testGradients(
  softmax,
  [
    { name: "[3, 5]", attrs: {}, inputs: [{ array: randomArray([3, 5], 2) }] },
    { name: "one column", attrs: {}, inputs: [{ array: randomArray([4, 1], 3) }] },
  ],
  ["x"],
);
