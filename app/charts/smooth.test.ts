import { expect, it } from "vitest";
import { appendColumns, columnOf, EMPTY_COLUMNS } from "../lib/columns.ts";
import { smooth } from "./smooth.ts";

const round = (values: Float64Array) => Array.from(values, (value) => Number(value.toFixed(9)));

it("is the debiased moving average, as worked out by hand", () => {
  // s = 0.5: y = 2, 3.5, 4.75; divided by 1/2, 3/4, 7/8.
  expect(round(smooth(Float64Array.of(4, 5, 6), 0.5))).toEqual([
    4,
    Number((3.5 / 0.75).toFixed(9)),
    Number((4.75 / 0.875).toFixed(9)),
  ]);
});

it("leaves a constant exactly constant, from the first value on, however strong it is", () => {
  for (const factor of [0.1, 0.9, 0.99, 0.999]) {
    const flat = new Float64Array(5_000).fill(0.1);
    expect(smooth(flat, factor)).toEqual(flat);
  }
});

it("passes over what is not finite, and does not count it", () => {
  const gaps = smooth(Float64Array.of(4, Number.NaN, 5, Number.POSITIVE_INFINITY, 6), 0.5);
  const dense = smooth(Float64Array.of(4, 5, 6), 0.5);
  expect([gaps[0], gaps[2], gaps[4]]).toEqual([...dense]);
  expect(gaps[1]).toBeNaN();
  expect(gaps[3]).toBeNaN();
});

it("is the series itself at 0", () => {
  const series = Float64Array.of(1, 5, 2);
  expect(smooth(series, 0)).toBe(series);
});

it("goes on where it was as rows arrive, and begins anew for a run that went back", () => {
  const batch = (steps: readonly number[], sign: number) => ({
    step: steps,
    tokens: steps,
    seconds: steps,
    series: { "train/loss": steps.map((step) => sign * Math.sin(step)) },
  });
  const count = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const whole = (values: Float64Array) => smooth(Float64Array.from(values), 0.9);
  const first = appendColumns(EMPTY_COLUMNS, batch(count(1, 40), 1));
  smooth(columnOf(first, "train/loss"), 0.9);
  const second = appendColumns(first, batch(count(41, 80), 1));
  const column = columnOf(second, "train/loss");
  expect(smooth(column, 0.9)).toEqual(whole(column));
  const back = appendColumns(second, batch(count(30, 60), -1));
  const anew = columnOf(back, "train/loss");
  expect(anew).toHaveLength(60);
  expect(smooth(anew, 0.9)).toEqual(whole(anew));
});
