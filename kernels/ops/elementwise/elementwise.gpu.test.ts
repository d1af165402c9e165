import { describe, expect, it } from "vitest";
import type { OpDefinition } from "../../core/op.ts";
import { casesHere, inBrowser, testGpu } from "../../testing/gpu.ts";
import { testHalvesOnGpu, testOnGpu } from "../../testing/op-suite.ts";
import { randomArray, randomInts } from "../../testing/random.ts";
import { runOp } from "../../testing/run-op.ts";
import {
  accumulate,
  add,
  cast,
  copy,
  multiply,
  placeColumns,
  scale,
  slice,
  softcap,
  softcapBackward,
} from "./elementwise.ts";

const SHAPES = [[4, 64], [3, 7], [1], [70_001, 3], [0, 5]];

const cases = <A extends object>(inputs: number, attrs: A, size = 1) =>
  SHAPES.map((shape, i) => ({
    name: `[${shape}]`,
    attrs,
    inputs: Array.from({ length: inputs }, (_, j) => ({
      array: randomArray(shape, 10 * i + j, size),
    })),
    tolerance: 1e-6,
  }));

testOnGpu(cast, cases(1, { dtype: "f32" }));
testOnGpu(copy, cases(1, {}));
testOnGpu(add, cases(2, {}));
testOnGpu(accumulate, cases(2, {}));
testOnGpu(multiply, cases(2, {}));
testOnGpu(scale, cases(1, { factor: -0.3 }));
testOnGpu(softcap, cases(1, { cap: 3 }, 20));
testOnGpu(softcapBackward, cases(2, { cap: 3 }, 2.99));

testHalvesOnGpu(cast, cases(1, { dtype: "f32" }), ["x"]);
testHalvesOnGpu(cast, cases(1, { dtype: "f16" }), []);
testHalvesOnGpu(add, cases(2, {}), ["a", "b"]);
testHalvesOnGpu(add, cases(2, {}), ["b"]);
testHalvesOnGpu(accumulate, cases(2, {}), ["x"]);
testHalvesOnGpu(accumulate, cases(2, {}), ["into", "x"]);
testHalvesOnGpu(multiply, cases(2, {}), ["a", "b"]);
testHalvesOnGpu(scale, cases(1, { factor: -0.3 }), ["x"]);
testHalvesOnGpu(softcap, cases(1, { cap: 3 }, 20), ["x"]);
testHalvesOnGpu(softcapBackward, cases(2, { cap: 3 }, 2.99), ["y", "dy"]);

const COLUMNS = [
  { rows: [2, 3], cols: 96, from: 32, to: 64 },
  { rows: [5], cols: 7, from: 6, to: 7 },
  { rows: [70_001], cols: 5, from: 1, to: 3 },
  { rows: [], cols: 9, from: 0, to: 9 },
  { rows: [0], cols: 3, from: 0, to: 2 },
];

const SLICES = COLUMNS.map(({ rows, cols, from, to }, i) => ({
  name: `[${[...rows, cols]}] columns ${from} to ${to}`,
  attrs: { from, to },
  inputs: [{ array: randomArray([...rows, cols], i) }],
  tolerance: 1e-6,
}));
testOnGpu(slice, SLICES);
testHalvesOnGpu(slice, SLICES, ["x"]);

const PLACES = COLUMNS.map(({ rows, cols, from, to }, i) => ({
  name: `[${[...rows, cols]}] columns ${from} to ${to}`,
  attrs: { from, width: cols },
  inputs: [{ array: randomArray([...rows, to - from], i) }],
  tolerance: 1e-6,
}));
testOnGpu(placeColumns, PLACES);
testHalvesOnGpu(placeColumns, PLACES, ["x"]);

describe("copy on the GPU", () => {
  it.each(casesHere(["f32", "u32", "i32"] as const))("keeps every bit of %s", async (dtype) => {
    const gpu = await testGpu();
    // Small integers are subnormal floats, which a copy through f32 may flush to zero.
    const array = dtype === "f32" ? randomArray([3, 87], 1) : randomInts([3, 87], 1, 100);
    const [y] = await runOp(gpu, copy, [{ array, dtype }], {});
    expect(Array.from(y?.data ?? [])).toEqual(Array.from(array.data));
  });
});

describe("ops on a device with small bindings", () => {
  it("gives the same numbers in windows as in one piece", async () => {
    const gpu = await testGpu();
    const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 4096 };
    const small = { ...gpu.profile, limits };
    const array = randomArray([301, 13], 3);
    const whole = await runOp(gpu, slice, [{ array }], { from: 2, to: 9 });
    const cut = await runOp(gpu, slice, [{ array }], { from: 2, to: 9 }, {}, small);
    expect(cut[0]?.data).toEqual(whole[0]?.data);
    const scaled = await runOp(gpu, scale, [{ array }], { factor: 3 });
    const scaledCut = await runOp(gpu, scale, [{ array }], { factor: 3 }, {}, small);
    expect(scaledCut[0]?.data).toEqual(scaled[0]?.data);
  });

  // Chromium's software adapter has no f16.
  if (!inBrowser)
    it("and of f16, whose windows start at every 128th element", async () => {
      const gpu = await testGpu();
      const limits = { ...gpu.profile.limits, maxStorageBufferBindingSize: 8192 };
      const small = { ...gpu.profile, limits };
      const inputs = [{ array: randomArray([701, 13], 3), dtype: "f16" as const }];
      for (const [op, attrs] of [
        [slice, { from: 2, to: 9 }],
        [scale, { factor: 3 }],
        [cast, { dtype: "f32" }],
      ] as const) {
        const whole = await runOp(gpu, op as OpDefinition, inputs, attrs);
        const cut = await runOp(gpu, op as OpDefinition, inputs, attrs, {}, small);
        expect(cut[0]?.data).toEqual(whole[0]?.data);
      }
      gpu.assertHealthy();
    });
});
