import { describe, expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { poolPattern } from "./pool-pattern.ts";

const length = (tokens: number) => ({ shape: [1], data: Float64Array.of(tokens) });

describe("poolPattern", () => {
  it("leaves rows that sum to 1 with that sum, also where the last stretch is short", () => {
    const T = 7;
    const pattern = Float64Array.from({ length: T * T }, (_, at) => {
      const [i, j] = [Math.floor(at / T), at % T];
      return j <= i ? 1 / (i + 1) : 0;
    });
    const [pooled] = poolPattern.reference([{ shape: [1, T, T], data: pattern }, length(T)], {
      size: 3,
    });
    const rows = [0, 1, 2].map((i) => pooled?.data.slice(i * 3, i * 3 + 3).reduce((a, b) => a + b));
    for (const sum of rows) expect(sum).toBeCloseTo(1, 12);
  });

  it("is the pattern itself where the text is short, and 0 past its end", () => {
    const pattern = { shape: [1, 4, 4], data: Float64Array.from({ length: 16 }, (_, i) => i + 1) };
    const [pooled] = poolPattern.reference([pattern, length(2)], { size: 4 });
    expect(Array.from(pooled?.data ?? [])).toEqual([
      1, 2, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it("refuses what is not square", () => {
    expect(() => poolPattern.infer([f32([2, 3, 4]), u32([1])], { size: 2 })).toThrow(
      "poolPattern: pattern needs [..., T, T]; it is [2, 3, 4]",
    );
  });
});
