import { describe, expect, it } from "vitest";
import { f32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import {
  accumulate,
  add,
  copy,
  multiply,
  placeColumns,
  scale,
  slice,
  softcap,
} from "./elementwise.ts";

const a = { array: randomArray([3, 5], 1) };
const b = { array: randomArray([3, 5], 2) };

testGradients(add, [{ name: "[3, 5]", attrs: {}, inputs: [a, b] }], ["a", "b"]);
testGradients(accumulate, [{ name: "[3, 5]", attrs: {}, inputs: [a, b] }], ["into", "x"]);
testGradients(multiply, [{ name: "[3, 5]", attrs: {}, inputs: [a, b] }], ["a", "b"]);
testGradients(scale, [{ name: "by 2.5", attrs: { factor: 2.5 }, inputs: [a] }], ["x"]);
testGradients(copy, [{ name: "[3, 5]", attrs: {}, inputs: [a] }], ["x"]);
testGradients(softcap, [{ name: "at 0.7", attrs: { cap: 0.7 }, inputs: [a] }], ["x"]);
testGradients(slice, [{ name: "columns 1 to 4", attrs: { from: 1, to: 4 }, inputs: [a] }], ["x"]);
testGradients(
  placeColumns,
  [{ name: "at column 2 of 9", attrs: { from: 2, width: 9 }, inputs: [a] }],
  ["x"],
);

describe("column copies", () => {
  it("take and place the columns they are told to", () => {
    const x = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) };
    const [taken] = slice.reference([x], { from: 1, to: 3 });
    expect(taken).toEqual({ shape: [2, 2], data: Float64Array.of(2, 3, 5, 6) });
    const [placed] = placeColumns.reference([taken ?? null], { from: 1, width: 4 });
    expect(placed).toEqual({ shape: [2, 4], data: Float64Array.of(0, 2, 3, 0, 0, 5, 6, 0) });
  });
});

describe("shape rules", () => {
  it("refuse what does not fit, naming the op and the shapes", () => {
    expect(() => add.infer([f32([2, 3]), f32([3])], {})).toThrow(
      "add: a and b must have the same shape; they are [2, 3] and [3]",
    );
    expect(() => slice.infer([f32([2, 3])], { from: 1, to: 4 })).toThrow(
      "slice: columns [1, 4) must lie within the last axis; x is [2, 3]",
    );
    expect(() => placeColumns.infer([f32([2, 3])], { from: 2, width: 4 })).toThrow(
      "placeColumns: columns from 2 must lie within width 4; x is [2, 3]",
    );
    expect(() => softcap.infer([f32([2])], { cap: 0 })).toThrow(
      "softcap: cap must be a positive number; it is 0",
    );
  });
});
