import { beforeEach, expect, it } from "vitest";
import { columnOf } from "../lib/columns.ts";
import { appendMetrics, columnsOfRun, dropMetrics, metricsStore } from "./metrics.ts";

const batch = (step: number) => ({
  step: Uint32Array.of(step),
  tokens: Float64Array.of(step * 512),
  seconds: Float64Array.of(step / 10),
  series: { "train/loss": Float32Array.of(4 / step) },
});

beforeEach(() => metricsStore.setState(metricsStore.getInitialState(), true));

it("appends in order and leaves other runs' references alone", () => {
  appendMetrics("a", batch(1));
  const before = columnsOfRun("a")(metricsStore.getState());
  appendMetrics("b", batch(1));
  expect(columnsOfRun("a")(metricsStore.getState())).toBe(before);
  appendMetrics("a", batch(2));
  const after = columnsOfRun("a")(metricsStore.getState());
  expect(Array.from(columnOf(after, "train/loss"))).toEqual([4, 2]);
});

it("gives one empty history to runs it does not know", () => {
  appendMetrics("a", batch(1));
  dropMetrics("a");
  expect(columnsOfRun("a")(metricsStore.getState())).toBe(
    columnsOfRun(null)(metricsStore.getState()),
  );
});
