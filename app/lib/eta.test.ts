import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "./columns.ts";
import { secondsLeft } from "./eta.ts";

const history = (
  steps: readonly number[],
  seconds: readonly number[],
  elapsed?: readonly number[],
) =>
  appendColumns(EMPTY_COLUMNS, {
    step: steps,
    tokens: steps,
    seconds,
    series: elapsed ? { elapsed } : {},
  });
const count = (length: number) => Array.from({ length }, (_, i) => i + 1);

it("follows how the run has gone lately, not since its beginning", () => {
  // A hundred slow steps of 2 s, then a hundred of 0.5 s.
  const seconds = count(200).map((step) => (step <= 100 ? 2 * step : 200 + (step - 100) / 2));
  expect(secondsLeft(history(count(200), seconds), 300)).toBe(50);
});

it("counts evaluations, samples and checkpoints where it knows of them", () => {
  const seconds = count(100).map((step) => step * 0.1);
  const elapsed = count(100).map((step) => step * 0.2);
  expect(secondsLeft(history(count(100), seconds, elapsed), 200)).toBe(20);
});

it("does not look back beyond what this page has watched", () => {
  const seconds = count(100).map((step) => step * 0.1);
  const elapsed = count(100).map((step) => (step <= 50 ? Number.NaN : (step - 50) * 0.4));
  expect(secondsLeft(history(count(100), seconds, elapsed), 200)).toBe(40);
});

it("says nothing too early, and nothing below zero", () => {
  expect(secondsLeft(EMPTY_COLUMNS, 100)).toBeNull();
  expect(secondsLeft(history([1], [0.1]), 100)).toBeNull();
  expect(secondsLeft(history([1, 2, 3], [0.1, 0.2, 0.3]), 100)).toBeNull();
  expect(secondsLeft(history([1, 2], [1, 3]), 2)).toBe(0);
});

it("does not twitch: long times are rounded up", () => {
  const left = (steps: number) => secondsLeft(history([1, 2, 3], [0, 1, 2]), 3 + steps);
  expect([left(59), left(61), left(601), left(3_601)]).toEqual([59, 65, 630, 3_660]);
});
