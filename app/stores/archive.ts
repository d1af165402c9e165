// The runs that are kept, and how they are being looked at: which are ticked, what they are compared with, how the
// table stands. The address bar of the Runs page holds what a link should bring back; columns are remembered by the
// browser.
import { createStore } from "zustand/vanilla";
import type { KeptRun, KeptRuns, StoredSample } from "../../workers/api/archive.ts";
import type { Fault } from "../../workers/api/outcome.ts";
import type { Columns } from "../lib/columns.ts";
import type { Spread } from "../lib/group-series.ts";

export const RUN_VIEWS = ["charts", "settings", "samples"] as const;
export type RunView = (typeof RUN_VIEWS)[number];

export interface RunSort {
  readonly column: string;
  readonly descending: boolean;
}

export interface ArchiveState {
  /** Newest first; null until they have been listed. */
  readonly runs: readonly KeptRun[] | null;
  readonly unreadable: KeptRuns["unreadable"];
  /** What went wrong last with the archive itself. */
  readonly fault: Fault | null;
  /** Histories of ticked runs. */
  readonly histories: Readonly<Record<string, Columns>>;
  readonly samples: Readonly<Record<string, readonly StoredSample[]>>;

  /** Ids of ticked runs in the order of ticking; null until somebody has chosen. */
  readonly ticked: readonly string[] | null;
  readonly baselineId: string | null;
  /** The run under the pointer, in the table or in the legend: its line stands out. */
  readonly pointedId: string | null;
  /** The run whose details lie open. */
  readonly openId: string | null;
  readonly filter: string;
  /** Statuses to show; none means all. */
  readonly statuses: readonly string[];
  readonly sort: RunSort;
  readonly view: RunView;
  readonly metrics: readonly string[];
  /** Config paths to group by; none means each run by itself. */
  readonly groupBy: readonly string[];
  readonly spread: Spread;
  readonly onlyDifferences: boolean;
  /** Columns beside the label. */
  readonly columns: readonly string[];
  /** Files are being made. */
  readonly isExporting: boolean;
}

/** The setting that runs are grouped without: all others that differ. */
export const ALL_BUT_SEED = "*";

export const DEFAULT_SORT: RunSort = { column: "created", descending: true };
export const DEFAULT_METRICS = ["train/loss", "val/loss"] as const;
const DEFAULT_COLUMNS = [
  "status",
  "steps",
  "trainLoss",
  "valLoss",
  "bits",
  "time",
  "speed",
  "created",
  "tags",
] as const;

/** Ticked before anybody has chosen: a page of runs shows something at once. */
const FIRST_TICKED = 4;

export const archiveStore = createStore<ArchiveState>(() => ({
  runs: null,
  unreadable: [],
  fault: null,
  histories: {},
  samples: {},
  ticked: null,
  baselineId: null,
  pointedId: null,
  openId: null,
  filter: "",
  statuses: [],
  sort: DEFAULT_SORT,
  view: "charts",
  metrics: DEFAULT_METRICS,
  groupBy: [],
  spread: "range",
  onlyDifferences: true,
  columns: readColumns() ?? DEFAULT_COLUMNS,
  isExporting: false,
}));

/** Ticked runs that there still are; the newest ones while nobody has ticked any. */
export function tickedIds(
  ticked: readonly string[] | null,
  known: readonly { readonly runId: string }[],
): readonly string[] {
  if (ticked === null) return known.slice(0, FIRST_TICKED).map(({ runId }) => runId);
  const ids = new Set(known.map(({ runId }) => runId));
  return ticked.filter((runId) => ids.has(runId));
}

/** Ticks exactly these; what was fetched of others is let go. */
export function tick(ids: readonly string[]): void {
  const kept = new Set(ids);
  const only = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([runId]) => kept.has(runId)));
  archiveStore.setState(({ histories, samples }) => ({
    ticked: ids,
    histories: only(histories),
    samples: only(samples),
  }));
}

/** Sorts by a column; by the same one again, the other way round. Numbers begin with the smallest. */
export function sortBy(column: string): void {
  archiveStore.setState(({ sort }) => ({
    sort: { column, descending: sort.column === column ? !sort.descending : column === "created" },
  }));
}

export const setBaseline = (runId: string | null): void =>
  archiveStore.setState({ baselineId: runId });

/** The run that is pointed at, or none any more. */
export const pointAt = (pointedId: string | null): void => archiveStore.setState({ pointedId });

export const openDetails = (openId: string | null): void => archiveStore.setState({ openId });

const COLUMNS_KEY = "vitrine.runs.columns";

export function chooseColumns(columns: readonly string[]): void {
  archiveStore.setState({ columns });
  try {
    localStorage.setItem(COLUMNS_KEY, JSON.stringify(columns));
  } catch {
    // Private windows may forbid it: the choice lasts as long as the page.
  }
}

function readColumns(): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(COLUMNS_KEY) ?? "null");
    const isList = Array.isArray(value) && value.every((name) => typeof name === "string");
    return isList ? (value as string[]) : null;
  } catch {
    return null;
  }
}
