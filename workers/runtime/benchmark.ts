// A short benchmark of a device: what it does at most, and what the kernels in force get of that. A few
// seconds on a GPU, some more on adapters in software. Times are medians, with their quartiles.
import { MODEL_PRESETS, modelSchema } from "../../configs/schema/model.ts";
import { optimSchema } from "../../configs/schema/optim.ts";
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import { leastMilliseconds, type Peaks, quantile, type Work } from "../../kernels/core/profile.ts";
import { measurePeaks } from "../../kernels/ops/roofline/roofline.ts";
import { TUNED, type TunedSample } from "../../kernels/tuned.ts";
import type {
  BenchmarkPart,
  BenchmarkProgress,
  BenchmarkReport,
  BenchmarkRow,
} from "../api/device.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { LanguageTrainer } from "./language-trainer.ts";
import { choicesOf, SampleWork } from "./sample-work.ts";
import { adapterName } from "./variant-table.ts";

export interface BenchmarkOptions {
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  readonly signal?: AbortSignal;
  /** Called between submits: others get the thread and the GPU there. */
  readonly between?: () => Promise<void>;
}

/** A submit takes at least this long: far above what waiting for it costs. */
const SUBMIT_MS = 10;
const MOST_REPEATS = 512;
/** Rounds of each work: as many as the budget allows, but some. */
const LEAST_ROUNDS = 5;
const MOST_ROUNDS = 15;
const BUDGET_MS = 800;

/** M x K x N of a product of [M, K] with [K, N], or with [N, K]. */
const productSizes = ({ inputs: [a, b], attrs }: TunedSample): readonly number[] => [
  ...(a?.shape ?? []),
  ("transB" in attrs && attrs.transB ? b?.shape[0] : b?.shape[1]) ?? 0,
];

/** Batch, heads, tokens and width of a head. */
const headSizes = ({ inputs: [q] }: TunedSample): readonly number[] => q?.shape ?? [];

/** Problems of variant families, by class of shapes: a large product, that of a batch that decodes, attention with its gradients. */
const PROBLEMS = [
  { part: "matmul", family: "matmul", shapeClass: "large.nn", sizes: productSizes },
  { part: "matmul", family: "matmul", shapeClass: "few.nt", sizes: productSizes },
  { part: "attention", family: "attention", shapeClass: "narrow.long", sizes: headSizes },
] as const;

const PARTS: readonly BenchmarkPart[] = [
  "arithmetic",
  ...PROBLEMS.map(({ part }) => part),
  "training",
];

/**
 * Measures a device; nothing else should use it meanwhile.
 *
 * @param profile with the table of kernels that runs would use.
 * @throws FaultError where the device fails or has no room; the signal's reason once it is aborted.
 */
