// Ticks of an axis as places and labels; those of time in the unit that suits the axis' length.
import { formatUnit } from "../lib/format.ts";
import { tickLabels, timeUnit } from "./format-axis.ts";
import type { Scale } from "./scale.ts";
import { isTimeAxis, type XAxis } from "./settings.ts";

export interface FrameTick {
  /** Share of the way along the axis. */
  readonly place: number;
  readonly label: string;
}

/** @param xAxis null for an axis of values. */
export function frameTicks(
  xAxis: XAxis | null,
  scale: Scale,
  ticks: readonly number[],
): readonly FrameTick[] {
  const labels =
    xAxis !== null && isTimeAxis(xAxis) ? timeLabels(scale, ticks) : tickLabels(scale, ticks);
  return ticks.map((tick, i) => ({ place: scale.place(tick), label: labels[i] as string }));
}

function timeLabels(scale: Scale, ticks: readonly number[]): string[] {
  const { name, seconds } = timeUnit(scale);
  return ticks.map((tick) => formatUnit(tick / seconds, name));
}
