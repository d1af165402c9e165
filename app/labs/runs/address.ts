// The Runs page's state as search parameters, and back. What stands there may have been typed by anyone.
import {
  type ArchiveState,
  DEFAULT_METRICS,
  DEFAULT_SORT,
  RUN_VIEWS,
} from "../../stores/archive.ts";
import { RUN_STATUSES } from "../../stores/run-rows.ts";

/** Search parameters of the Runs page, unchecked. */
export type RunsSearch = Readonly<Record<string, unknown>>;

/** The part of the page's state that the address holds. */
type Addressed = Pick<
  ArchiveState,
  | "ticked"
  | "baselineId"
  | "openId"
  | "filter"
  | "statuses"
  | "sort"
  | "view"
  | "metrics"
  | "groupBy"
  | "spread"
  | "onlyDifferences"
>;

/** Only what is not as the page would be anyway. */
export function searchOf(state: Addressed): Record<string, unknown> {
  const { ticked, baselineId, openId, filter, statuses, sort, view, metrics, groupBy, spread } =
    state;
  const isDefaultSort =
    sort.column === DEFAULT_SORT.column && sort.descending === DEFAULT_SORT.descending;
  return {
    ...(ticked === null ? {} : { show: ticked }),
    ...(baselineId === null ? {} : { base: baselineId }),
    ...(openId === null ? {} : { open: openId }),
    ...(filter === "" ? {} : { q: filter }),
    ...(statuses.length === 0 ? {} : { status: statuses }),
    ...(isDefaultSort ? {} : { sort: `${sort.descending ? "-" : ""}${sort.column}` }),
    ...(view === "charts" ? {} : { view }),
    ...(metrics.join() === DEFAULT_METRICS.join() ? {} : { metrics }),
    ...(groupBy.length === 0 ? {} : { group: groupBy }),
    ...(spread === "range" ? {} : { band: spread }),
    ...(state.onlyDifferences ? {} : { all: true }),
  };
}

/** What is missing in the address stays as it stood. */
export function readSearch(search: RunsSearch): Partial<Addressed> {
  const { show, base, open, q, status, sort, view, metrics, group, band, all } = search;
  const found: { -readonly [K in keyof Addressed]?: Addressed[K] } = {};
  if (isNames(show)) found.ticked = show;
  if (typeof base === "string") found.baselineId = base;
  if (typeof open === "string") found.openId = open;
  if (typeof q === "string" || typeof q === "number") found.filter = String(q);
  if (isNames(status))
    found.statuses = status.filter((name) => (RUN_STATUSES as readonly string[]).includes(name));
  if (typeof sort === "string" && sort !== "")
    found.sort = { column: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
  const known = RUN_VIEWS.find((name) => name === view);
  if (known) found.view = known;
  if (isNames(metrics)) found.metrics = metrics;
  if (isNames(group)) found.groupBy = group;
  if (band === "deviation") found.spread = band;
  if (all === true) found.onlyDifferences = false;
  return found;
}

const MAX_NAMES = 500;

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= MAX_NAMES &&
  value.every((name) => typeof name === "string");
