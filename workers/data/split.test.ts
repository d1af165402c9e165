import { describe, expect, it } from "vitest";
import { createDocumentSplit } from "./split.ts";

const heldOut = (count: number, trainFraction: number) => {
  const isHeldOut = createDocumentSplit(trainFraction);
  return Array.from({ length: count }, (_, i) => (isHeldOut() ? i : -1)).filter((i) => i >= 0);
};

describe("createDocumentSplit", () => {
  it.each([0.5, 0.6, 0.75, 0.9, 0.95, 0.99, 0.1])("holds out the right share: %d", (fraction) => {
    const count = 10_000;
    expect(Math.abs(heldOut(count, fraction).length - (1 - fraction) * count)).toBeLessThan(1.5);
  });

  it("holds out one of every stretch, at no regular place", () => {
    const found = heldOut(1_000, 0.9);
    found.forEach((document, i) => {
      expect(Math.floor(document / 10)).toBe(i);
    });
    expect(new Set(found.map((document) => document % 10)).size).toBe(10);
  });

  it("is the same every time, and for a file that grows", () => {
    expect(heldOut(500, 0.9)).toEqual(heldOut(1_000, 0.9).filter((document) => document < 500));
  });
});
