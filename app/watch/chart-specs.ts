// Which charts a run shows beside its loss: a name for each, and the series that belong to it. Pure.
import { type ChartCurve, curveOf } from "../charts/curve.ts";
import type { XAxis } from "../charts/settings.ts";
import type { Columns } from "../lib/columns.ts";

/**
 * A chart by its name: a series, `train/lr`, or all series below a prefix, `norms/grad/*`. The names are what is
 * chosen, kept, and offered in the list.
 */
export type ChartId = string;

/** What a run shows unless somebody chose otherwise. */
export const DEFAULT_CHARTS: readonly ChartId[] = [
  "val/bits_per_byte",
  "train/grad_norm",
  "train/lr",
  "perf/tokens_per_second",
  "norms/grad/*",
  "norms/weight/*",
];

/** Charts that have a title in words, and how their values are looked at. */
export const KNOWN_CHARTS = {
  "train/loss": { title: "loss" },
  "val/loss": { title: "validationLoss" },
  "val/bits_per_byte": { title: "bitsPerByte", fits: true },
  "train/lr": { title: "learningRate" },
  "train/grad_norm": { title: "gradientNorm" },
  "train/loss_scale": { title: "lossScale" },
  "train/skipped": { title: "skipped" },
  "perf/tokens_per_second": { title: "tokensPerSecond" },
  "norms/grad/*": { title: "gradientNorms" },
  "norms/weight/*": { title: "weightNorms", fits: true },
} as const satisfies Record<string, { title: string; fits?: boolean }>;

export type KnownChart = keyof typeof KNOWN_CHARTS;

export const isKnownChart = (id: ChartId): id is KnownChart => id in KNOWN_CHARTS;

/** Below which a family of series lies: `norms/grad/` for `norms/grad/*`; null for a single series. */
const prefixOf = (id: ChartId): string | null => (id.endsWith("/*") ? id.slice(0, -1) : null);

/** The series of a chart, of those there are. */
function seriesOfChart(id: ChartId, names: readonly string[]): readonly string[] {
  const prefix = prefixOf(id);
  return prefix === null ? [id] : names.filter((name) => name.startsWith(prefix));
}

/** Curves of a chart; those of a family are drawn in the order of their parts, from pale to full. */
export function curvesOfChart(
  id: ChartId,
  names: readonly string[],
  columns: Columns,
  xAxis: XAxis,
): readonly ChartCurve[] {
  const prefix = prefixOf(id);
  const series = seriesOfChart(id, names);
  return series.map((name, index) => {
    const label = prefix === null ? name : name.slice(prefix.length);
    return curveOf(columns, name, xAxis, {
      id: name,
      label,
      ...(name.startsWith("val/") ? { look: "dots" as const, tone: 0 } : {}),
      ...(prefix === null ? {} : { rank: series.length === 1 ? 1 : index / (series.length - 1) }),
    });
  });
}

/** A prefix of at least so many series is worth a chart of all of them. */
const FAMILY = 3;

export interface ChartChoice {
  readonly value: ChartId;
  readonly label: string;
  readonly section: string;
}

/**
 * Everything that can be chosen, by prefix: each series, and before them all of a family in one chart. What was
 * chosen stays in the list, whatever this run has.
 *
 * @param labelOf what a chart is called.
 */
export function chartChoices(
  names: readonly string[],
  chosen: readonly ChartId[],
  labelOf: (id: ChartId) => string,
): readonly ChartChoice[] {
  const sections = new Map<string, string[]>();
  for (const name of new Set([...names, ...chosen])) {
    const section = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    sections.set(section, [...(sections.get(section) ?? []), name]);
  }
  return [...sections].flatMap(([section, all]) => {
    const family = `${section}/*`;
    const isFamily =
      all.filter((name) => name !== family).length >= FAMILY && section.includes("/");
    const ids = isFamily && !all.includes(family) ? [family, ...all] : all;
    // The family first, then its members as they came.
    return [...ids]
      .sort((one, other) => Number(other === family) - Number(one === family))
      .map((value) => ({ value, label: labelOf(value), section }));
  });
}
