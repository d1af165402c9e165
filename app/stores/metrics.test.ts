import { beforeEach, expect, it } from "vitest";
import { columnOf } from "../lib/columns.ts";
import { appendMetrics, columnsOfRun, dropMetrics, followPhase, metricsStore } from "./metrics.ts";

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

it("knows how much time went by, pauses left out, and nothing of before it watched", () => {
  const elapsed = () => Array.from(columnOf(columnsOfRun("c")(metricsStore.getState()), "elapsed"));
  followPhase("c", "preparing", 0);
  appendMetrics("c", batch(10), 500); // told again: 1 s of training
  followPhase("c", "running", 1_000);
  appendMetrics("c", batch(20), 3_000);
  followPhase("c", "paused", 4_000);
  followPhase("c", "running", 60_000);
  appendMetrics("c", batch(30), 61_000);
  expect(elapsed()).toEqual([Number.NaN, 3, 5]);
});
