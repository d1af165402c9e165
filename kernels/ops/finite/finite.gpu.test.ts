import { describe, expect, it } from "vitest";
import { testGpu } from "../../testing/gpu.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { runOp } from "../../testing/run-op.ts";
import { latchNonFinite } from "./finite.ts";

const run = async (norm: number, latched: number) => {
  const gpu = await testGpu();
  const [clip, latch] = await runOp(
    gpu,
    latchNonFinite,
    [
      { array: { shape: [2], data: Float64Array.of(norm, 0.5) } },
      { array: { shape: [1], data: Float64Array.of(latched) }, dtype: "u32" },
    ],
    {},
  );
  return [clip?.data[0], clip?.data[1], latch?.data[0]];
};

testOnGpu(latchNonFinite, [
  {
    name: "a finite norm, an open latch",
    attrs: {},
    inputs: [
      { array: { shape: [2], data: Float64Array.of(3, 0.5) } },
      { array: { shape: [1], data: Float64Array.of(0) }, dtype: "u32" },
    ],
  },
]);

describe("latchNonFinite on the GPU", () => {
  it("lets a finite norm pass", async () => {
    expect(await run(3, 0)).toEqual([3, 0.5, 0]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("catches %s", async (norm) => {
    expect(await run(norm, 0)).toEqual([Number.NaN, 0.5, 1]);
  });

  it("stays set when the norm is finite again", async () => {
    expect(await run(3, 1)).toEqual([Number.NaN, 0.5, 1]);
  });
});
