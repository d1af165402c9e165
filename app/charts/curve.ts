// What a chart draws: named columns of numbers.
import { type Columns, columnOf } from "../lib/columns.ts";
import type { XAxis } from "./settings.ts";

/**
 * One curve. `x` and `y` have one length; rows in which either is not finite are left out. Arrays are only
 * read, and a row that was handed out once must keep its value (`lib/columns.ts` sees to that).
 */
export interface ChartCurve {
  /** Unique in its chart. */
  readonly id: string;
  /** What legend, readings and exports call it. */
  readonly label: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** A band around y, of the same length: least and greatest, or mean less and plus a deviation. */
  readonly low?: Float64Array;
  readonly high?: Float64Array;
  /**
   * `line` is the default; `dots` are for values known here and there, joined by a thin line; a `ghost` is
   * drawn faintly behind everything and read by nobody. Only lines are smoothed.
   */
  readonly look?: "line" | "dots" | "ghost";
  /** Which of the eight tones it has (0 is the accent, 1 is ink); its place in the chart where absent. */
  readonly tone?: number;
  /** Place in an order, 0 to 1, such as the depth of a layer: drawn as lightness in place of a tone. */
  readonly rank?: number;
}

/** A curve of a run's history: one series over an axis that every history has, or over another series. */
export function curveOf(
  columns: Columns,
  metric: string,
  xAxis: XAxis,
  named: Pick<ChartCurve, "id" | "label"> & Partial<Omit<ChartCurve, "x" | "y" | "low" | "high">>,
): ChartCurve {
  const x = columnOf(columns, xAxis);
  const y = columnOf(columns, metric);
  // A run that never had one of them has a curve of no points, not one of unequal columns.
  const length = Math.min(x.length, y.length);
  return { ...named, x: x.subarray(0, length), y: y.subarray(0, length) };
}
