import { describe, expect, it } from "vitest";
import { scale } from "../ops/elementwise/elementwise.ts";
import { BASELINE_PROFILE } from "./adapter.ts";
import { planOp, withHalves } from "./halves.ts";
import { f32, type TensorSpec } from "./shape.ts";

const DECLARATIONS = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
`;

/** The text after the declarations. */
const converted = (body: string, bindings: readonly number[]): string =>
  (
    withHalves(DECLARATIONS + body, bindings)
      .split(">;\n")
      .at(-1) as string
  ).trim();

describe("withHalves", () => {
  it("declares what it converts, and enables f16 first", () => {
    const text = withHalves(DECLARATIONS, [1]);
    expect(text).toMatch(/^enable f16;/);
    expect(text).toContain("var<storage, read> x: array<f32>;");
    expect(text).toContain("var<storage, read_write> y: array<vec4h>;");
  });

  it.each([
    ["let v = x[i];", "let v = f32(x[i]);"],
    ["y[i] = a + y[i];", "y[i] = vec4h(a + vec4f(y[i]));"],
    ["y[i] *= (1.0 - t);", "y[i] = vec4h(vec4f(y[i]) * ((1.0 - t)));"],
    ["if (x[i] == x[u32(x[j])]) {}", "if (f32(x[i]) == f32(x[u32(f32(x[j]))])) {}"],
    ["a.x[i] = ax[i] + x_x[i];", "a.x[i] = ax[i] + x_x[i];"],
    ["let c = y[i / 4u][i % 4u];", "let c = f32(y[i / 4u][i % 4u]);"],
    ["// x[i] = 1;", ""],
  ])("%s becomes %s", (body, want) => {
    expect(converted(body, [0, 1])).toBe(want);
  });

  it("sees through an alias", () => {
    const text = withHalves(
      "alias Element = vec4f;\n@group(0) @binding(2) var<storage, read> q: array<Element>;",
      [2],
    );
    expect(text).toContain("q: array<vec4h>;");
  });

  it("refuses bindings that hold no floats, and such that there are not", () => {
    const bits = "@group(0) @binding(0) var<storage, read> x: array<u32>;";
    expect(() => withHalves(bits, [0])).toThrow(/must be an array of f32.*x: array<u32>/);
    expect(() => withHalves(bits, [1])).toThrow("binding 1 must be");
  });
});

describe("planOp", () => {
  const request = (dtype: TensorSpec["dtype"], f16: boolean) => ({
    inputs: [{ shape: [70], dtype }],
    outputs: [{ shape: [70], dtype }],
    attrs: { factor: 2 },
    accumulate: [false],
    adapter: {
      ...BASELINE_PROFILE,
      f16,
      limits: { ...BASELINE_PROFILE.limits, maxStorageBufferBindingSize: 512 },
    },
  });

  it("leaves plans of f32 as they are", () => {
    expect(planOp(scale, request("f32", true))).toEqual(scale.plan(request("f32", true)));
  });

  it("cuts windows where 256 bytes of f16 end", () => {
    const bindings = (dtype: TensorSpec["dtype"]) =>
      planOp(scale, { ...request(dtype, true), inputs: [{ ...f32([300]), dtype }] }).dispatches.map(
        (dispatch) => dispatch.bindings[0],
      );
    expect(bindings("f16")).toMatchObject([{ offset: 0 }, { offset: 128 }, { offset: 256 }]);
  });

  it("refuses f16 where the device has none", () => {
    expect(() => planOp(scale, request("f16", false))).toThrow(/scale was given f16.*shader-f16/);
  });
});