export async function runBenchmark(
  gpu: Gpu,
  profile: AdapterProfile,
  options: BenchmarkOptions = {},
): Promise<BenchmarkReport> {
  const { onProgress, signal } = options;
  const between = options.between ?? (() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
  const pause = async (): Promise<void> => {
    await between();
    signal?.throwIfAborted();
  };
  const from = performance.now();
  let done = 0;
  const next = async (part: BenchmarkPart): Promise<void> => {
    onProgress?.({ part, done: done++, total: PARTS.length });
    await pause();
  };
  await next("arithmetic");
  const peaks = await measurePeaks(gpu);
  const rows: BenchmarkRow[] = [...peakRows(peaks)];
  for (const problem of PROBLEMS) {
    await next(problem.part);
    rows.push(await sampleRow(gpu, profile, peaks, problem, pause));
  }
  await next("training");
  rows.push(await trainingRow(gpu, profile, peaks, pause));
  gpu.assertHealthy();
  onProgress?.({ part: "training", done: PARTS.length, total: PARTS.length });
  return {
    adapter: adapterName(gpu),
    finishedAt: Date.now(),
    seconds: (performance.now() - from) / 1e3,
    rows,
  };
}

/** The most that was reached: one number, no spread. */
function peakRows({ flopsPerSecond, bandwidths }: Peaks): readonly BenchmarkRow[] {
  const peak = (
    part: BenchmarkPart,
    unit: BenchmarkRow["unit"],
    rate: number,
    problem: string,
  ): BenchmarkRow => ({
    part,
    problem,
    unit,
    rate,
    low: rate,
    high: rate,
    share: null,
    variant: null,
  });
  const most = bandwidths.at(-1);
  const best = bandwidths.reduce<(typeof bandwidths)[number] | undefined>(
    (found, row) => (row.bytesPerSecond > (found?.bytesPerSecond ?? 0) ? row : found),
    undefined,
  );
  const moved = (part: BenchmarkPart, row: typeof best) =>
    row ? [peak(part, "bytes", row.bytesPerSecond, megabytes(row.bytes))] : [];
  return [
    peak("arithmetic", "flops", flopsPerSecond, ""),
    ...(best === most ? [] : moved("cache", best)),
    ...moved("memory", most),
  ];
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e5) / 10} MB`;

/** The row of a work, from milliseconds it took. */
function rowOf(
  what: Pick<BenchmarkRow, "part" | "problem" | "unit" | "variant">,
  amount: number,
  work: readonly Work[],
  peaks: Peaks,
  times: readonly number[],
): BenchmarkRow {
  const sorted = [...times].sort((a, b) => a - b);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(sorted, part));
  const rate = (milliseconds: number | undefined): number => (1e3 * amount) / (milliseconds ?? 0);
  const least = work.reduce((sum, one) => sum + leastMilliseconds(one, peaks), 0);
  return {
    ...what,
    ...{ rate: rate(middle), low: rate(high), high: rate(low) },
    share: least / (middle ?? 0),
  };
}

async function rounds(
  measure: () => Promise<number>,
  pause: () => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  const end = performance.now() + BUDGET_MS;
  while (times.length < LEAST_ROUNDS || (times.length < MOST_ROUNDS && performance.now() < end)) {
    times.push(await measure());
    await pause();
  }
  return times;
}

async function sampleRow(
  gpu: Gpu,
  profile: AdapterProfile,
  peaks: Peaks,
  { part, family, shapeClass, sizes }: (typeof PROBLEMS)[number],
  pause: () => Promise<void>,
): Promise<BenchmarkRow> {
  const tuned = TUNED.find((one) => one.family.name === family);
  if (!tuned) throw new Error(`benchmark: there must be a family ${family}`);
  const { timed } = tuned.samples(shapeClass, profile.adapterClass);
  const work = await SampleWork.compile(gpu, timed, profile);
  try {
    await work.run();
    const repeats = await work.repeatsFor(SUBMIT_MS, MOST_REPEATS, pause);
    const times = await rounds(async () => {
      const from = performance.now();
      await work.run(repeats);
      return (performance.now() - from) / repeats;
    }, pause);
    const flops = work.work.reduce((sum, one) => sum + one.flops, 0);
    const variant = choicesOf(timed, profile)[0]?.served ?? null;
    const what = { part, problem: sizes(timed).join(" x "), unit: "flops", variant } as const;
    return rowOf(what, flops, work.work, peaks, times);
  } finally {
    work.destroy();
  }
}

/** Steps of a small GPT, as a run takes them: several queued, none waited for. */
async function trainingRow(
  gpu: Gpu,
  profile: AdapterProfile,
  peaks: Peaks,
  pause: () => Promise<void>,
): Promise<BenchmarkRow> {
  const preset = profile.adapterClass === "gpu" ? "micro" : "nano";
  const vocabSize = 256;
  const model = modelFromSection(modelSchema.parse(MODEL_PRESETS[preset].model), vocabSize);
  const [batchSize, contextLength] = [8, model.nCtx];
  const trainer = await LanguageTrainer.create(gpu, {
    ...{ model, batchSize, contextLength, profile, seed: 1 },
    optim: optimSchema.parse({}),
    ...{ maxSteps: 10_000, accumulation: 1, recompute: false },
  });
  try {
    trainer.initialize();
    const length = batchSize * contextLength;
    const batch = {
      inputs: Uint32Array.from({ length }, (_, i) => (i * 7) % vocabSize),
      targets: Int32Array.from({ length }, (_, i) => ((i + 1) * 7) % vocabSize),
    };
    const take = async (steps: number): Promise<number> => {
      const from = performance.now();
      for (let i = 0; i < steps; i++) {
        if (trainer.mustDrain) await trainer.drainMetrics();
        trainer.runStep([batch]);
      }
      await gpu.device.queue.onSubmittedWorkDone();
      return (performance.now() - from) / steps;
    };
    await take(1);
    const steps = Math.max(1, Math.min(32, Math.round((4 * SUBMIT_MS) / (await take(1)))));
    const times = await rounds(() => take(steps), pause);
    const what = { part: "training", problem: preset, unit: "tokens", variant: null } as const;
    return rowOf(what, trainer.tokensPerStep, trainer.work, peaks, times);
  } finally {
    trainer.destroy();
  }
}
