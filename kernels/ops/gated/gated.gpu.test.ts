import { describe, expect, it } from "vitest";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { gated, gatedBackward, gatedPacked, gatedPackedBackward } from "./gated.ts";

const CASES = [
  { kind: "silu", rows: [2, 8], hidden: 32 },
  { kind: "gelu_tanh", rows: [3], hidden: 21 },
  { kind: "silu", rows: [], hidden: 1 },
  { kind: "relu", rows: [70_001], hidden: 2 },
  { kind: "silu", rows: [0], hidden: 4 },
] as const;

const make = (lengths: (hidden: number) => readonly number[]) =>
  CASES.map(({ kind, rows, hidden }, i) => ({
    name: `${kind} [${[...rows, hidden]}]`,
    attrs: { kind },
    inputs: lengths(hidden).map((width, j) => ({
      array: randomArray([...rows, width], 10 * i + j, 4),
    })),
    tolerance: 2e-6,
  }));

const GATED = make((hidden) => [hidden, hidden]);
testOnGpu(gated, GATED);
testHalvesOnGpu(gated, GATED, ["gate", "up"]);
const GATED_BACKWARD = make((hidden) => [hidden, hidden, hidden]);
testOnGpu(gatedBackward, GATED_BACKWARD);
testHalvesOnGpu(gatedBackward, GATED_BACKWARD, ["gate", "up", "dy"]);
const PACKED = make((hidden) => [2 * hidden]);
testOnGpu(gatedPacked, PACKED);
testHalvesOnGpu(gatedPacked, PACKED, ["x"]);
const PACKED_BACKWARD = make((hidden) => [2 * hidden, hidden]);
testOnGpu(gatedPackedBackward, PACKED_BACKWARD);
testHalvesOnGpu(gatedPackedBackward, PACKED_BACKWARD, ["x", "dy"]);

describe("gatedPacked on a device with small bindings", () => {
  it("gives the same bits in windows", async () => {
    const gpu = await testGpu();
    const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 64 * 14 * 4 };
    const small = { ...gpu.profile, limits };
    const inputs = [{ array: randomArray([301, 14], 1) }];
    const whole = await runOp(gpu, gatedPacked, inputs, { kind: "silu" });
    const cut = await runOp(gpu, gatedPacked, inputs, { kind: "silu" }, {}, small);
    expect(cut[0]?.data).toEqual(whole[0]?.data);
  });
});
