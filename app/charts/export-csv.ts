import type { ChartCurve } from "./curve.ts";
import type { ChartSettings } from "./settings.ts";
import { smooth } from "./smooth.ts";

interface Column {
  readonly name: string;
  readonly values: Float64Array;
  readonly x: Float64Array;
}

/**
 * All points of a chart's curves as CSV (RFC 4180): a row for each x that some curve has, rising, and a column for
 * each curve; its moving average and its band have columns of their own. No row is thinned out, numbers are whole,
 * and a place without a value is empty.
 *
 * @param xName heading of the first column.
 */
export function chartCsv(
  curves: readonly ChartCurve[],
  { smoothing }: Pick<ChartSettings, "smoothing">,
  xName: string,
): string {
  const columns = curves
    .filter(({ look }) => look !== "ghost")
    .flatMap(({ label, x, y, low, high, look = "line" }): Column[] => [
      { name: label, values: y, x },
      ...(smoothing > 0 && look === "line"
        ? [{ name: `${label} (smoothed ${smoothing})`, values: smooth(y, smoothing), x }]
        : []),
      ...(low ? [{ name: `${label} (low)`, values: low, x }] : []),
      ...(high ? [{ name: `${label} (high)`, values: high, x }] : []),
    ]);
  // A series over another series may come back to the same x: each time is a row of its own.
  const rows = new Map<string, { readonly x: number; readonly cells: string[] }>();
  columns.forEach(({ values, x }, at) => {
    const seen = new Map<number, number>();
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      const position = x[row] as number;
      if (!Number.isFinite(value) || !Number.isFinite(position)) continue;
      const time = seen.get(position) ?? 0;
      seen.set(position, time + 1);
      const key = `${position} ${time}`;
      const found = rows.get(key) ?? { x: position, cells: [] };
      found.cells[at] = String(value);
      rows.set(key, found);
    }
  });
  const sorted = [...rows.values()].sort((one, other) => one.x - other.x);
  return [
    [xName, ...columns.map(({ name }) => name)].map(quoted).join(","),
    ...sorted.map(({ x, cells }) =>
      [String(x), ...columns.map((_, at) => cells[at] ?? "")].join(","),
    ),
    "",
  ].join("\r\n");
}

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
