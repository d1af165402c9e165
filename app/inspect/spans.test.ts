import { expect, it } from "vitest";
import { range, visibleSpan } from "./spans.ts";

it("keeps the columns that are seen, and a few more", () => {
  expect(visibleSpan(1_000, 0, 700, 70)).toEqual({ first: 0, end: 18 });
  expect(visibleSpan(1_000, 7_000, 700, 70)).toEqual({ first: 92, end: 118 });
  expect(visibleSpan(1_000, 69_300, 700, 70)).toEqual({ first: 982, end: 1_000 });
});

it("never goes past the last, wherever one was before the text became short", () => {
  expect(visibleSpan(5, 7_000, 700, 70)).toEqual({ first: 4, end: 5 });
  expect(range(2, 5)).toEqual([2, 3, 4]);
  expect(range(5, 2)).toEqual([]);
});
