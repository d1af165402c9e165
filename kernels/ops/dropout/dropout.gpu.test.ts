import { describe, expect, it } from "vitest";
import { testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import { dropout } from "./dropout.ts";

const rng = {
  array: { shape: [4], data: Float64Array.of(0x9abcdef0, 0x1234, 77, 2) },
  dtype: "u32" as const,
};

const INPUTS = [
  { shape: [4, 64], p: 0.1 },
  { shape: [3, 7], p: 0.5 },
  { shape: [1], p: 0 },
  { shape: [70_001, 3], p: 0.9 },
  { shape: [0, 5], p: 0.5 },
].map(({ shape, p }, i) => ({
  name: `[${shape}] p = ${p}`,
  attrs: { p, stream: 0x10003 },
  inputs: [{ array: randomArray(shape, i) }, rng],
  tolerance: 1e-7, // the same draws, and one rounding
}));
testOnGpu(dropout, INPUTS);
testHalvesOnGpu(
  dropout,
  INPUTS.filter(({ attrs }) => attrs.p > 0),
  ["x"],
);

describe("dropout on a device with small bindings", () => {
  it("draws the same mask in windows", async () => {
    const gpu = await testGpu();
    const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 4096 };
    const small = { ...gpu.profile, limits };
    const inputs = [{ array: randomArray([3001], 1) }, rng];
    const attrs = { p: 0.5, stream: 1 };
    const whole = await runOp(gpu, dropout, inputs, attrs);
    const cut = await runOp(gpu, dropout, inputs, attrs, {}, small);
    expect(cut[0]?.data).toEqual(whole[0]?.data);
  });
});
