// The engine on real buffers: what it computes, what it keeps, and what a replay costs.
import { describe, expect, it } from "vitest";
import type { Value } from "../../kernels/core/op.ts";
import { f32 } from "../../kernels/core/shape.ts";
import { accumulate, add, multiply, scale } from "../../kernels/ops/elementwise/elementwise.ts";
import { sumAll } from "../../kernels/ops/reduce/sum-all.ts";
import { softmax } from "../../kernels/ops/softmax/softmax.ts";
import { relativeError } from "../../kernels/testing/close.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { randomArray } from "../../kernels/testing/random.ts";
import { differentiate } from "./differentiate.ts";
import { Executable } from "./executable.ts";
import { Graph } from "./graph.ts";

const one = (values: readonly Value[]): Value => values[0] as Value;

/** loss = sum over a chain of residual branches x <- x + x * softmax(2x), each a block. */
function chain(depth: number, recompute: boolean) {
  const g = new Graph();
  const x0 = g.input("x", f32([4, 6]));
  let x: Value = x0;
  for (let i = 0; i < depth; i++)
    x = g.block(`block${i}`, () => {
      const y = one(g.emit(softmax, [one(g.emit(scale, [x], { factor: 2 }))], {}));
      return one(g.emit(add, [x, one(g.emit(multiply, [x, y], {}))], {}));
    });
  const loss = one(g.emit(sumAll, [one(g.emit(multiply, [x, x], {}))], {}));
  const seed = g.input("seed", f32([1]));
  const gradients = differentiate(g, [{ value: loss, gradient: seed }], [x0], { recompute });
  return { g, x0, seed, loss, dx: gradients.get(x0) as Value };
}

function chainReference(x: Float64Array, depth: number): number {
  const cols = 6;
  let v = Array.from(x);
  for (let d = 0; d < depth; d++) {
    const next = [...v];
    for (let r = 0; r < v.length / cols; r++) {
      const row = v.slice(r * cols, (r + 1) * cols);
      const e = row.map((a) => Math.exp(2 * a));
      const z = e.reduce((a, b) => a + b, 0);
      row.forEach((a, c) => {
        next[r * cols + c] = a + (a * (e[c] as number)) / z;
      });
    }
    v = next;
  }
  return v.reduce((s, a) => s + a * a, 0);
}

async function runChain(depth: number, recompute: boolean) {
  const gpu = await testGpu();
  const { g, x0, seed, loss, dx } = chain(depth, recompute);
  const executable = await Executable.compile(gpu, "chain", g, [loss, dx]);
  const x = randomArray([4, 6], 9);
  executable.write(x0, Float32Array.from(x.data));
  executable.write(seed, Float32Array.of(1));
  executable.run();
  const result = {
    loss: (await executable.readF32(loss))[0] as number,
    dx: await executable.readF32(dx),
    schedule: executable.schedule,
    x: x.data,
  };
  executable.destroy();
  return result;
}

describe("engine", () => {
  it("computes the loss and the gradient that finite differences give", async () => {
    const { loss, dx, x } = await runChain(3, false);
    expect(Math.abs(loss - chainReference(x, 3)) / loss).toBeLessThan(1e-5);
    const h = 1e-5;
    const numeric = x.map((_, i) => {
      const at = (d: number) =>
        chainReference(
          x.map((v, j) => (j === i ? v + d : v)),
          3,
        );
      return (at(h) - at(-h)) / (2 * h);
    });
    expect(relativeError(dx, numeric)).toBeLessThan(1e-5);
  });

  it("gives the same bits with recomputed blocks, in less memory", async () => {
    const kept = await runChain(12, false);
    const again = await runChain(12, true);
    expect(again.loss).toBe(kept.loss);
    expect([...again.dx]).toEqual([...kept.dx]);
    expect(again.schedule.livePeakBytes).toBeLessThan(kept.schedule.livePeakBytes * 0.75);
    expect(again.schedule.steps.length).toBeGreaterThan(kept.schedule.steps.length);
  });

  it("plans close to the sum of live tensors, and never below it", async () => {
    for (const depth of [1, 5, 12])
      for (const recompute of [false, true]) {
        const { schedule } = await runChain(depth, recompute);
        expect(schedule.plannedBytes).toBeGreaterThanOrEqual(schedule.livePeakBytes);
        // Small tensors pay 16-byte rounding on top of what packing loses.
        expect(schedule.plannedBytes).toBeLessThanOrEqual(schedule.livePeakBytes * 1.2 + 64);
      }
  });

  it("makes nothing new when it replays", async () => {
    const gpu = await testGpu();
    const { g, x0, seed, loss } = chain(4, false);
    const executable = await Executable.compile(gpu, "chain", g, [loss]);
    executable.write(x0, Float32Array.from(randomArray([4, 6], 1).data));
    executable.write(seed, Float32Array.of(1));
    executable.run();
    const before = { ...gpu.counters };
    for (let i = 0; i < 20; i++) executable.run();
    expect(gpu.counters.buffers).toBe(before.buffers);
    expect(gpu.counters.bindGroups).toBe(before.bindGroups);
    expect(gpu.counters.pipelines).toBe(before.pipelines);
    expect(gpu.counters.submits).toBe(before.submits + 20);
    executable.destroy();
  });

  it("copies before writing in place when the old value is still needed", async () => {
    const gpu = await testGpu();
    const g = new Graph();
    const x = g.input("x", f32([3]));
    const doubled = one(g.emit(scale, [x], { factor: 2 }));
    const sum = one(g.emit(accumulate, [doubled, x], {}));
    const later = one(g.emit(multiply, [doubled, sum], {}));
    const executable = await Executable.compile(gpu, "copy", g, [later]);
    executable.write(x, Float32Array.of(1, 2, 3));
    executable.run();
    expect([...(await executable.readF32(later))]).toEqual([6, 24, 54]);
    executable.destroy();
  });

  it("adds parameter gradients into persistent buffers, over several replays", async () => {
    const gpu = await testGpu();
    const g = new Graph();
    const w = g.input("w", f32([2]));
    const x = g.input("x", f32([2]));
    const seed = g.input("seed", f32([1]));
    const dw = g.persistent("dw", f32([2]));
    const loss = one(g.emit(sumAll, [one(g.emit(multiply, [w, x], {}))], {}));
    differentiate(g, [{ value: loss, gradient: seed }], [w], { into: new Map([[w, dw]]) });
    const buffer = gpu.createBuffer("dw", 8, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const executable = await Executable.compile(gpu, "sum", g, [loss], {
      persistent: new Map([[dw, { buffer, offset: 0, bytes: 8 }]]),
    });
    executable.write(w, Float32Array.of(5, 7));
    executable.write(seed, Float32Array.of(1));
    for (const k of [1, 10]) {
      executable.write(x, Float32Array.of(k, 2 * k));
      executable.run();
    }
    expect([...new Float32Array(await gpu.read(buffer, 0, 8))]).toEqual([11, 22]);
    executable.destroy();
  });
});
