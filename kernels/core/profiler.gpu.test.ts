// Real work under the profiler: the same bits, a time for each dispatch, and what happens where a device
// has no timestamps, or useless ones.
import { afterEach, describe, expect, it, vi } from "vitest";
import { accumulate, copy } from "../ops/elementwise/elementwise.ts";
import { testGpu } from "../testing/gpu.ts";
import { Gpu } from "./gpu.ts";
import type { OpDefinition } from "./op.ts";
import type { Peaks, ProfileMethod, StepProfile } from "./profile.ts";
import { Profiler } from "./profiler.ts";
import { type PlacedDispatch, Program } from "./program.ts";
import { f32 } from "./shape.ts";

const PEAKS: Peaks = { flopsPerSecond: 1e9, bandwidths: [{ bytes: 1e8, bytesPerSecond: 1e9 }] };
const SMALL = 5_000;
/** Takes longer than a dispatch that does nothing, on every device. */
const LARGE = 500_000;

const withoutTimestamps = () =>
  Gpu.open(navigator.gpu, { retries: 20, without: ["timestamp-query"] });

/** What both drivers of the tests can do, as far as they say so. */
const methodOf = (gpu: Gpu): ProfileMethod =>
  gpu.device.features.has("timestamp-query") ? "timestamps" : "wall-clock";

const opened: Gpu[] = [];
afterEach(() => {
  for (const gpu of opened.splice(0)) gpu.close();
});

/** y = x + y and z = y, `times` over: the order of everything shows in the result. */
async function chain(gpu: Gpu, times: number, size: number) {
  const bytes = size * 4;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = ["x", "y", "z"].map((name) => gpu.createBuffer(name, bytes, usage));
  const [x, y, z] = buffers as [GPUBuffer, GPUBuffer, GPUBuffer];
  gpu.device.queue.writeBuffer(
    x,
    0,
    Float32Array.from({ length: size }, (_, i) => i / 7),
  );
  const spec = f32([size]);
  const request = { outputs: [spec], attrs: {}, accumulate: [false], adapter: gpu.profile };
  const place = (
    op: OpDefinition,
    label: string,
    places: Record<string, GPUBuffer>,
  ): PlacedDispatch[] =>
    op
      .plan({ ...request, inputs: op === copy ? [spec] : [spec, spec] })
      .dispatches.map((dispatch) => ({
        dispatch,
        label,
        locate: (name) => ({ buffer: places[name] as GPUBuffer, offset: 0, bytes }),
        elementBytes: () => 4,
      }));
  const program = await Program.build(
    gpu,
    "chain",
    Array.from({ length: times }, (_, i) => [
      ...place(accumulate, `block${i}/add`, { x, y }),
      ...place(copy, `block${i}/keep`, { x: y, y: z }),
    ]).flat(),
  );
  const step = async (profiler: Profiler | null): Promise<void> => {
    let encoder = gpu.device.createCommandEncoder();
    // Part of the step, though not of any program: x moves on.
    encoder.copyBufferToBuffer(z, 0, x, 0, 400);
    if (profiler) {
      encoder = await profiler.record(encoder, program);
      profiler.finish(encoder);
    } else {
      const pass = encoder.beginComputePass();
      program.encode(pass);
      pass.end();
    }
    gpu.submit(encoder.finish());
    await profiler?.collect();
  };
  const read = async () => new Float32Array(await gpu.read(z, 0, bytes));
  const destroy = () => {
    program.destroy();
    for (const buffer of buffers) gpu.destroyBuffer(buffer);
  };
  return { step, read, destroy };
}

async function profileChain(gpu: Gpu, times: number, steps: number, size = LARGE) {
  const before = gpu.counters.liveBytes;
  const profiled = await chain(gpu, times, size);
  const profiler = new Profiler(gpu);
  expect(() => profiler.result(PEAKS)).toThrow("there must be a step");
  let taken = 0;
  for (; profiler.steps < steps; taken++) await profiled.step(profiler);
  const profile = profiler.result(PEAKS);
  const got = await profiled.read();
  profiler.destroy();
  profiled.destroy();
  expect(gpu.counters.liveBytes).toBe(before);

  const plain = await chain(gpu, times, size);
  for (let i = 0; i < taken; i++) await plain.step(null);
  const want = await plain.read();
  expect(got.findIndex((value, i) => value !== want[i])).toBe(-1);
  plain.destroy();
  gpu.assertHealthy();
  return { profile, taken };
}

function expectWork(profile: StepProfile, times: number, size = LARGE): void {
  expect(profile.total.dispatches).toBe(2 * times);
  const byName = new Map(profile.kernels.map((row) => [row.name, row]));
  // accumulate: x is read, y read and written, one addition each; copy: one is read, one written.
  expect(byName.get("accumulate")).toMatchObject({
    dispatches: times,
    flops: times * size,
    bytes: times * 3 * 4 * size,
  });
  expect(byName.get("copy")).toMatchObject({ flops: 0, bytes: times * 2 * 4 * size });
  expect(profile.paths).toHaveLength(2 * times);
  const sum = profile.kernels.reduce((s, row) => s + row.milliseconds, 0);
  expect(sum).toBeGreaterThan(0);
  expect(profile.total.milliseconds).toBeGreaterThan(0);
}

describe("Profiler", () => {
  it("times each dispatch of real steps, and changes no bits", async () => {
    const gpu = await testGpu();
    const { profile, taken } = await profileChain(gpu, 5, 3);
    expect(profile).toMatchObject({ method: methodOf(gpu), steps: 3 });
    expect(taken).toBe(3);
    expectWork(profile, 5);
  });

  it("does so by waiting where the device has no timestamps", async () => {
    const gpu = await withoutTimestamps();
    opened.push(gpu);
    expect(gpu.device.features.has("timestamp-query")).toBe(false);
    const { profile, taken } = await profileChain(gpu, 3, 3);
    expect(taken).toBe(3);
    expect(profile).toMatchObject({ method: "wall-clock", steps: 3 });
    expectWork(profile, 3);
  });

  it("needs more than one set of queries for many dispatches", async () => {
    const gpu = await testGpu();
    const { profile, taken } = await profileChain(gpu, 1100, 1, SMALL);
    expect(profile.method).toBe(methodOf(gpu));
    expect(taken).toBe(1);
    expectWork(profile, 1100, SMALL);
  });

  it.each([
    ["zero", () => 0n],
    ["backwards", (i: number) => BigInt(1000 - i)],
  ])("waits instead once timestamps are %s, and takes one step more for it", async (_, stamp) => {
    const gpu = await Gpu.open(navigator.gpu, { retries: 20 });
    opened.push(gpu);
    if (!gpu.device.features.has("timestamp-query")) return;
    const read = gpu.read.bind(gpu);
    vi.spyOn(gpu, "read").mockImplementation(async (buffer, offset, bytes) => {
      const data = await read(buffer, offset, bytes);
      if (buffer.label === "timestamps")
        new BigUint64Array(data).forEach((__, i, all) => {
          all[i] = stamp(i);
        });
      return data;
    });
    const { profile, taken } = await profileChain(gpu, 2, 2);
    expect(taken).toBe(3);
    expect(profile).toMatchObject({ method: "wall-clock", steps: 2 });
    expectWork(profile, 2);
  });
});
