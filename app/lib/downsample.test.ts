import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "./columns.ts";
import { downsample } from "./downsample.ts";

const history = (loss: readonly number[]) =>
  appendColumns(EMPTY_COLUMNS, {
    step: loss.map((_, row) => row + 1),
    tokens: loss,
    seconds: loss,
    series: { "train/loss": loss },
  });

it("gives every point as it is while there are fewer points than buckets", () => {
  const points = downsample(history([4, 3, 2]), "train/loss", { from: 0, to: 100 }, 200);
  expect(points.map(({ step, mean }) => [step, mean])).toEqual([
    [1, 4],
    [2, 3],
    [3, 2],
  ]);
});

it("never gives more points than asked, and never loses a spike", () => {
  const loss = Array.from({ length: 10_000 }, (_, row) => (row === 5_555 ? 99 : 1));
  const points = downsample(history(loss), "train/loss", { from: 0, to: 10_000 }, 300);
  expect(points.length).toBeLessThanOrEqual(300);
  expect(Math.max(...points.map(({ max }) => max))).toBe(99);
  expect(Math.min(...points.map(({ min }) => min))).toBe(1);
});

it("keeps to the range, ends included, and leaves out what is not finite", () => {
  const points = downsample(history([1, Number.NaN, 3, 4]), "train/loss", { from: 1, to: 3 }, 50);
  expect(points.map(({ step }) => step)).toEqual([1, 3]);
});
