import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { rowSimilarity } from "./row-similarity.ts";

describe("rowSimilarity", () => {
  it("turns two rows that look alike into opposites once their mean is taken off", () => {
    const x = { shape: [2, 2], data: Float64Array.of(10, 1, 10, -1) };
    const query = { shape: [2], data: Float64Array.of(10, 1) };
    const mean = { shape: [2], data: Float64Array.of(10, 0) };
    const [plain] = rowSimilarity.reference([x, query, null], {});
    expect(Array.from(plain?.data ?? [])).toEqual([101, 99]);
    const [dot, norm] = rowSimilarity.reference([x, query, mean], {});
    expect(Array.from(dot?.data ?? [])).toEqual([1, -1]);
    expect(Array.from(norm?.data ?? [])).toEqual([1, 1]);
  });

  it("refuses a query of another width", () => {
    expect(() => rowSimilarity.infer([f32([5, 4]), f32([3]), null], {})).toThrow(
      "rowSimilarity: query needs the 4 numbers of a row; it is [3]",
    );
  });
});
