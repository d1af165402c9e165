import type { Columns } from "../lib/columns.ts";
import { downsample } from "../lib/downsample.ts";

/** One curve of a chart. */
export interface Curve {
  readonly id: string;
  readonly label: string;
  readonly columns: Columns;
}

/** A value known at single steps only, such as a validation loss. */
export interface Mark {
  readonly step: number;
  readonly value: number;
}

/** One x position: for each curve its mean, and the reach [least, greatest] around it. */
export interface ChartRow {
  readonly step: number;
  readonly mean: Readonly<Record<string, number>>;
  readonly reach: Readonly<Record<string, readonly [number, number]>>;
  readonly mark: number | null;
}

/** All curves and marks as rows of rising step, at most `buckets` per curve. */
export function chartRows(
  curves: readonly Curve[],
  marks: readonly Mark[],
  maxStep: number,
  buckets: number,
): ChartRow[] {
  interface Draft {
    step: number;
    mean: Record<string, number>;
    reach: Record<string, readonly [number, number]>;
    mark: number | null;
  }
  const rows = new Map<number, Draft>();
  const rowAt = (step: number): Draft => {
    const found = rows.get(step) ?? { step, mean: {}, reach: {}, mark: null };
    rows.set(step, found);
    return found;
  };
  for (const { id, columns } of curves)
    for (const { step, mean, min, max } of downsample(
      columns,
      "train/loss",
      { from: 0, to: maxStep },
      buckets,
    )) {
      const row = rowAt(step);
      row.mean[id] = mean;
      row.reach[id] = [min, max];
    }
  for (const { step, value } of marks) if (step <= maxStep) rowAt(step).mark = value;
  return [...rows.values()].sort((one, other) => one.step - other.step);
}

/** A value axis from zero that is not moved by small changes: its top is one of few round numbers. */
export function axisTop(rows: readonly ChartRow[]): number {
  let top = 0;
  for (const { mean, mark } of rows) {
    for (const value of Object.values(mean)) if (value > top) top = value;
    if (mark !== null && mark > top) top = mark;
  }
  if (top === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(top));
  const round = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= top);
  return (round ?? 10) * power;
}

/** About `count` round positions from 0 to `max`. */
export function axisTicks(max: number, count: number): number[] {
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let tick = 0; tick <= max + step * 1e-6; tick += step)
    ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

/** Where a step and a value lie on the page, in pixels. */
export interface Plot {
  x(step: number): number;
  y(value: number): number;
}

/** Half a pixel is finer than is seen; long decimals are bytes the browser has to parse. */
const pixel = (value: number): string => value.toFixed(1);

/** One line through every row that has a value. */
export function linePath(
  rows: readonly ChartRow[],
  readValue: (row: ChartRow) => number | undefined,
  plot: Plot,
): string {
  let path = "";
  for (const row of rows) {
    const value = readValue(row);
    if (value === undefined) continue;
    path += `${path === "" ? "M" : "L"}${pixel(plot.x(row.step))},${pixel(plot.y(value))}`;
  }
  return path;
}

/** The area between least and greatest; empty where no stretch holds more than one value. */
export function reachPath(
  rows: readonly ChartRow[],
  reachOf: (row: ChartRow) => readonly [number, number] | undefined,
  plot: Plot,
): string {
  let above = "";
  let below = "";
  let isFlat = true;
  for (const row of rows) {
    const reach = reachOf(row);
    if (!reach) continue;
    const [min, max] = reach;
    if (min !== max) isFlat = false;
    const x = pixel(plot.x(row.step));
    above += `${above === "" ? "M" : "L"}${x},${pixel(plot.y(max))}`;
    below = `L${x},${pixel(plot.y(min))}${below}`;
  }
  return isFlat ? "" : `${above}${below}Z`;
}
