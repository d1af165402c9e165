// What the charts of the ticked runs draw: a curve for each run, or for each group of runs their mean within a band.
import { type ChartCurve, curveOf } from "../../charts/curve.ts";
import { COMMON_AXES, type XAxis } from "../../charts/settings.ts";
import { type Columns, columnOf, EMPTY_COLUMNS, seriesNames } from "../../lib/columns.ts";
import { differingPaths, leafText, shortKeys } from "../../lib/config-leaves.ts";
import { meanOf, type Points, type Spread } from "../../lib/group-series.ts";
import { groupBy as grouped, shortParts, telling } from "../../lib/run-labels.ts";
import { ALL_BUT_SEED } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";

export interface RunGroup {
  readonly id: string;
  /** What its runs share and other groups have otherwise: "learning_rate 0.003". */
  readonly label: string;
  readonly rows: readonly RunRow[];
}

/** Settings that runs could be grouped by: those in which they differ. */
export const groupablePaths = (rows: readonly RunRow[]): readonly string[] =>
  telling(differingPaths(rows.map(({ leaves }) => leaves)));

/** Runs that have the same values at some paths, in the order of their first ones. */
export function groupsOf(rows: readonly RunRow[], groupBy: readonly string[]): readonly RunGroup[] {
  const paths = groupBy.includes(ALL_BUT_SEED)
    ? groupablePaths(rows).filter((path) => path !== "seed")
    : groupBy;
  const keyOf = shortKeys(paths);
  const keys = ({ leaves }: RunRow) =>
    JSON.stringify(paths.map((path) => leaves.get(path) ?? null));
  return [...grouped(rows, keys)].map(([id, members]) => {
    const [first] = members as [RunRow];
    const said = paths.map((path) => `${keyOf(path)} ${leafText(first.leaves.get(path))}`);
    return { id, label: said.join(", ") || first.title, rows: members };
  });
}

/** Which line a run has in the charts, by id: one of its own, or that of its group. */
export function tonesOf(
  rows: readonly RunRow[],
  groupBy: readonly string[],
): ReadonlyMap<string, number> {
  const lines =
    groupBy.length === 0
      ? rows.map((row) => [row])
      : groupsOf(rows, groupBy).map((group) => group.rows);
  return new Map(lines.flatMap((members, tone) => members.map(({ runId }) => [runId, tone])));
}

/** Labels without the title where all have the same: what is left sets them apart. */
export function legendLabels(rows: readonly RunRow[]): ReadonlyMap<string, string> {
  const isOneTitle = new Set(rows.map(({ title }) => title)).size === 1;
  return new Map(
    rows.map(({ runId, label: { text, parts, ordinal } }) => {
      if (!isOneTitle || parts.length === 0) return [runId, text];
      const short = shortParts(parts);
      return [runId, ordinal === null ? short : `${short} (${ordinal})`];
    }),
  );
}

/** Everything that some of the runs have measured, in the order it first came. */
export const measuredBy = (histories: readonly Columns[]): readonly string[] => [
  ...new Set(histories.flatMap(seriesNames)),
];

/** Of fewer values than this share of its rows, a series is drawn as dots. */
const SPARSE = 0.25;

function isSparse(columns: Columns, metric: string): boolean {
  const column = columnOf(columns, metric);
  let known = 0;
  for (const value of column) if (Number.isFinite(value)) known++;
  return known < SPARSE * column.length;
}

/** A curve for each run; its tone is its place among the ticked ones, in every chart. */
export const runCurves = (
  rows: readonly RunRow[],
  histories: Readonly<Record<string, Columns>>,
  metric: string,
  xAxis: XAxis,
): readonly ChartCurve[] => {
  const labels = legendLabels(rows);
  return rows.map(({ runId }, tone) => {
    const columns = histories[runId] ?? EMPTY_COLUMNS;
    const look = isSparse(columns, metric) ? "dots" : "line";
    const label = labels.get(runId) as string;
    return curveOf(columns, metric, xAxis, { id: runId, label, tone, look });
  });
};

/** Means need an x that rises in every run. */
export const canGroupOver = (xAxis: XAxis): boolean =>
  (COMMON_AXES as readonly string[]).includes(xAxis);

export interface GroupCurve extends ChartCurve {
  /** Runs behind the mean. */
  readonly count: number;
}

/** A mean with its band for each group; `nameOf` says how many runs it is of. */
export const groupCurves = (
  groups: readonly RunGroup[],
  histories: Readonly<Record<string, Columns>>,
  metric: string,
  xAxis: XAxis,
  spread: Spread,
  nameOf: (label: string, count: number) => string,
): readonly GroupCurve[] =>
  groups.map(({ id, label, rows }, tone) => {
    const all = rows.map(({ runId }) => histories[runId] ?? EMPTY_COLUMNS);
    const { x, mean, low, high, count } = meanOf(
      all.map((columns) => pointsOf(columns, metric, xAxis)),
      spread,
    );
    const look = all.every((columns) => isSparse(columns, metric)) ? "dots" : "line";
    return { id, label: nameOf(label, count), tone, look, x, y: mean, low, high, count };
  });

/** Rows in which both have a value. */
function pointsOf(columns: Columns, metric: string, xAxis: XAxis): Points {
  const allX = columnOf(columns, xAxis);
  const allY = columnOf(columns, metric);
  const length = Math.min(allX.length, allY.length);
  const x = new Float64Array(length);
  const y = new Float64Array(length);
  let used = 0;
  for (let row = 0; row < length; row++) {
    if (!Number.isFinite(allX[row]) || !Number.isFinite(allY[row])) continue;
    x[used] = allX[row] as number;
    y[used++] = allY[row] as number;
  }
  return { x: x.subarray(0, used), y: y.subarray(0, used) };
}
