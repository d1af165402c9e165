import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { activation, activationBackward } from "./activation.ts";
import { ACTIVATION_KINDS, activationRow } from "./functions.ts";

describe("the activation table", () => {
  // Values of the closed forms to 12 digits, computed with arbitrary precision.
  it.each([
    ["gelu_tanh", 1, 0.841191990608],
    ["gelu_tanh", -2, -0.0454023059122],
    ["gelu_erf", 1, 0.841344746069],
    ["gelu_erf", -2, -0.0455002638964],
    ["gelu_erf", -5, -1.433257859396e-6],
    ["silu", 1, 0.73105857863],
    ["silu", -2, -0.238405844044],
    ["sigmoid", -1, 0.26894142137],
    ["tanh", 0.5, 0.46211715726],
    ["relu", -3, 0],
  ] as const)("%s(%d) is %d", (kind, x, want) => {
    const got = activationRow(kind).reference(x);
    expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-11 * Math.abs(want) + 1e-16);
  });

  it("has no slope at the kink of relu", () => {
    expect(activationRow("relu").derivative(0)).toBe(0);
  });
});

testGradients(
  activation,
  ACTIVATION_KINDS.map((kind, i) => ({
    name: kind,
    attrs: { kind },
    inputs: [{ array: randomArray([4, 9], i, 4) }],
  })),
  ["x"],
);

describe("activationBackward", () => {
  it("refuses a gradient of another shape", () => {
    expect(() => activationBackward.infer([f32([2, 3]), f32([3, 2])], { kind: "relu" })).toThrow(
      "activationBackward: x and dy must have the same shape; they are [2, 3] and [3, 2]",
    );
  });
});

describe("activation on a device with small bindings", () => {
  it("is cut into windows that start at 256 bytes and cover every element once", () => {
    const limits = { ...BASELINE_PROFILE.limits, maxStorageBufferBindingSize: 65_536 * 2 };
    const size = 100_003;
    const { dispatches } = activation.plan({
      inputs: [f32([size])],
      outputs: [f32([size])],
      attrs: { kind: "silu" },
      accumulate: [false],
      adapter: { ...BASELINE_PROFILE, limits },
    });
    let end = 0;
    for (const { bindings } of dispatches) {
      for (const binding of bindings) {
        if (typeof binding === "string") throw new Error("expected a window");
        expect(binding.offset).toBe(end);
        expect(binding.offset % 64).toBe(0);
        expect(binding.length * 4).toBeLessThanOrEqual(limits.maxStorageBufferBindingSize);
      }
      end += (bindings[0] as { length: number }).length;
    }
    expect(end).toBe(size);
    expect(dispatches.length).toBeGreaterThan(1);
  });
});
