import { describe, expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { dropoutRef } from "./dropout.ref.ts";
import { dropout } from "./dropout.ts";

const rngOf = (...words: number[]) => ({ shape: [4], data: Float64Array.from(words) });
const ones = { shape: [50_000], data: new Float64Array(50_000).fill(1) };
const share = (data: Float64Array) => data.filter((v) => v === 0).length / data.length;

testGradients(
  dropout,
  [
    {
      name: "p = 0.4",
      attrs: { p: 0.4, stream: 7 },
      inputs: [
        { array: randomArray([3, 11], 1) },
        { array: rngOf(1, 2, 3, 4), dtype: "u32" as const },
      ],
    },
  ],
  ["x"],
);

describe("dropoutRef", () => {
  it("drops the share it is told to and keeps the mean", () => {
    const { data } = dropoutRef(ones, rngOf(1, 0, 0, 0), 0.3, 5);
    expect(Math.abs(share(data) - 0.3)).toBeLessThan(0.01);
    expect(Math.abs(data.reduce((a, b) => a + b, 0) / data.length - 1)).toBeLessThan(0.02);
  });

  it("draws another mask for another seed, step, micro step or stream", () => {
    const x = { shape: [64], data: ones.data.subarray(0, 64) };
    const masks = [
      dropoutRef(x, rngOf(1, 0, 0, 0), 0.5, 5),
      dropoutRef(x, rngOf(2, 0, 0, 0), 0.5, 5),
      dropoutRef(x, rngOf(1, 1, 0, 0), 0.5, 5),
      dropoutRef(x, rngOf(1, 0, 1, 0), 0.5, 5),
      dropoutRef(x, rngOf(1, 0, 0, 1), 0.5, 5),
      dropoutRef(x, rngOf(1, 0, 0, 0), 0.5, 6),
    ].map(({ data }) => data.join());
    expect(new Set(masks).size).toBe(masks.length);
  });
});

describe("dropout", () => {
  it("refuses p = 1, which leaves nothing to scale, and an rng of another type", () => {
    const rng = u32([4]);
    expect(() => dropout.infer([f32([2]), rng], { p: 1, stream: 0 })).toThrow(
      "dropout: p must be in [0, 1); it is 1",
    );
    expect(() => dropout.infer([f32([2]), f32([4])], { p: 0.1, stream: 0 })).toThrow(
      "dropout: rng must be u32 [4]; it is f32 [4]",
    );
  });
});
