import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { topK } from "./top-k.ts";

const i32 = (shape: number[]) => ({ shape, dtype: "i32" as const });

describe("topK", () => {
  it("orders by value, then by id, and counts who comes before the target", () => {
    const logits = { shape: [2, 4], data: Float64Array.of(1, 3, 3, 2, 0, 0, 0, 0) };
    const target = { shape: [2], data: Float64Array.of(2, -100) };
    const [values, ids, rank] = topK.reference([logits, target], { k: 3 });
    expect(Array.from(ids?.data ?? [])).toEqual([1, 2, 3, 0, 1, 2]);
    expect(Array.from(values?.data ?? [])).toEqual([3, 3, 2, 0, 0, 0]);
    expect(Array.from(rank?.data ?? [])).toEqual([1, 4]);
  });

  it("refuses targets that do not fit, and a k that no row holds", () => {
    expect(() => topK.infer([f32([3, 5]), i32([4])], { k: 1 })).toThrow(
      "topK: target needs an i32 for each row of logits [3, 5]; it is i32 [4]",
    );
    expect(() => topK.infer([f32([3, 5]), i32([3])], { k: 6 })).toThrow(
      "topK: k must be a whole number from 1 to 5; it is 6",
    );
    expect(() => topK.infer([f32([]), i32([1])], { k: 1 })).toThrow("topK: needs a last axis");
  });
});
