import { describe, expect, it } from "vitest";
import type { NdArray } from "../../core/op.ts";
import { casesHere, testGpu } from "../../testing/gpu.ts";
import { testOnGpu } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type Fed, runOp } from "../../testing/run-op.ts";
import { chunksOf, groupSquares } from "./group-squares.ts";

const table = (data: Uint32Array, shape: readonly number[]): Fed => ({
  array: { shape: [...shape], data: Float64Array.from(data) },
  dtype: "u32",
});

/** Tensors of these lengths in a page, each from a multiple of 64 on, in groups by turns; gaps hold ones. */
function paged(lengths: readonly number[], groups: number, seed: number): readonly Fed[] {
  let end = 0;
  const stretches = lengths.map((length, i) => {
    const begin = end;
    end = begin + Math.ceil(length / 64) * 64;
    return { begin, length, group: i % groups };
  });
  const { chunks, owners } = chunksOf(stretches);
  return [
    { array: randomArray([end], seed) },
    table(chunks, [owners.length, 2]),
    table(owners, [owners.length]),
  ];
}

testOnGpu(
  groupSquares,
  [
    { lengths: [8_192, 100, 20_000, 1, 64], groups: 3 },
    { lengths: [257, 3, 63], groups: 2 },
    { lengths: [5], groups: 1 },
    { lengths: [10], groups: 4 },
    { lengths: [], groups: 2 },
    // More chunks than a grid is wide.
    { lengths: Array<number>(66_000).fill(3), groups: 70 },
  ].map(({ lengths, groups }, seed) => ({
    name: `${lengths.length} tensors in ${groups} groups`,
    attrs: { groups },
    inputs: paged(lengths, groups, seed),
  })),
);

testOnGpu(groupSquares, [
  {
    name: "on top of the sums of another page",
    attrs: { groups: 2 },
    inputs: [...paged([300, 40, 64], 2, 9), { array: { shape: [2], data: Float64Array.of(5, 2) } }],
  },
]);

describe("groupSquares", () => {
  it.each(casesHere([Number.NaN, Number.POSITIVE_INFINITY]))(
    "says NaN of the group that holds %d, and the truth of the others",
    async (bad) => {
      const gpu = await testGpu();
      const [x, ...tables] = paged([300, 300], 2, 3) as [Fed, Fed, Fed];
      x.array.data[7] = bad;
      const [sums] = await runOp(gpu, groupSquares, [x, ...tables], { groups: 2 });
      expect(sums?.data[0]).toBeNaN();
      expect(sums?.data[1]).toBeGreaterThan(0);
      gpu.assertHealthy();
    },
  );

  it("has the same bits in windows where no chunk crosses one, and the same sums where they do", async () => {
    const gpu = await testGpu();
    const small = {
      ...gpu.profile,
      limits: { ...gpu.profile.limits, maxStorageBufferBindingSize: 1024 },
    };
    const short = paged([256, 200, 256, 17], 3, 5);
    expect(await runOp(gpu, groupSquares, short, { groups: 3 }, {}, small)).toEqual(
      await runOp(gpu, groupSquares, short, { groups: 3 }),
    );
    const long = paged([3_000, 70, 1_000], 2, 6);
    const [cut] = await runOp(gpu, groupSquares, long, { groups: 2 }, {}, small);
    const [whole] = await runOp(gpu, groupSquares, long, { groups: 2 });
    (cut as NdArray).data.forEach((sum, group) => {
      expect(Math.abs(sum / (whole?.data[group] as number) - 1)).toBeLessThan(1e-6);
    });
    gpu.assertHealthy();
  });
});
