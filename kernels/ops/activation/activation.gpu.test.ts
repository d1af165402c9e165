import { describe, expect, it } from "vitest";
import { firstMismatch } from "../../testing/close.ts";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { activation, activationBackward } from "./activation.ts";
import { ACTIVATION_KINDS } from "./functions.ts";

const CASES = [
  { kind: "gelu_tanh", shape: [3, 5, 7] },
  { kind: "gelu_erf", shape: [301] },
  { kind: "silu", shape: [1] },
  { kind: "relu", shape: [2, 129] },
  { kind: "sigmoid", shape: [66_000, 3] },
  { kind: "tanh", shape: [0, 4] },
  { kind: "tanh", shape: [9, 9] },
] as const;

const FORWARD = CASES.map(({ kind, shape }, i) => ({
  name: `${kind} [${shape}]`,
  attrs: { kind },
  inputs: [{ array: randomArray(shape, i, 8) }],
  tolerance: 1e-6,
}));
testOnGpu(activation, FORWARD);
testHalvesOnGpu(activation, FORWARD, ["x"]);

const BACKWARD = CASES.map(({ kind, shape }, i) => ({
  name: `${kind} [${shape}]`,
  attrs: { kind },
  inputs: [{ array: randomArray(shape, i, 8) }, { array: randomArray(shape, 50 + i) }],
  tolerance: 2e-6,
}));
testOnGpu(activationBackward, BACKWARD);
testHalvesOnGpu(activationBackward, BACKWARD, ["x", "dy"]);

describe("activation at the ends of the number line", () => {
  const values = [0, 1e-30, 1e-4, 0.2499, 0.2501, 1, 3, 5.5, 9, 11.9, 12.1, 13.9, 14.1, 30, 88, 89];
  const ends = [...values, 120, 1e4, 1e13, 3e38].flatMap((v) => [v, -v]).map(Math.fround);
  const x = { array: { shape: [ends.length], data: Float64Array.from(ends) } };
  const ones = { array: { shape: [ends.length], data: new Float64Array(ends.length).fill(1) } };

  it.each(ACTIVATION_KINDS)("%s and its derivative are right and never NaN", async (kind) => {
    const gpu = await testGpu();
    const closeness = { rtol: 2e-5, atol: 1e-6 };
    const [y] = await runOp(gpu, activation, [x], { kind });
    const [wantY] = activation.reference([x.array], { kind });
    expect(firstMismatch(y?.data ?? [], wantY?.data ?? [], closeness)).toBeNull();
    const [dx] = await runOp(gpu, activationBackward, [x, ones], { kind });
    const [wantDx] = activationBackward.reference([x.array, ones.array], { kind });
    expect(firstMismatch(dx?.data ?? [], wantDx?.data ?? [], closeness)).toBeNull();
  });
});
