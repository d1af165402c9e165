import { describe, expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { cacheAppend } from "./kv-cache.ts";

const ATTRS = { heads: 2, kvHeads: 1, headDim: 2 };
const counting = (shape: readonly number[], from: number) => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i),
});

describe("cacheAppend", () => {
  it("puts keys and values at each row's length, and drops what is past the capacity", () => {
    const cache = { shape: [2, 2, 3, 2], data: new Float64Array(24) };
    const lengths = { shape: [2], data: Float64Array.of(0, 2) };
    const [y] = cacheAppend.reference([cache, counting([2, 2, 8], 0), lengths, null], ATTRS);
    // Row 0: keys 4 5 and 12 13 at slots 0 and 1. Row 1: keys 20 21 at slot 2; its second token drops.
    expect([...(y?.data ?? [])]).toEqual([
      ...[4, 5, 12, 13, 0, 0],
      ...[0, 0, 0, 0, 20, 21],
      ...[6, 7, 14, 15, 0, 0],
      ...[0, 0, 0, 0, 22, 23],
    ]);
  });

  it("leaves out tokens that are not real", () => {
    const cache = { shape: [2, 2, 3, 2], data: new Float64Array(24).fill(-1) };
    const lengths = { shape: [2], data: Float64Array.of(0, 1) };
    const counts = { shape: [2], data: Float64Array.of(1, 0) };
    const [y] = cacheAppend.reference([cache, counting([2, 2, 8], 0), lengths, counts], ATTRS);
    expect(y?.data.filter((v) => v !== -1)).toEqual(Float64Array.of(4, 5, 6, 7));
  });

  it("refuses a cache of another batch or width", () => {
    expect(() =>
      cacheAppend.infer([f32([2, 3, 4, 2]), f32([2, 1, 8]), u32([2]), null], ATTRS),
    ).toThrow("cacheAppend: cache must be [2, 2, capacity, 2]; it is [2, 3, 4, 2].");
    expect(() =>
      cacheAppend.infer([f32([2, 2, 4, 2]), f32([2, 1, 8]), u32([2]), u32([1])], ATTRS),
    ).toThrow("counts must be u32 [2]; it is u32 [1]");
  });
});
