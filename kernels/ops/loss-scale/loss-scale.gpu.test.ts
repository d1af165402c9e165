import { describe, expect, it } from "vitest";
import type { NdArray } from "../../core/op.ts";
import { testGpu } from "../../testing/gpu.ts";
import { type OpCase, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { countedHyper, countRow, unscaleHyper, updateScale } from "./loss-scale.ts";

const vector = (...values: number[]): Fed => ({
  array: { shape: [values.length], data: Float64Array.from(values) },
});
const SETTINGS = { growth_factor: 2, backoff_factor: 0.5, growth_interval: 3 };

testOnGpu(
  unscaleHyper,
  [65536, 3].map((scale) => ({
    name: `a scale of ${scale}`,
    attrs: {},
    inputs: [vector(1, 0.25), vector(scale, 0, 0, 0)],
    tolerance: 1e-6,
  })),
);

const RULES: NdArray = {
  shape: [3, 3],
  data: Float64Array.from([
    ...countRow({ kind: "adam", beta1: 0.9, beta2: 0.999 }),
    ...countRow({ kind: "first" }),
    ...countRow({ kind: "none" }),
  ]),
};

const counted = (applied: number): OpCase<object> => ({
  name: `after ${applied} steps`,
  attrs: {},
  inputs: [{ array: randomArray([3, 8], 1, 0.001) }, vector(1, 0, applied, 5), { array: RULES }],
});
testOnGpu(countedHyper, [0, 1, 9, 600, 2_000_000].map(counted));

describe("bias corrections on the GPU", () => {
  it("are as good as f32 can be, from the first step on", async () => {
    const gpu = await testGpu();
    for (const applied of [0, 1, 4, 5, 40, 499, 500, 10_000]) {
      const { inputs } = counted(applied);
      const [y] = await runOp(gpu, countedHyper, inputs, {});
      const t = applied + 1;
      for (const [column, beta] of [
        [5, 0.9],
        [6, 0.999],
      ] as const) {
        const want = 1 - beta ** t;
        expect(Math.abs((y?.data[column] ?? 0) / want - 1), `${beta}^${t}`).toBeLessThan(2e-6);
      }
    }
  });

  it("are 1 where beta is 0", async () => {
    const gpu = await testGpu();
    const rules = vector(...countRow({ kind: "adam", beta1: 0, beta2: 0 }));
    const [y] = await runOp(
      gpu,
      countedHyper,
      [
        { array: randomArray([1, 8], 1) },
        vector(1, 0, 0, 0),
        { array: { shape: [1, 3], data: rules.array.data } },
      ],
      {},
    );
    expect([y?.data[5], y?.data[6]]).toEqual([1, 1]);
  });
});

const latch = (set: number): Fed => ({ ...vector(set), dtype: "u32" });

testOnGpu(updateScale, [
  {
    name: "a good step",
    attrs: SETTINGS,
    inputs: [vector(2), vector(1024, 1, 7, 2), vector(0.5, 1), latch(0)],
  },
  {
    name: "the last good step before it grows",
    attrs: SETTINGS,
    inputs: [vector(2), vector(1024, 2, 7, 2), vector(0.5, 1), latch(0)],
  },
]);

describe("updateScale on the GPU", () => {
  const run = async (
    loss: number,
    scaler: readonly number[],
    norm: number,
    set = 0,
    settings = SETTINGS,
  ): Promise<number[]> => {
    const inputs = [vector(loss), vector(...scaler), vector(norm, 0.5), latch(set)];
    const gpu = await testGpu();
    const got = await runOp(gpu, updateScale, inputs, settings);
    const want = updateScale.reference(
      inputs.map(({ array }) => array),
      settings,
    );
    const flat = (arrays: readonly NdArray[]): number[] => arrays.flatMap(({ data }) => [...data]);
    expect(flat(got)).toEqual(flat(want));
    return flat(got);
  };

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "halves the scale and counts a skipped step when the norm is %s",
    async (norm) => {
      expect(await run(2, [1024, 2, 7, 2], norm)).toEqual([512, 0, 7, 3, norm, 0.5, 0]);
    },
  );

  it("latches below 1, and when the loss is not finite", async () => {
    expect(await run(2, [1, 0, 7, 2], Number.NaN)).toEqual([0.5, 0, 7, 3, Number.NaN, 0.5, 1]);
    const lost = [1024, 1, 7, 2, Number.NaN, 0.5, 1];
    expect(await run(Number.NaN, [1024, 1, 7, 2], 3)).toEqual(lost);
    expect(await run(Number.POSITIVE_INFINITY, [1024, 1, 7, 2], Number.NaN)).toEqual(lost);
  });

  it("moves nothing once it is latched", async () => {
    expect(await run(2, [1024, 2, 7, 2], 3, 1)).toEqual([1024, 2, 7, 2, Number.NaN, 0.5, 1]);
  });

  it("does not grow past what f32 holds", async () => {
    const largest = 2 ** 127;
    expect(await run(2, [largest, 2, 7, 2], 3)).toEqual([largest, 0, 8, 2, 3, 0.5, 0]);
  });
});
