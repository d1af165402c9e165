// Measuring which kernels are fastest on a device. A variant is judged first: whatever its speed, it
// serves only where its values agree with the plain one's. The result is a table for runs that start
// later; no run measures anything.
import { relativeError } from "../../kernels/core/close.ts";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import { quantile } from "../../kernels/core/profile.ts";
import { rowName } from "../../kernels/core/variants.ts";
import { type ClassSamples, TUNED, type TunedFamily } from "../../kernels/tuned.ts";
import type { TunedRow, TunedVariant, Tuning, TuningProgress } from "../api/device.ts";
import { choicesOf, profileWith, SampleWork } from "./sample-work.ts";
import { adapterName } from "./variant-table.ts";

export interface TuneOptions {
  /** What to measure; everything that has a choice where absent. */
  readonly families?: readonly TunedFamily[];
  readonly onProgress?: (progress: TuningProgress) => void;
  readonly signal?: AbortSignal;
  /** Called between submits: others get the thread and the GPU there. */
  readonly between?: () => Promise<void>;
}

/** A median must be this much below the shipped one's to take its row: less may be chance. */
const LEAST_GAIN = 0.05;
/** After so many rounds, variants this much slower than the fastest are timed no more. */
const FIRST_ROUNDS = 2;
const OUT_OF_REACH = 1.5;
/** Rounds of the others; fewer where they take longer than the budget, but some. */
const ROUNDS = 15;
const LEAST_ROUNDS = 5;
const BUDGET_MS = 3_000;
/** Work is repeated in one submit until it takes about this long: far above what a submit costs. */
const SUBMIT_MS = 8;
const MOST_REPEATS = 256;

/** A variant that may serve, with the milliseconds it took. */
interface Contender {
  readonly name: string;
  readonly error: number;
  readonly work: SampleWork;
  readonly times: number[];
}

/** Values that a class's problems have by one variant; empty where it does not serve one. */
type Values = readonly (readonly Float32Array[])[];

/**
 * Judges and times every variant of every family.
 *
 * @throws FaultError where a plain variant cannot run or the device fails; the signal's reason once
 *   it is aborted.
 */
