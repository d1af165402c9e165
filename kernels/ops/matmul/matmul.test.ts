import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../core/adapter.ts";
import { f32, u32 } from "../../core/shape.ts";
import { testGradients } from "../../testing/op-suite.ts";
import { randomArray } from "../../testing/random.ts";
import { type MatmulAttrs, matmul } from "./matmul.ts";

const shapeOf = (a: readonly number[], b: readonly number[], attrs: MatmulAttrs = {}) =>
  matmul.infer([f32(a), f32(b), null, null], attrs).map((spec) => spec.shape);

describe("the reference of matmul", () => {
  it("multiplies a matrix written out by hand", () => {
    const a = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) };
    const b = { shape: [3, 2], data: Float64Array.of(7, 8, 9, 10, 11, 12) };
    expect([...(matmul.reference([a, b, null, null], {})[0]?.data ?? [])]).toEqual([
      58, 64, 139, 154,
    ]);
    const at = { shape: [3, 2], data: Float64Array.of(1, 4, 2, 5, 3, 6) };
    expect([...(matmul.reference([at, b, null, null], { transA: true })[0]?.data ?? [])]).toEqual([
      58, 64, 139, 154,
    ]);
  });
});

describe("matmul", () => {
  it("infers shapes", () => {
    expect(shapeOf([4, 5], [5, 6])).toEqual([[4, 6]]);
    expect(shapeOf([5, 4], [6, 5], { transA: true, transB: true, keepPre: true })).toEqual([
      [4, 6],
      [4, 6],
    ]);
    expect(shapeOf([2, 3, 4, 5], [5, 6])).toEqual([[2, 3, 4, 6]]);
    expect(shapeOf([4, 5], [7, 5, 6])).toEqual([[7, 4, 6]]);
  });

  it("refuses what does not fit, naming both shapes", () => {
    expect(() => shapeOf([64, 32], [48, 128])).toThrow(
      "matmul: inner sizes must match; a is [64, 32], b is [48, 128]. Transpose one of them?",
    );
    expect(() => shapeOf([2, 4, 5], [3, 5, 6])).toThrow("batch axes must be equal");
    expect(() => shapeOf([5], [5, 6])).toThrow("at least two axes; it is [5]");
    expect(() => matmul.infer([f32([4, 5]), f32([5, 6]), f32([5]), null], {})).toThrow(
      "bias must be [6], one number per column; it is [5]",
    );
    expect(() => matmul.infer([f32([4, 5]), f32([5, 6]), null, f32([6, 4])], {})).toThrow(
      "residual must have the shape of y, [4, 6]; it is [6, 4]",
    );
    expect(() => matmul.infer([u32([4, 5]), f32([5, 6]), null, null], {})).toThrow("a is u32");
    expect(() =>
      shapeOf([10, 48], [5, 6], { viewA: { shape: [10, 5], strides: [48, 1], offset: 44 } }),
    ).toThrow("must stay inside the tensor");
  });

  it("plans one product where only a has batches, and nothing for empty results", () => {
    const plan = (a: readonly number[], b: readonly number[], attrs: MatmulAttrs = {}) => {
      const inputs = [f32(a), f32(b), null, null];
      const outputs = matmul.infer(inputs, attrs);
      return matmul.plan({
        ...{ inputs, outputs, attrs, accumulate: [false], adapter: BASELINE_PROFILE },
      });
    };
    expect(plan([2, 300, 5], [5, 6]).dispatches[0]?.params).toMatchObject({ M: 600, batch: 1 });
    expect(plan([0, 5], [5, 6]).dispatches).toEqual([]);
    expect(plan([300, 4], [4, 6]).dispatches.map((d) => d.label)).toEqual(["matmul/tile64x64"]);
    expect(plan([1, 64], [64, 6]).dispatches.map((d) => d.label)).toEqual(["matmul/gemv"]);
    expect(plan([4096, 64], [4096, 64], { transA: true }).dispatches.map((d) => d.label)).toEqual([
      "matmul/tile32x32",
      "matmul/split_sum",
    ]);
  });

  it("cuts the output head of GPT-2 into windows that a binding can span", () => {
    const [rows, C, V] = [1024, 768, 50_257];
    const limit = BASELINE_PROFILE.limits.maxStorageBufferBindingSize;
    const shapes = {
      forward: [[rows, C], [V, C], { transB: true }],
      dX: [[rows, V], [V, C], {}],
      dW: [[rows, V], [rows, C], { transA: true }],
    } as const;
    for (const [a, b, attrs] of Object.values(shapes)) {
      const inputs = [f32(a), f32(b), null, null];
      const outputs = matmul.infer(inputs, attrs);
      const { dispatches } = matmul.plan({
        ...{ inputs, outputs, attrs, accumulate: [true], adapter: BASELINE_PROFILE },
      });
      expect(dispatches.length).toBeGreaterThan(1);
      const sizes = new Map(
        [inputs[0], inputs[1], outputs[0]].map((s, i) => [["a", "b", "y"][i], s]),
      );
      for (const binding of dispatches.flatMap((d) => d.bindings)) {
        if (binding === "spare") continue;
        const name = typeof binding === "string" ? binding : binding.name;
        const size = (sizes.get(name)?.shape ?? []).reduce((n, d) => n * d, 1);
        const window = typeof binding === "string" ? { offset: 0, length: size } : binding;
        expect(window.length * 4).toBeLessThanOrEqual(limit);
        expect(window.offset % 64).toBe(0);
        expect(window.offset + window.length).toBeLessThanOrEqual(size);
      }
    }
  });
});

const fed = (shape: readonly number[], seed: number) => ({ array: randomArray(shape, seed) });

testGradients(
  matmul,
  [
    ...[false, true].flatMap((transA) =>
      [false, true].flatMap((transB) => {
        const a = transA ? [4, 3] : [3, 4];
        const b = transB ? [2, 4] : [4, 2];
        const name = `${transA ? "T" : "N"}${transB ? "T" : "N"}`;
        const attrs = { transA, transB };
        return [
          { name, attrs, inputs: [fed(a, 1), fed(b, 2), null, null] },
          {
            name: `${name} batched`,
            attrs,
            inputs: [fed([2, ...a], 1), fed([2, ...b], 2), null, null],
          },
          {
            name: `${name} b shared`,
            attrs,
            inputs: [fed([2, 3, ...a], 1), fed(b, 2), null, null],
          },
          { name: `${name} a shared`, attrs, inputs: [fed(a, 1), fed([3, ...b], 2), null, null] },
        ];
      }),
    ),
  ],
  ["a", "b"],
);

testGradients(
  matmul,
  (["none", "gelu_tanh", "gelu_erf", "silu"] as const).map((activation) => ({
    name: `bias, ${activation}, residual`,
    attrs: { activation, keepPre: true, transB: true },
    inputs: [fed([2, 3, 4], 1), fed([5, 4], 2), fed([5], 3), fed([2, 3, 5], 4)],
  })),
  ["a", "b", "bias", "residual"],
);
