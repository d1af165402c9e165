// How charts are drawn: one set of choices for all charts of a page.

/** What lies along x: an axis that every row has, or the name of any series. */
export type XAxis = string;

/** Axes that every history has, in the order they are offered. */
export const COMMON_AXES = ["step", "tokens", "seconds"] as const;

/** Known only of runs that this page has watched: the time that went by, with all that is not training. */
export const ELAPSED = "elapsed";

/** Whether positions on an axis are seconds. */
export const isTimeAxis = (xAxis: XAxis): boolean => xAxis === "seconds" || xAxis === ELAPSED;

export interface ChartSettings {
  readonly xAxis: XAxis;
  /** Weight of the past in the moving average, 0 (off) to {@link MAX_SMOOTHING}. */
  readonly smoothing: number;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Whether y shows the 1st to the 99th percentile only, so that single spikes do not flatten the rest. */
  readonly clip: boolean;
}

/** Above it a curve says nothing about the last thousand points. */
export const MAX_SMOOTHING = 0.999;

export const DEFAULT_SETTINGS: ChartSettings = {
  xAxis: "step",
  smoothing: 0,
  logX: false,
  logY: false,
  clip: false,
};

/**
 * The slider's way: from 0 to .999 so that each part of it smooths ten times as far (0.9 in the middle third, 0.99 at
 * two thirds). A factor s averages over about 1 / (1 - s) values.
 */
export function factorAt(place: number): number {
  const factor = 1 - 10 ** (-3 * place);
  return place >= 1 ? MAX_SMOOTHING : Number(factor.toFixed(3));
}

export const placeOf = (factor: number): number =>
  Math.min(1, -Math.log10(1 - Math.min(factor, MAX_SMOOTHING)) / 3);
