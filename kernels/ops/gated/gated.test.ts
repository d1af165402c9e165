import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { gated, gatedPacked } from "./gated.ts";

const KINDS = ["silu", "gelu_tanh", "relu"] as const;

testGradients(
  gated,
  KINDS.map((kind, i) => ({
    name: kind,
    attrs: { kind },
    inputs: [{ array: randomArray([3, 5], i, 3) }, { array: randomArray([3, 5], 10 + i) }],
  })),
  ["gate", "up"],
);

testGradients(
  gatedPacked,
  KINDS.map((kind, i) => ({
    name: kind,
    attrs: { kind },
    inputs: [{ array: randomArray([2, 2, 6], i, 3) }],
  })),
  ["x"],
);

describe("gatedPacked", () => {
  it("takes the gate from the first half of a row", () => {
    const x = { shape: [2, 2], data: Float64Array.of(-1, 10, 2, 100) };
    const [y] = gatedPacked.reference([x], { kind: "relu" });
    expect(y).toEqual({ shape: [2, 1], data: Float64Array.of(0, 200) });
  });

  it("refuses an odd last axis", () => {
    expect(() => gatedPacked.infer([f32([2, 7])], { kind: "silu" })).toThrow(
      "gatedPacked: the last axis of x must be even, gate then up; x is [2, 7]",
    );
  });
});
