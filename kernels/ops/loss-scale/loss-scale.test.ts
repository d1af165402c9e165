import { expect, it } from "vitest";
import { f32, u32 } from "../../core/shape.ts";
import { countedHyper, countRow, SCALER, unscaleHyper, updateScale } from "./loss-scale.ts";

it("refuses tensors of other shapes", () => {
  expect(() => unscaleHyper.infer([f32([3]), SCALER], {})).toThrow(/hyper must be f32 \[2\]/);
  expect(() => countedHyper.infer([f32([3, 8]), SCALER, f32([2, 3])], {})).toThrow(
    /rules must be f32 \[3, 3\]/,
  );
  const settings = { growth_factor: 2, backoff_factor: 0.5, growth_interval: 2_000 };
  expect(() => updateScale.infer([f32([1]), SCALER, f32([2]), f32([1])], settings)).toThrow(
    /latch must be u32 \[1\]/,
  );
  expect(updateScale.infer([f32([1]), SCALER, f32([2]), u32([1])], settings)).toHaveLength(3);
});

it("writes the rule of a beta of 0 as a number", () => {
  expect(countRow({ kind: "adam", beta1: 0, beta2: 0.5 })).toEqual([1, -1e4, Math.log(0.5)]);
});
