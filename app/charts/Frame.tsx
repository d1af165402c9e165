// Axes and grid: Recharts' part of a chart. It is drawn again only when a tick or a size changes; new points go
// past it.
import { memo } from "react";
import { CartesianGrid, LineChart, XAxis, YAxis } from "recharts";
import type { FrameTick } from "./frame-ticks.ts";
import { AXIS_HEIGHT, AXIS_WIDTH } from "./plot.ts";

export interface FrameProps {
  readonly width: number;
  readonly height: number;
  readonly xTicks: readonly FrameTick[];
  readonly yTicks: readonly FrameTick[];
}

const MARGIN = { top: 8, right: 14, bottom: 0, left: 0 };
const WHOLE = [0, 1];
const NO_ROWS: readonly object[] = [];

const placesOf = (ticks: readonly FrameTick[]): number[] => ticks.map(({ place }) => place);

const labelOf =
  (ticks: readonly FrameTick[]) =>
  (place: number): string =>
    ticks.find((tick) => tick.place === place)?.label ?? "";

/** Recharts places ticks linearly, so it gets their places and not their values. */
export const Frame = memo(function Frame({ width, height, xTicks, yTicks }: FrameProps) {
  return (
    <LineChart
      width={width}
      height={height}
      data={NO_ROWS as object[]}
      margin={MARGIN}
      accessibilityLayer={false}
      aria-hidden="true"
    >
      <CartesianGrid vertical={false} stroke="var(--v-line)" />
      <XAxis
        dataKey="x"
        type="number"
        domain={WHOLE}
        ticks={placesOf(xTicks)}
        tickFormatter={labelOf(xTicks)}
        allowDataOverflow
        tickLine={false}
        axisLine={{ stroke: "var(--v-line)" }}
        height={AXIS_HEIGHT}
      />
      <YAxis
        dataKey="y"
        type="number"
        domain={WHOLE}
        ticks={placesOf(yTicks)}
        tickFormatter={labelOf(yTicks)}
        interval={0}
        allowDataOverflow
        tickLine={false}
        axisLine={false}
        width={AXIS_WIDTH}
      />
    </LineChart>
  );
}, isSame);

function isSame(one: FrameProps, other: FrameProps): boolean {
  return (
    one.width === other.width &&
    one.height === other.height &&
    areSame(one.xTicks, other.xTicks) &&
    areSame(one.yTicks, other.yTicks)
  );
}

const areSame = (one: readonly FrameTick[], other: readonly FrameTick[]): boolean =>
  one.length === other.length &&
  one.every(({ place, label }, i) => place === other[i]?.place && label === other[i]?.label);
