import { describe, expect, it } from "vitest";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { rope, ropeTables } from "./rope.ts";

const CASES = [
  { shape: [2, 8, 48], positions: [2, 8], heads: 2, headDim: 16, rotaryDim: 16 },
  { shape: [3, 5, 31], positions: [3, 5], heads: 2, headDim: 9, rotaryDim: 6, offset: 7 },
  { shape: [6, 4, 8], positions: [2, 4], heads: 1, headDim: 8, rotaryDim: 8, inverse: true },
  { shape: [7, 2], positions: [7], heads: 1, headDim: 2, rotaryDim: 2 },
  { shape: [70_001, 1, 4], positions: [70_001, 1], heads: 1, headDim: 4, rotaryDim: 2 },
  { shape: [0, 3, 4], positions: [0, 3], heads: 1, headDim: 4, rotaryDim: 4 },
] as const;

const inputsOf = (c: (typeof CASES)[number], seed: number) => {
  const { cos, sin } = ropeTables({ theta: 10_000, rotaryDim: c.rotaryDim, scaling: null }, 50);
  const shape = [50, c.rotaryDim / 2];
  return [
    { array: randomArray(c.shape, seed) },
    { array: randomInts(c.positions, seed + 1, 50), dtype: "u32" as const },
    { array: { shape, data: Float64Array.from(cos) } },
    { array: { shape, data: Float64Array.from(sin) } },
  ];
};

const INPUTS = CASES.map((c, i) => ({
  name: `[${c.shape}] ${c.heads} heads of ${c.headDim}`,
  attrs: c,
  inputs: inputsOf(c, 10 * i),
  tolerance: 1e-6,
}));
testOnGpu(rope, INPUTS);
testHalvesOnGpu(rope, INPUTS, ["x"]);

describe("rope on a device with small bindings", () => {
  it("gives the same bits in windows", async () => {
    const gpu = await testGpu();
    const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 64 * 31 * 4 };
    const small = { ...gpu.profile, limits };
    const c = { ...CASES[1], shape: [30, 5, 31], positions: [30, 5] } as const;
    const inputs = inputsOf(c as unknown as (typeof CASES)[number], 3);
    const whole = await runOp(gpu, rope, inputs, c);
    const cut = await runOp(gpu, rope, inputs, c, {}, small);
    expect(cut[0]?.data).toEqual(whole[0]?.data);
  });
});
