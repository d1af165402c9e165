// The columns of the table of runs: what each shows, how it sorts, how it is written.
import type { ParseKeys, TFunction } from "i18next";
import type { Cell, Table } from "../../exports/tables.ts";
import { leafText } from "../../lib/config-leaves.ts";
import {
  formatAgo,
  formatCompact,
  formatCount,
  formatDuration,
  formatLoss,
} from "../../lib/format.ts";
import type { RunRow } from "../../stores/run-rows.ts";

type T = TFunction<"runs">;
type SortValue = string | number | null;

export interface RunColumn {
  readonly id: string;
  readonly isNumeric: boolean;
  /** What rows are put in order by; null comes last, whichever way. */
  readonly value: (row: RunRow) => SortValue;
  readonly text: (row: RunRow, t: T) => string;
  /** The whole of what `text` shortens, for whoever points at it. */
  readonly exact?: (row: RunRow) => string;
}

const number = (
  id: string,
  value: (row: RunRow) => number | null,
  format: (value: number) => string,
  exact?: (value: number) => string,
): RunColumn => ({
  id,
  isNumeric: true,
  value,
  text: (row) => shown(value(row), format),
  ...(exact ? { exact: (row) => shown(value(row), exact) } : {}),
});

const DASH = "–";
const shown = (value: number | null, format: (value: number) => string): string =>
  value === null ? DASH : format(value);

/** Everything that is known of every run, in the order of the table; the label stands before them. */
export const MEASURED_COLUMNS = [
  {
    id: "status",
    isNumeric: false,
    value: ({ status }) => status,
    text: ({ status }, t) => t(`status.${status}`),
  },
  {
    ...number("steps", ({ steps }) => steps, formatCount),
    exact: ({ steps, maxSteps }) => `${formatCount(steps)} / ${formatCount(maxSteps)}`,
  },
  number("trainLoss", ({ trainLoss }) => trainLoss, formatLoss),
  number("valLoss", ({ valLoss }) => valLoss, formatLoss),
  number("bits", ({ bits }) => bits, formatLoss),
  number("tokens", ({ tokens }) => tokens, formatCompact, formatCount),
  number("time", ({ seconds }) => seconds, formatDuration),
  number("speed", ({ tokensPerSecond }) => tokensPerSecond, formatCount),
  number("parameters", ({ parameters }) => parameters, formatCompact, formatCount),
  {
    id: "created",
    isNumeric: true,
    value: ({ createdAt }) => createdAt,
    text: ({ createdAt }) => formatAgo(Date.now() - createdAt),
    exact: ({ createdAt }) => new Date(createdAt).toLocaleString(),
  },
  {
    id: "tags",
    isNumeric: false,
    value: ({ tags }) => (tags.length === 0 ? null : tags.join(", ")),
    text: ({ tags }) => tags.join(", "),
  },
  {
    id: "notes",
    isNumeric: false,
    value: ({ notes }) => notes || null,
    text: ({ notes }) => notes,
  },
  {
    id: "device",
    isNumeric: false,
    value: ({ device }) => device || null,
    text: ({ device }) => device || DASH,
  },
] as const satisfies readonly RunColumn[];

export type MeasuredColumnId = (typeof MEASURED_COLUMNS)[number]["id"];

const SETTING = "set:";

/** Id of the column that shows a setting. */
export const settingColumnId = (path: string): string => SETTING + path;

const settingColumn = (path: string): RunColumn => ({
  id: settingColumnId(path),
  isNumeric: false,
  value: ({ leaves }) => {
    const value = leaves.get(path);
    return value === undefined ? null : typeof value === "number" ? value : String(value);
  },
  text: ({ leaves }) => leafText(leaves.get(path)),
});

const LABEL: RunColumn = {
  id: "label",
  isNumeric: false,
  value: ({ label }) => label.text,
  text: ({ label }) => label.text,
};

/** The label, then the chosen ones in the table's own order, then chosen settings. */
export function columnsOf(chosen: readonly string[]): readonly RunColumn[] {
  const settings = chosen.filter((id) => id.startsWith(SETTING));
  return [
    LABEL,
    ...MEASURED_COLUMNS.filter(({ id }) => chosen.includes(id)),
    ...settings.map((id) => settingColumn(id.slice(SETTING.length))),
  ];
}

const isMeasured = (id: string): id is MeasuredColumnId =>
  MEASURED_COLUMNS.some((column) => column.id === id);

/** What stands above a column, with its unit where it has one. */
export function headerOf(
  id: string,
  t: T,
): { readonly name: string; readonly unit: string | null } {
  if (id.startsWith(SETTING)) return { name: id.slice(id.lastIndexOf(".") + 1), unit: null };
  const key: ParseKeys<"runs"> = isMeasured(id) ? `column.${id}` : "column.label";
  const unit = UNITS[id as MeasuredColumnId];
  return { name: t(key), unit: unit === undefined ? null : t(`unit.${unit}`) };
}

const UNITS: Readonly<
  Partial<Record<MeasuredColumnId, "last" | "best" | "atBest" | "tokensPerSecond">>
> = {
  trainLoss: "last",
  valLoss: "best",
  bits: "atBest",
  speed: "tokensPerSecond",
};

/** Rows in order of a column. Text sorts as people read it: "run 2" before "run 10". */
export function sorted(
  rows: readonly RunRow[],
  column: RunColumn,
  descending: boolean,
  language: string,
): readonly RunRow[] {
  const collator = new Intl.Collator(language, { numeric: true });
  const compare = (one: SortValue, other: SortValue): number => {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return collator.compare(String(one), String(other));
  };
  return [...rows].sort((first, second) => {
    const one = column.value(first);
    const other = column.value(second);
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return (descending ? -1 : 1) * compare(one, other);
  });
}

/** The table as data: values as they are, or as they are written on the page. */
export function tableOf(
  rows: readonly RunRow[],
  columns: readonly RunColumn[],
  t: T,
  form: "value" | "text",
): Table {
  const cell = (row: RunRow, { id, value, text }: RunColumn): Cell => {
    if (form === "text") return text(row, t);
    return id === "created" ? new Date(row.createdAt).toISOString() : value(row);
  };
  return {
    header: columns.map(({ id }) => {
      const { name, unit } = headerOf(id, t);
      return unit === null ? name : `${name} (${unit})`;
    }),
    rows: rows.map((row) => columns.map((column) => cell(row, column))),
    numeric: columns.map(({ isNumeric }) => isNumeric),
  };
}
