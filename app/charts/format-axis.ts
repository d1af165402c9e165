// Positions and ticks of an x axis in words.
import {
  formatCompact,
  formatCount,
  formatDuration,
  formatMeasure,
  formatTick,
} from "../lib/format.ts";
import type { Scale } from "./scale.ts";
import { isTimeAxis, type XAxis } from "./settings.ts";

/** A position on an axis, as a reading says it; without the axis' name. */
export function formatPosition(xAxis: XAxis, value: number): string {
  if (xAxis === "step") return formatCount(value);
  if (xAxis === "tokens") return value < 1e6 ? formatCount(value) : formatCompact(value);
  if (isTimeAxis(xAxis)) return formatDuration(value);
  return formatMeasure(value);
}

/** Smallest distance of neighbouring ticks: how finely their labels must tell them apart. */
const stepBetween = (ticks: readonly number[]): number =>
  ticks.reduce(
    (least, tick, i) => (i === 0 ? least : Math.min(least, tick - (ticks[i - 1] as number))),
    Number.POSITIVE_INFINITY,
  );

/** A number from here on does not fit beside an axis written out. */
const LONG = 100_000;

/** Labels of an axis' ticks. On a log axis each says as many digits as it has. */
export function tickLabels({ log }: Scale, ticks: readonly number[]): string[] {
  const step = stepBetween(ticks);
  const isCompact = ticks.some((tick) => Math.abs(tick) >= LONG);
  return ticks.map((tick) => {
    const own = log || !Number.isFinite(step) ? Math.min(step, Math.abs(tick) || 1) : step;
    return formatTick(tick, own, isCompact);
  });
}

/** Units that time is counted in, by the length of the axis. */
const TIME_UNITS = [
  { name: "second", seconds: 1, upTo: 180 },
  { name: "minute", seconds: 60, upTo: 3 * 3_600 },
  { name: "hour", seconds: 3_600, upTo: Number.POSITIVE_INFINITY },
] as const;

export const timeUnit = (scale: Scale) =>
  TIME_UNITS.find(({ upTo }) => scale.to <= upTo) ?? TIME_UNITS[2];
