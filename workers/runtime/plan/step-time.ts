// How long work will take: its operations and bytes over what the device can do at most, by the share of
// that which kernels reach, corrected by runs that were measured there.
import type { AdapterClass } from "../../../kernels/core/adapter.ts";
import type { Work } from "../../../kernels/core/profile.ts";
import type { AdapterSpeed, MeasuredStep, PredictedTime, SpeedBasis } from "../../api/plan.ts";

/** What kernels reach of the peaks in whole steps, and what a dispatch takes beside its work. */
interface Reach {
  readonly flops: number;
  readonly bytes: number;
  readonly dispatchMs: number;
}

/** A device of a class as it is usually met; by core for those in software. */
interface Shipped {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly isPerCore: boolean;
  readonly reach: Reach;
}

/** docs/LOG.md says where the first two come from; the last is a middling graphics card. */
const SHIPPED: Readonly<Record<AdapterClass, Shipped>> = {
  lavapipe: {
    flopsPerSecond: 15e9,
    bytesPerSecond: 2.5e9,
    isPerCore: true,
    reach: { flops: 0.3, bytes: 0.25, dispatchMs: 0.04 },
  },
  swiftshader: {
    flopsPerSecond: 4e9,
    bytesPerSecond: 1e9,
    isPerCore: true,
    reach: { flops: 0.3, bytes: 0.25, dispatchMs: 0.05 },
  },
  gpu: {
    flopsPerSecond: 5e12,
    bytesPerSecond: 2e11,
    isPerCore: false,
    reach: { flops: 0.3, bytes: 0.5, dispatchMs: 0.008 },
  },
};

/** A step is rarely further off than by this factor, by what the prediction rests on. */
const SPREAD: Readonly<Record<SpeedBasis, number>> = { shipped: 4, measured: 2.5, run: 1.4 };

export interface Speed extends AdapterSpeed {
  readonly adapterClass: AdapterClass;
  /** Of the machine; adapters in software share them. */
  readonly cores: number;
}

/** What the work should take at this kind of device's usual share of its peaks, in milliseconds. */
export function modelTime(work: readonly Work[], { adapterClass, cores, peaks }: Speed): number {
  const { reach, isPerCore, ...usual } = SHIPPED[adapterClass];
  const times = isPerCore ? Math.max(1, cores) : 1;
  const flopsPerSecond = peaks?.flopsPerSecond ?? usual.flopsPerSecond * times;
  const bytesPerSecond = peaks
    ? Math.max(...peaks.bandwidths.map((row) => row.bytesPerSecond))
    : usual.bytesPerSecond * times;
  let seconds = 0;
  for (const { flops, bytes } of work)
    seconds +=
      flops / (flopsPerSecond * reach.flops) +
      bytes / (bytesPerSecond * reach.bytes) +
      reach.dispatchMs / 1e3;
  return 1e3 * seconds;
}

/** Runs whose steps were so many times longer or shorter say less about this one than the model does. */
const MOST_ALIKE = 30;

/** The run that is most like this work, where one is. */
function nearest(modelMs: number, measured: readonly MeasuredStep[]): MeasuredStep | null {
  const distance = (run: MeasuredStep) => Math.abs(Math.log(run.modelMs / modelMs));
  let best: MeasuredStep | null = null;
  // Of two that are alike, the newer: `<=`.
  for (const run of measured)
    if (distance(run) < Math.log(MOST_ALIKE) && (!best || distance(run) <= distance(best) + 0.1))
      best = run;
  return best;
}

/** How far the model is off here, and how much to trust that. */
export function correctionFor(
  modelMs: number,
  { measured, peaks }: Speed,
): { readonly factor: number; readonly spread: number; readonly basis: SpeedBasis } {
  const run = nearest(modelMs, measured);
  if (!run) {
    const basis = peaks ? "measured" : "shipped";
    return { factor: 1, spread: SPREAD[basis], basis };
  }
  // The less alike, the less it says.
  const apart = Math.abs(Math.log(run.modelMs / modelMs)) / Math.log(MOST_ALIKE);
  const spread = SPREAD.run * (SPREAD.measured / SPREAD.run) ** apart;
  return { factor: run.milliseconds / run.modelMs, spread, basis: "run" };
}

/** A time with its bounds. */
export const within = (milliseconds: number, spread: number): PredictedTime => ({
  milliseconds,
  low: milliseconds / spread,
  high: milliseconds * spread,
});
