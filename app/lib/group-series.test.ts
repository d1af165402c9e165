import { expect, it } from "vitest";
import { meanOf } from "./group-series.ts";

const plain = (curve: ReturnType<typeof meanOf>) => ({
  x: [...curve.x],
  mean: [...curve.mean],
  low: [...curve.low],
  high: [...curve.high],
  count: curve.count,
});

it("is the mean at each point of curves with the same points, between least and greatest", () => {
  const x = [1, 2, 3];
  const curves = [
    { x, y: [1, 2, 3] },
    { x, y: [3, 4, 5] },
    { x, y: [5, 3, 10] },
  ];
  expect(plain(meanOf(curves, "range"))).toEqual({
    x,
    mean: [3, 3, 6],
    low: [1, 2, 3],
    high: [5, 4, 10],
    count: 3,
  });
});

it("reads a curve off between its points, over the stretch that all have", () => {
  const curves = [
    { x: [0, 10], y: [0, 10] },
    { x: [4, 6, 20], y: [0, 2, 30] },
  ];
  expect(plain(meanOf(curves, "range"))).toEqual({
    x: [4, 6, 10],
    mean: [2, 4, 10],
    low: [0, 2, 10],
    high: [4, 6, 10],
    count: 2,
  });
});

it("has a band of one deviation of a sample", () => {
  const x = [1];
  const { mean, low, high } = meanOf(
    [2, 4, 4, 6].map((value) => ({ x, y: [value] })),
    "deviation",
  );
  expect(mean[0]).toBe(4);
  expect(high[0]).toBeCloseTo(4 + Math.sqrt(8 / 3), 12);
  expect(low[0]).toBeCloseTo(4 - Math.sqrt(8 / 3), 12);
});

it("is the curve itself where there is but one, and nothing where curves never meet", () => {
  const curve = { x: [1, 2], y: [5, 4] };
  expect(plain(meanOf([curve, { x: [], y: [] }], "deviation"))).toEqual({
    x: [1, 2],
    mean: [5, 4],
    low: [5, 4],
    high: [5, 4],
    count: 1,
  });
  expect(meanOf([curve, { x: [3, 4], y: [1, 1] }], "range").x).toHaveLength(0);
  expect(meanOf([], "range")).toMatchObject({ count: 0 });
});

it("keeps both ends of very long curves, and not every point between", () => {
  const x = Float64Array.from({ length: 50_000 }, (_, at) => at + 1);
  const mean = meanOf([{ x, y: x }], "range");
  expect(mean.x.length).toBeLessThanOrEqual(4_000);
  expect([mean.x[0], mean.x.at(-1), mean.mean.at(-1)]).toEqual([1, 50_000, 50_000]);
});
