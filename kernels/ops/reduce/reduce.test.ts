import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32 } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { limitBindings } from "../../testing/binding-limit.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { fillFrom } from "./fill-from.ts";
import { sumAll, sumOfSquares } from "./sum-all.ts";
import { sumRows } from "./sum-rows.ts";

const limited = (bytes: number) => limitBindings(BASELINE_PROFILE, bytes);

describe("rowWindows", () => {
  it("covers every row once, each window aligned and within the binding", () => {
    for (const [rows, cols] of [
      [1000, 3],
      [513, 64],
      [7, 1000],
      [4096, 1],
    ] as const) {
      const elements = 64 * 1000;
      const windows = rowWindows("test", rows, cols, limited(elements), 2);
      let next = 0;
      for (const { first, count, offset, length } of windows) {
        expect(first).toBe(next);
        expect(offset).toBe(first * cols);
        expect(offset % 64).toBe(0);
        expect(length).toBe(count * cols);
        expect(length * 4).toBeLessThanOrEqual(elements);
        next += count;
      }
      expect(next).toBe(rows);
    }
  });

  it("says so when rows are longer than a binding", () => {
    expect(() => rowWindows("embedding", 100, 100, limited(1024))).toThrow(
      "embedding: 16 rows of 100 elements must fit one binding of 256 elements",
    );
  });
});

describe("sumRows", () => {
  it("refuses a scalar", () => {
    expect(() => sumRows.infer([f32([])], {})).toThrow(
      "sumRows: needs a non-empty last axis; x is []",
    );
  });

  it("splits what a binding cannot span into windows that share one table of partial sums", () => {
    const x = f32([1000, 5]);
    const plan = sumRows.plan({
      inputs: [x],
      outputs: [f32([5])],
      attrs: {},
      accumulate: [false],
      adapter: limited(4 * 64 * 5 * 4),
    });
    expect(plan.dispatches.map((d) => d.params?.firstChunk)).toEqual([0, 4, 8, 12, 0]);
    expect(plan.temps?.partial).toEqual(f32([16, 5]));
  });
});

describe("fillFrom", () => {
  it("refuses a vector that does not fit the last axis", () => {
    expect(() => fillFrom.infer([f32([3])], { shape: [2, 4] })).toThrow(
      "fillFrom: s needs one element, or as many as the last axis of the result; s is [3], the result [2, 4]",
    );
  });
});

testGradients(
  sumRows,
  [{ name: "[3, 5]", attrs: {}, inputs: [{ array: randomArray([3, 5], 2) }] }],
  ["x"],
);
testGradients(
  sumAll,
  [
    { name: "sum", attrs: {}, inputs: [{ array: randomArray([3, 5], 2) }] },
    { name: "mean", attrs: { mean: true }, inputs: [{ array: randomArray([2, 3, 2], 3) }] },
  ],
  ["x"],
);
testGradients(
  sumOfSquares,
  [{ name: "[3, 5]", attrs: {}, inputs: [{ array: randomArray([3, 5], 2) }] }],
  ["x"],
);
