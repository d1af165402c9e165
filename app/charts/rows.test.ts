import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { axisTicks, axisTop, chartRows, linePath, reachPath } from "./rows.ts";

const columns = (steps: readonly number[], loss: readonly number[]) =>
  appendColumns(EMPTY_COLUMNS, {
    step: steps,
    tokens: steps,
    seconds: steps,
    series: { "train/loss": loss },
  });

it("joins curves and marks at their steps, in order", () => {
  const curves = [
    { id: "a", label: "A", columns: columns([1, 3], [4, 2]) },
    { id: "b", label: "B", columns: columns([3], [5]) },
  ];
  const rows = chartRows(curves, [{ step: 2, value: 3 }], 10, 100);
  expect(rows.map(({ step, mean, mark }) => ({ step, mean, mark }))).toEqual([
    { step: 1, mean: { a: 4 }, mark: null },
    { step: 2, mean: {}, mark: 3 },
    { step: 3, mean: { a: 2, b: 5 }, mark: null },
  ]);
});

it("keeps the axis still while values move a little", () => {
  const top = (value: number) =>
    axisTop(chartRows([{ id: "a", label: "A", columns: columns([1], [value]) }], [], 1, 10));
  expect(top(3.6)).toBe(4);
  expect(top(3.9)).toBe(4);
  expect(top(0.04)).toBeCloseTo(0.04);
  expect(top(0)).toBe(1);
});

it("puts ticks on round numbers from zero on", () => {
  expect(axisTicks(1_000, 5)).toEqual([0, 200, 400, 600, 800, 1_000]);
  expect(axisTicks(4, 4)).toEqual([0, 1, 2, 3, 4]);
  expect(axisTicks(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
});

const plot = { x: (step: number) => step * 10, y: (value: number) => 100 - value };

it("draws one line over rows that lack the curve", () => {
  const rows = chartRows(
    [{ id: "a", label: "A", columns: columns([1, 3], [4, 2]) }],
    [{ step: 2, value: 3 }],
    10,
    100,
  );
  expect(linePath(rows, ({ mean }) => mean.a, plot)).toBe("M10.0,96.0L30.0,98.0");
  expect(linePath([], () => 1, plot)).toBe("");
});

it("draws the reach only where stretches hold more than one value", () => {
  const curve = (buckets: number) =>
    chartRows([{ id: "a", label: "A", columns: columns([1, 2], [4, 2]) }], [], 2, buckets);
  expect(reachPath(curve(100), ({ reach }) => reach.a, plot)).toBe("");
  expect(reachPath(curve(1), ({ reach }) => reach.a, plot)).toBe("M15.0,96.0L15.0,98.0Z");
});
