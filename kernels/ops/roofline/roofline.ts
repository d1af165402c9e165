// What a device can do at most: a loop of arithmetic, and copies of what its caches hold and of more.
// The profiler holds kernels against these.
import type { AdapterClass } from "../../core/adapter.ts";
import type { Gpu } from "../../core/gpu.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import type { Peaks, Work } from "../../core/profile.ts";
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

/**
 * Bytes of each side of the copies: the first stay in caches, the last is more than those hold, and no
 * more than every device can bind.
 */
const COPY_BYTES = [18, 20, 22, 24, 26].map((power) => 2 ** power);

/** Repetitions take so long together, that neither a coarse clock nor waiting for them matters. */
const LEAST_MS = 20;
const MOST_REPETITIONS = 2048;
/** Measurements of which the fastest counts: others may use the device too. */
const ROUNDS_MEASURED = 4;

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
 * @throws FaultError `out-of-memory` where there is no room for the copies.
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
      const sumsBytes = groups * WG * 4;
      const sums = make("peaks/sums", sumsBytes);
      const { flops } = await fastest(gpu, loopDispatch(groups), { y: sums }, sumsBytes);
      const largest = COPY_BYTES.at(-1) as number;
      const [x, y] = [make("peaks/x", largest), make("peaks/y", largest)];
      const bandwidths: { bytes: number; bytesPerSecond: number }[] = [];
      for (const size of COPY_BYTES) {
        const { bytes } = await fastest(gpu, copyDispatch(size, gpu), { x, y }, size);
        bandwidths.push({ bytes: 2 * size, bytesPerSecond: bytes });
      }
      return { flopsPerSecond: flops, bandwidths };
    });
  } finally {
    for (const buffer of buffers) gpu.destroyBuffer(buffer);
  }
}

function copyDispatch(bytes: number, { profile }: Gpu): Dispatch {
  const { dispatches } = planFlat("roofline/copy", copyCode, ["x", "y"], bytes / 4, profile, {
    flops: 0,
  });
  return dispatches[0] as Dispatch;
}

/** Work per second of a dispatch, repeated within one submit, over the first `bytes` of its buffers. */
async function fastest(
  gpu: Gpu,
  dispatch: Dispatch,
  buffers: Readonly<Record<string, GPUBuffer>>,
  bytes: number,
): Promise<Work> {
  const placed: PlacedDispatch = {
    dispatch,
    label: dispatch.label,
    locate: (name) => ({ buffer: buffers[name] as GPUBuffer, offset: 0, bytes }),
    elementBytes: () => 4,
  };
  const program = await Program.build(gpu, dispatch.label, [placed]);
  const time = async (repetitions: number, rounds: number): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const encoder = gpu.device.createCommandEncoder({ label: dispatch.label });
      const pass = encoder.beginComputePass();
      for (let i = 0; i < repetitions; i++) program.encode(pass);
      pass.end();
      const started = performance.now();
      gpu.submit(encoder.finish());
      await gpu.device.queue.onSubmittedWorkDone();
      least = Math.min(least, performance.now() - started);
    }
    return least;
  };
  await time(1, 1); // the first one pays for what is made when it is first used
  const waiting = await time(0, ROUNDS_MEASURED);
  let repetitions = 1;
  let all = await time(repetitions, 1);
  while (all - waiting < LEAST_MS && repetitions < MOST_REPETITIONS) {
    repetitions *= 2;
    all = await time(repetitions, 1);
  }
  all = Math.min(all, await time(repetitions, ROUNDS_MEASURED));
  program.destroy();
  const perSecond = (1e3 * repetitions) / (all - waiting);
  const work = workOf(placed);
  return { flops: work.flops * perSecond, bytes: work.bytes * perSecond };
}
