// What a device can do at most: a loop of arithmetic, and a copy of more than its caches hold. The
// profiler holds kernels against these.
import type { AdapterClass } from "../../core/adapter.ts";
import type { Gpu } from "../../core/gpu.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import type { Peaks, Work } from "../../core/profile.ts";
import { Profiler } from "../../core/profiler.ts";
import { type PlacedDispatch, Program, workOf } from "../../core/program.ts";
import { specialise } from "../../core/specialise.ts";
import copyCode from "../elementwise/copy.wgsl?raw";
import { planFlat } from "../elementwise/windows.ts";
import loopCode from "./multiply_add_loop.wgsl?raw";

/** Multiply-adds by each chain of the kernel per round, and the operations of its two vec4s in them. */
const STEPS = 8;
const FLOPS_PER_ROUND = STEPS * 2 * 4 * 2;
const WG = 256;
const ROUNDS = 128;

/** Workgroups of the loop: enough to fill a device, and a few milliseconds of work. */
const LOOP_GROUPS: Readonly<Record<AdapterClass, number>> = {
  lavapipe: 64,
  swiftshader: 64,
  gpu: 4096,
};

/** Bytes of each side of the copy: more than caches hold, and no more than every device can bind. */
const COPY_BYTES = 64 * 2 ** 20;

/** Together the repetitions take at least so long, that a coarse clock can tell. */
const LEAST_MS = 20;
const MOST_REPETITIONS = 512;
/** Measurements of which the fastest counts: others may use the device too. */
const ROUNDS_MEASURED = 5;

/** The loop: `workgroups` of 256 invocations write `y`. */
export function loopDispatch(workgroups: number): Dispatch {
  return {
    label: "roofline/multiply_add_loop",
    code: specialise(loopCode, { STEPS }),
    bindings: ["y"],
    params: { rounds: ROUNDS, factor: { f32: 0.5 } },
    workgroups: gridFor(workgroups),
    cost: { flops: workgroups * WG * ROUNDS * FLOPS_PER_ROUND },
  };
}

const known = new WeakMap<Gpu, Promise<Peaks>>();

/**
 * The peaks of a device, measured once for each; it takes about a second. Nothing else should run on it
 * meanwhile.
 *
 * @throws FaultError `out-of-memory` where there is no room for the copy.
 */
export function measurePeaks(gpu: Gpu): Promise<Peaks> {
  let peaks = known.get(gpu);
  if (!peaks) {
    peaks = measure(gpu);
    known.set(gpu, peaks);
    peaks.catch(() => known.delete(gpu)); // there may be room later
  }
  return peaks;
}

async function measure(gpu: Gpu): Promise<Peaks> {
  const buffers: GPUBuffer[] = [];
  const make = (label: string, bytes: number): GPUBuffer => {
    const buffer = gpu.createBuffer(label, bytes, GPUBufferUsage.STORAGE);
    buffers.push(buffer);
    return buffer;
  };
  try {
    return await gpu.guarded("the peaks of the device", async () => {
      const groups = LOOP_GROUPS[gpu.profile.adapterClass];
      const loop = loopDispatch(groups);
      const [copy] = planFlat("roofline/copy", copyCode, ["x", "y"], COPY_BYTES / 4, gpu.profile, {
        flops: 0,
      }).dispatches as [Dispatch];
      const sums = make("peaks/sums", groups * WG * 4);
      const [x, y] = [make("peaks/x", COPY_BYTES), make("peaks/y", COPY_BYTES)];
      const flops = await fastest(gpu, loop, { y: sums });
      const bytes = await fastest(gpu, copy, { x, y });
      return { flopsPerSecond: flops.flops, bytesPerSecond: bytes.bytes };
    });
  } finally {
    for (const buffer of buffers) gpu.destroyBuffer(buffer);
  }
}

/** Work per second of a dispatch that is repeated until a clock can time it. */
async function fastest(
  gpu: Gpu,
  dispatch: Dispatch,
  buffers: Readonly<Record<string, GPUBuffer>>,
): Promise<Work> {
  const placed: PlacedDispatch = {
    dispatch,
    label: dispatch.label,
    locate(name) {
      const buffer = buffers[name] as GPUBuffer;
      return { buffer, offset: 0, bytes: buffer.size };
    },
    elementBytes: () => 4,
  };
  const none = { flopsPerSecond: 1, bytesPerSecond: 1 };
  const time = async (repetitions: number, rounds: number): Promise<number> => {
    const program = await Program.build(
      gpu,
      dispatch.label,
      Array.from({ length: repetitions }, () => placed),
    );
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const profiler = new Profiler(gpu);
      while (profiler.steps === 0) {
        const encoder = gpu.device.createCommandEncoder({ label: dispatch.label });
        const last = await profiler.record(encoder, program);
        profiler.finish(last);
        gpu.submit(last.finish());
        await profiler.collect();
      }
      least = Math.min(least, profiler.result(none).total.milliseconds);
      profiler.destroy();
    }
    program.destroy();
    return least / repetitions;
  };
  await time(1, 1); // the first run pays for compilation and for touching memory
  const once = await time(1, 1);
  const repetitions = Math.min(MOST_REPETITIONS, Math.ceil(LEAST_MS / Math.max(once, 1e-3)));
  const seconds = (await time(repetitions, ROUNDS_MEASURED)) / 1e3;
  const { flops, bytes } = workOf(placed);
  return { flops: flops / seconds, bytes: bytes / seconds };
}
