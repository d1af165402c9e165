import { expect, it } from "vitest";
import {
  appendColumns,
  type Columns,
  columnOf,
  EMPTY_COLUMNS,
  lastOf,
  recentRate,
  seriesNames,
} from "./columns.ts";

const batch = (steps: readonly number[], loss = (step: number) => step / 10) => ({
  step: steps,
  tokens: steps.map((step) => step * 512),
  seconds: steps.map((step) => step * 0.25),
  series: { "train/loss": steps.map(loss), "train/lr": steps.map(() => 1e-3) },
});

const read = (history: Columns) => Array.from(columnOf(history, "train/loss"));

it("keeps every handle as it was when later batches arrive", () => {
  const first = appendColumns(EMPTY_COLUMNS, batch([1, 2]));
  const second = appendColumns(first, batch([3]));
  expect(read(first)).toEqual([0.1, 0.2]);
  expect(read(second)).toEqual([0.1, 0.2, 0.3]);
  expect(second.values["train/loss"]).toBe(first.values["train/loss"]);
});

it("does not let two futures of one handle write into each other", () => {
  const stem = appendColumns(EMPTY_COLUMNS, batch([1, 2]));
  const one = appendColumns(
    stem,
    batch([3], () => 7),
  );
  const other = appendColumns(
    stem,
    batch([3], () => 9),
  );
  expect(read(one)).toEqual([0.1, 0.2, 7]);
  expect(read(other)).toEqual([0.1, 0.2, 9]);
});

it("copies a row a bounded number of times on average, however long the history", () => {
  let history = EMPTY_COLUMNS;
  const buffers = new Set<unknown>();
  for (let step = 1; step <= 10_000; step++) {
    history = appendColumns(history, batch([step]));
    buffers.add(history.values.step);
  }
  expect(history.length).toBe(10_000);
  expect(buffers.size).toBeLessThan(10);
});

it("drops what a run did after the checkpoint it went back to", () => {
  const before = appendColumns(EMPTY_COLUMNS, batch([1, 2, 3, 4]));
  const after = appendColumns(
    before,
    batch([3], () => 5),
  );
  expect(read(after)).toEqual([0.1, 0.2, 5]);
  expect(read(before)).toEqual([0.1, 0.2, 0.3, 0.4]);
});

it("measures speed over recent training time only", () => {
  const history = appendColumns(EMPTY_COLUMNS, {
    ...batch([1, 2, 3]),
    seconds: [100, 101, 102],
    tokens: [0, 1_000, 3_000],
  });
  expect(recentRate(history, "tokens")).toBe(1_500);
  expect(recentRate(history, "tokens", 1)).toBe(2_000);
  expect(recentRate(EMPTY_COLUMNS, "tokens")).toBeNull();
  expect(lastOf(history, "tokens")).toBe(3_000);
});

it("takes series that come and go: a row without a value has none", () => {
  const first = appendColumns(EMPTY_COLUMNS, batch([1, 2]));
  const second = appendColumns(first, {
    ...batch([3]),
    series: { "val/loss": [0.5] },
  });
  const third = appendColumns(second, batch([4]));
  expect(Array.from(columnOf(third, "val/loss"))).toEqual([NaN, NaN, 0.5, NaN]);
  expect(Array.from(columnOf(third, "train/loss"))).toEqual([0.1, 0.2, NaN, 0.4]);
  expect(columnOf(first, "val/loss").length).toBe(0);
  expect(lastOf(third, "val/loss")).toBe(0.5);
  expect(seriesNames(third)).toEqual(["train/loss", "train/lr", "val/loss"]);
});
