import { describe, expect, it } from "vitest";
import { arcsOf } from "./arc.ts";

const ends = (path: string) => {
  const numbers = path.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  return [numbers[0], numbers.at(-2)];
};

describe("arcsOf", () => {
  it("goes from a token to what it looks at, the strongest last and thickest", () => {
    const arcs = arcsOf([0.7, 0.001, 0.2, 0.099], [10, 30, 50, 70], 3, 90);
    expect(arcs.map(({ key }) => key)).toEqual([3, 2, 0]);
    expect(ends(arcs.at(-1)?.path ?? "")).toEqual([70, 10]);
    expect(arcs.map(({ width }) => width)).toEqual(
      [...arcs.map(({ width }) => width)].sort((a, b) => a - b),
    );
  });

  it("stays below the given height, however far tokens are apart", () => {
    const [far] = arcsOf([1, 0], [0, 9_000], 1, 90);
    const tops = (far?.path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
    // Handles may reach above; the curve comes three quarters of the way.
    expect(90 - 0.75 * (90 - Math.min(...tops))).toBeGreaterThanOrEqual(-0.1);
  });

  it("draws nothing before places are measured", () => {
    expect(arcsOf([1], [], 0, 90)).toEqual([]);
  });
});