export async function tune(gpu: Gpu, options: TuneOptions = {}): Promise<Tuning> {
  const { families = TUNED, onProgress, signal } = options;
  const between = options.between ?? (() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
  const pause = async (): Promise<void> => {
    await between();
    signal?.throwIfAborted();
  };
  const rows = families.flatMap((tuned) =>
    tuned.family.classes.map((shapeClass) => ({ tuned, shapeClass })),
  );
  const total = rows.reduce((n, { tuned }) => n + tuned.family.variants.length, 0);
  let done = 0;
  const report: TunedRow[] = [];
  for (const { tuned, shapeClass } of rows) {
    const row = rowName(tuned.family.name, shapeClass);
    const told = async (): Promise<void> => {
      onProgress?.({ row, done: done++, total });
      await pause();
    };
    report.push(await tuneRow(gpu, tuned, shapeClass, row, told, pause));
  }
  gpu.assertHealthy();
  const last = report.at(-1);
  if (last) onProgress?.({ row: last.row, done: total, total });
  return {
    adapter: adapterName(gpu),
    rows: Object.fromEntries(
      report.flatMap(({ row, shipped, chosen }) => (chosen === shipped ? [] : [[row, chosen]])),
    ),
    report,
  };
}

async function tuneRow(
  gpu: Gpu,
  tuned: TunedFamily,
  shapeClass: string,
  row: string,
  told: () => Promise<void>,
  pause: () => Promise<void>,
): Promise<TunedRow> {
  const { family } = tuned;
  const { timed: sample, judged } = tuned.samples(shapeClass, gpu.profile.adapterClass);
  const others = family.variants.slice(1);
  // What only the plain variant does here has nothing to be compared with.
  const compared = judged.filter((one) =>
    others.some(({ name }) => canServe(gpu, tuned, name, one)),
  );
  const samples: ClassSamples = { timed: sample, judged: compared };
  const shipped = family.shipped(gpu.profile.adapterClass, shapeClass);
  const contenders: Contender[] = [];
  const refused: TunedVariant[] = [];
  let wanted: Values | null = null;
  try {
    for (const { name } of family.variants) {
      await told();
      if (!canServe(gpu, tuned, name, samples.timed)) continue;
      let found: Judged;
      try {
        found = await judge(gpu, tuned, name, samples, wanted);
      } catch (error) {
        // Not the variant's fault where there is no device any more; and nothing is left without plain.
        gpu.assertHealthy();
        if (!wanted) throw error;
        refused.push(refusal(name, null, faultOf(error).message));
        continue;
      }
      if (!wanted && !found.values.flat().every((numbers) => numbers.every(Number.isFinite))) {
        found.work.destroy();
        throw new FaultError(
          "gpu-error",
          `${row}: the values of the plain kernel must be finite; on this device they are not.`,
          "Its arithmetic cannot be trusted. Update the graphics driver, or choose another adapter.",
        );
      }
      wanted ??= found.values;
      if (found.error <= tuned.tolerance)
        contenders.push({ name, error: found.error, work: found.work, times: [] });
      else {
        found.work.destroy();
        refused.push(refusal(name, found.error, differs(found.error, tuned.tolerance)));
      }
    }
    const finalists = (await race(contenders, shipped, pause)).map(({ name }) => name);
    const timed = contenders.map(timingOf);
    const isRefused = refused.some(({ name }) => name === shipped);
    return {
      row,
      shipped,
      chosen: winner(timed, finalists, shipped) ?? (isRefused ? plainOf(tuned) : shipped),
      variants: [...timed, ...refused],
    };
  } finally {
    for (const { work } of contenders) work.destroy();
  }
}

/** Whether the variant itself does the class's work here, not the plain one in its place. */
function canServe(
  gpu: Gpu,
  { family }: TunedFamily,
  variant: string,
  sample: ClassSamples["timed"],
): boolean {
  const choices = choicesOf(sample, profileWith(gpu, family, variant));
  return choices
    .filter(({ row }) => row.startsWith(rowName(family.name, "")))
    .every(({ served }) => served === variant);
}

const plainOf = ({ family }: TunedFamily): string => family.variants[0]?.name ?? "";

interface Judged {
  /** Of what is timed; ready to be run again. */
  readonly work: SampleWork;
  readonly values: Values;
  readonly error: number;
}

/** Runs a class's problems by one variant; against nothing, where it is the plain one. */
async function judge(
  gpu: Gpu,
  tuned: TunedFamily,
  variant: string,
  { timed, judged }: ClassSamples,
  wanted: Values | null,
): Promise<Judged> {
  const profile = profileWith(gpu, tuned.family, variant);
  const values: (readonly Float32Array[])[] = [];
  let kept: SampleWork | null = null;
  try {
    for (const sample of [timed, ...judged]) {
      if (wanted && !canServe(gpu, tuned, variant, sample)) {
        values.push([]);
        continue;
      }
      const work = await SampleWork.compile(gpu, sample, profile);
      try {
        await work.run();
        values.push(await work.values());
      } catch (error) {
        work.destroy();
        throw error;
      }
      if (kept) work.destroy();
      else kept = work;
    }
  } catch (error) {
    kept?.destroy();
    throw error;
  }
  const errors = values.flatMap((arrays, s) =>
    arrays.map((got, i) => {
      const want = wanted ? wanted[s]?.[i] : got;
      return relativeError(got, want ?? []);
    }),
  );
  return { work: kept as SampleWork, values, error: Math.max(...errors) };
}

/** Times all in turn, so that a slow moment is slow for all of them. @returns those timed to the end. */
async function race(
  contenders: readonly Contender[],
  shipped: string,
  pause: () => Promise<void>,
): Promise<readonly Contender[]> {
  const base = baseOf(contenders, shipped);
  const repeats = await base.work.repeatsFor(SUBMIT_MS, MOST_REPEATS, pause);
  const end = performance.now() + BUDGET_MS;
  let running = contenders;
  for (let round = 1; round <= ROUNDS; round++) {
    if (round > LEAST_ROUNDS && performance.now() > end) break;
    for (const { work, times } of running) {
      const from = performance.now();
      await work.run(repeats);
      times.push((performance.now() - from) / repeats);
      await pause();
    }
    if (round !== FIRST_ROUNDS) continue;
    const reach = OUT_OF_REACH * Math.min(...running.map(({ times }) => Math.min(...times)));
    running = running.filter((one) => one === base || Math.min(...one.times) <= reach);
  }
  return running;
}

/** What others are measured against: the shipped variant, or the plain one where that one may not serve. */
const baseOf = <T extends { readonly name: string }>(all: readonly T[], shipped: string): T =>
  all.find(({ name }) => name === shipped) ?? (all[0] as T);

function winner(
  timed: readonly TunedVariant[],
  finalists: readonly string[],
  shipped: string,
): string | null {
  const { milliseconds: base } = baseOf(timed, shipped);
  const better = timed
    .flatMap(({ name, milliseconds }) => (milliseconds ? [{ name, ...milliseconds }] : []))
    .filter(
      ({ name, median, high }) =>
        finalists.includes(name) &&
        base !== null &&
        median <= (1 - LEAST_GAIN) * base.median &&
        high < base.low,
    )
    .sort((a, b) => a.median - b.median);
  return better[0]?.name ?? null;
}

function timingOf({ name, error, times }: Contender): TunedVariant {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    name,
    milliseconds: {
      median: quantile(sorted, 0.5),
      low: quantile(sorted, 0.25),
      high: quantile(sorted, 0.75),
    },
    error,
    rejected: null,
  };
}

/** JSON has no infinity: where values are not even finite there is no error to tell. */
const refusal = (name: string, error: number | null, rejected: string): TunedVariant => ({
  name,
  milliseconds: null,
  error: error !== null && Number.isFinite(error) ? error : null,
  rejected,
});

const differs = (error: number, tolerance: number): string =>
  `Its values must be within ${tolerance} of the plain kernel's, relative to the largest; ${
    Number.isFinite(error) ? `they are ${error.toPrecision(3)} off` : "some are not finite"
  }.`;
