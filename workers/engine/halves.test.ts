// What the engine does with values of f16: types of gradients, places of pages, copies.
import { describe, expect, it } from "vitest";
import { BASELINE_PROFILE } from "../../kernels/core/adapter.ts";
import { f32, type TensorSpec } from "../../kernels/core/shape.ts";
import { accumulate, add, cast, scale } from "../../kernels/ops/elementwise/elementwise.ts";
import { matmul } from "../../kernels/ops/matmul/matmul.ts";
import { differentiate } from "./differentiate.ts";
import { Graph, type TracedValue } from "./graph.ts";
import { layOutPages } from "./pages.ts";
import { scheduleGraph } from "./schedule.ts";

const f16 = (shape: readonly number[]): TensorSpec => ({ shape, dtype: "f16" });
const PROFILE = { ...BASELINE_PROFILE, f16: true };

describe("gradients of f16", () => {
  it("are f16, but f32 along the residual stream and in buffers that collect them", () => {
    const g = new Graph();
    const stream = g.input("stream", f32([4, 6]));
    const weight = g.persistent("weight", f16([6, 6]));
    const into = g.persistent("d weight", f32([6, 6]));
    const x = g.emit(cast, [stream, null], { dtype: "f16" })[0] as TracedValue;
    const branch = g.emit(matmul, [x, weight], { outDtype: "f16" })[0] as TracedValue;
    const y = g.emit(add, [stream, branch], {})[0] as TracedValue;
    expect([branch.spec.dtype, y.spec.dtype]).toEqual(["f16", "f32"]);
    const dy = g.input("dy", f32([4, 6]));
    const targets = [stream, x, weight];
    const gradients = differentiate(g, [{ value: y, gradient: dy }], targets, {
      into: new Map([[weight, into]]),
    });
    expect(targets.map((value) => gradients.get(value)?.spec.dtype)).toEqual(["f32", "f16", "f32"]);
    // dy reaches the branch in f16; nothing else is converted but the cast's own gradient.
    const casts = g.nodes.filter(({ op }) => op.name === "cast");
    expect(casts.map(({ outputs }) => outputs[0]?.spec.dtype)).toEqual(["f16", "f16", "f32"]);
    // The gradient of the weight is added where it is collected, by the product that makes it.
    const products = g.nodes.filter(({ op }) => op.name === "matmul");
    expect(products.filter(({ accumulateInto: [sum] }) => sum === into)).toHaveLength(1);
  });
});

describe("pages of f16", () => {
  it("start each tensor at a multiple of 256 bytes", () => {
    const tensors = [1, 100, 129].map((n) => ({ name: `${n}`, shape: [n] }));
    const offsets = (narrowest: "f32" | "f16") =>
      layOutPages(tensors, 4096, narrowest).tensors.map(({ offset }) => offset);
    expect(offsets("f32")).toEqual([0, 64, 192]);
    expect(offsets("f16")).toEqual([0, 128, 256]);
  });
});

describe("copies of f16", () => {
  it("take whole words of an odd number of elements", () => {
    const g = new Graph();
    const x = g.input("x", f16([7]));
    const kept = g.emit(scale, [x], { factor: 2 })[0] as TracedValue;
    const sum = g.emit(accumulate, [kept, x], {})[0] as TracedValue;
    const { steps } = scheduleGraph(g, [kept, sum], PROFILE);
    const copy = steps.find(({ label }) => label.endsWith("/copy"));
    expect(copy?.storages.get("x")?.spec).toEqual(f32([4]));
  });
});
