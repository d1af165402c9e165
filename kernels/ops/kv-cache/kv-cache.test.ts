import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32, type TensorSpec, u32 } from "../../core/shape.ts";
import { randomArray } from "../../testing/random.ts";
import { rope } from "../rope/rope.ts";
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

  describe("with positions and tables", () => {
    const sizes = { heads: 2, kvHeads: 1, headDim: 5 };
    const qkv = randomArray([2, 2, 20], 1);
    const cache = randomArray([2, 2, 4, 5], 2);
    const lengths = { shape: [2], data: Float64Array.of(0, 1) };
    const positions = { shape: [2, 2], data: Float64Array.of(0, 1, 5, 2) };
    const [cos, sin] = [randomArray([6, 2], 3), randomArray([6, 2], 4)];

    it("gives what rope and then an append give, but for keys and values beside the queries", () => {
      const rotation = [positions, cos, sin];
      const [turned = null] = rope.reference([qkv, ...rotation], {
        heads: 3,
        headDim: 5,
        rotaryDim: 4,
      });
      const [want] = cacheAppend.reference([cache, turned, lengths, null], sizes);
      const [y, rotated] = cacheAppend.reference([cache, qkv, lengths, null, ...rotation], sizes);
      expect(y).toEqual(want);
      expect(rotated?.shape).toEqual(qkv.shape);
      rotated?.data.forEach((v, i) => {
        expect(v).toBe((i % 20 < 10 ? turned : qkv)?.data[i]);
      });
    });

    it("binds the buffer of qkv by the name of the output that takes it over", () => {
      const inputs = [f32([2, 2, 4, 5]), f32([2, 2, 20]), u32([2]), null];
      const bindingsOf = (more: readonly TensorSpec[]) => {
        const given = [...inputs, ...more];
        const request = { inputs: given, outputs: cacheAppend.infer(given, sizes), attrs: sizes };
        const plan = cacheAppend.plan({ ...request, accumulate: [], adapter: BASELINE_PROFILE });
        return plan.dispatches.map(({ bindings }) => bindings);
      };
      expect(bindingsOf([])).toEqual([["qkv", "lengths", "y"]]);
      expect(bindingsOf([u32([2, 2]), f32([6, 2]), f32([6, 2])])).toEqual([
        ["lengths", "lengths", "positions", "cos", "sin", "y", "rotated"],
      ]);
    });

    it("refuses positions and tables that do not fit, or that come alone", () => {
      const infer = (...rotation: readonly (TensorSpec | null)[]) =>
        cacheAppend.infer([f32([2, 2, 4, 5]), f32([2, 2, 20]), u32([2]), null, ...rotation], sizes);
      const [places, table] = [u32([2, 2]), f32([6, 2])];
      expect(infer(places, table, table)).toEqual([f32([2, 2, 4, 5]), f32([2, 2, 20])]);
      expect(() => infer(places, table, null)).toThrow(
        "cacheAppend: positions, cos and sin must come together; sin is missing. Give all three, or none.",
      );
      expect(() => infer(u32([2]), table, table)).toThrow(
        "cacheAppend: positions must be u32 [2, 2], one per token; it is u32 [2].",
      );
      expect(() => infer(places, f32([6, 3]), table)).toThrow(
        "cacheAppend: cos must be [positions, pairs], 2 * pairs at most 5, the width of a head; it is [6, 3].",
      );
      expect(() => infer(places, table, f32([5, 2]))).toThrow(
        "cacheAppend: sin must be [6, 2] as cos is; it is [5, 2].",
      );
    });
  });
});
