import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32, u32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { embeddingRef } from "./embedding.ref.ts";
import { embedding, embeddingBackward } from "./embedding.ts";

const ids = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

describe("embedding", () => {
  it("copies rows, and gives zeros for ids the table does not have", () => {
    const weight = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) };
    expect([...embeddingRef(weight, ids(1, 0, 2, 1)).data]).toEqual([3, 4, 1, 2, 0, 0, 3, 4]);
  });

  it("refuses ids that are not u32", () => {
    expect(() => embedding.infer([f32([4, 2]), f32([3])], {})).toThrow(
      "embedding: ids must be u32; they are f32",
    );
  });

  it("reads the GPT-2 table, larger than a binding, in two windows", () => {
    const plan = embedding.plan({
      inputs: [f32([50_257, 768]), u32([2, 8])],
      outputs: [f32([2, 8, 768])],
      attrs: {},
      accumulate: [false],
      adapter: BASELINE_PROFILE,
    });
    expect(plan.dispatches.map((d) => d.params?.rowCount)).toEqual([43_690, 6_567]);
  });
});

describe("embeddingBackward", () => {
  it("refuses gradients that do not belong to the ids", () => {
    expect(() => embeddingBackward.infer([u32([3]), f32([4, 2])], { vocab: 9 })).toThrow(
      "embeddingBackward: dy must hold a row for each id; ids are [3], dy is [4, 2]",
    );
  });
});

testGradients(
  embedding,
  [
    {
      name: "repeated and missing ids",
      attrs: {},
      inputs: [
        { array: randomArray([4, 3], 2) },
        { array: ids(1, 3, 1, 0, 7, 1), dtype: "u32" as const },
      ],
    },
  ],
  ["weight"],
);
