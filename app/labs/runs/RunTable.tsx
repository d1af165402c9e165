// The table of runs: sorted by any column, a page of it at a time where it is long.
import { Button, Checkbox, UnstyledButton } from "@mantine/core";
import { memo, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatCount } from "../../lib/format.ts";
import { archiveStore, sortBy, tick } from "../../stores/archive.ts";
import { chartStore } from "../../stores/charts.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { canGroupOver, tonesOf } from "./chart-curves.ts";
import classes from "./RunTable.module.css";
import { RunTableRow } from "./RunTableRow.tsx";
import { columnsOf, headerOf, type RunColumn, sorted } from "./run-columns.ts";
import { TickedBar } from "./TickedBar.tsx";

/** Longer tables come a page at a time: a row costs a few milliseconds. */
const PAGE = 100;

export interface RunTableProps {
  /** What the filter let through. */
  readonly rows: readonly RunRow[];
  readonly ticked: readonly RunRow[];
  readonly total: number;
}

export function RunTable({ rows, ticked, total }: RunTableProps) {
  const { t, i18n } = useTranslation("runs");
  const chosen = useStore(archiveStore, (state) => state.columns);
  const sort = useStore(archiveStore, (state) => state.sort);
  const baselineId = useStore(archiveStore, (state) => state.baselineId);
  const [page, setPage] = useState(0);
  const columns = useMemo(() => columnsOf(chosen), [chosen]);
  const numeric = useMemo(() => numericIds(columns, rows), [columns, rows]);
  const ordered = useMemo(() => {
    const by = columnsOf([sort.column]).find(({ id }) => id === sort.column);
    const inOrder = by ? sorted(rows, by, sort.descending, i18n.language) : rows;
    // The baseline is what others are held against: it stays on top.
    const base = inOrder.find(({ runId }) => runId === baselineId);
    return base ? [base, ...inOrder.filter((row) => row !== base)] : inOrder;
  }, [rows, sort, baselineId, i18n.language]);
  const pages = Math.max(1, Math.ceil(ordered.length / PAGE));
  useEffect(() => {
    if (page >= pages) setPage(pages - 1);
  }, [page, pages]);
  const shown = ordered.slice(page * PAGE, (page + 1) * PAGE);
  const tones = useTones(ticked);
  const tickOne = useTickOne(ticked);
  return (
    <>
      <TickedBar ticked={ticked} rows={ordered} columns={columns} />
      {/* It scrolls sideways, so it must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={classes.frame} aria-label={t("table.scroll")} tabIndex={0}>
        <table className={classes.table}>
          <caption className={classes.hidden}>{t("table.label")}</caption>
          <thead>
            <tr>
              <th scope="col" className={classes.first} aria-sort={ariaSort("label", sort)}>
                <span className={classes.firstCell}>
                  <TickAll rows={ordered} ticked={ticked} />
                  <SortButton id="label" />
                </span>
              </th>
              {columns.slice(1).map(({ id }) => (
                <th
                  key={id}
                  scope="col"
                  data-numeric={numeric.has(id) || undefined}
                  aria-sort={ariaSort(id, sort)}
                >
                  <SortButton id={id} />
                </th>
              ))}
              <th scope="col">
                <span className={classes.hidden}>{t("table.menu")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <RunTableRow
                key={row.runId}
                row={row}
                columns={columns}
                numeric={numeric}
                tone={tones.get(row.runId) ?? null}
                isBaseline={row.runId === baselineId}
                onTick={tickOne}
              />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <Nothing total={total} />}
      </section>
      {pages > 1 && <Pages page={page} pages={pages} of={ordered.length} onPage={setPage} />}
    </>
  );
}

/** The line that each ticked run has in the charts now. */
function useTones(ticked: readonly RunRow[]): ReadonlyMap<string, number> {
  const groupBy = useStore(archiveStore, (state) => state.groupBy);
  const view = useStore(archiveStore, (state) => state.view);
  const xAxis = useStore(chartStore, (state) => state.xAxis);
  const isGrouped = view === "charts" && canGroupOver(xAxis);
  return useMemo(() => tonesOf(ticked, isGrouped ? groupBy : []), [ticked, groupBy, isGrouped]);
}

/** Ticks or unticks one run; stays the same function while the ticked runs do. */
function useTickOne(ticked: readonly RunRow[]) {
  const ids = ticked.map(({ runId }) => runId).join("\n");
  return useMemo(() => {
    const known = ids === "" ? [] : ids.split("\n");
    return (runId: string) =>
      tick(known.includes(runId) ? known.filter((id) => id !== runId) : [...known, runId]);
  }, [ids]);
}

/** Columns of numbers: those that always are, and settings that are numbers in some run. */
const numericIds = (columns: readonly RunColumn[], rows: readonly RunRow[]): ReadonlySet<string> =>
  new Set(
    columns
      .filter(
        (column) => column.isNumeric || rows.some((row) => typeof column.value(row) === "number"),
      )
      .map(({ id }) => id),
  );

const ariaSort = (id: string, sort: { column: string; descending: boolean }) =>
  sort.column !== id ? "none" : sort.descending ? "descending" : "ascending";

const SortButton = memo(function SortButton({ id }: { readonly id: string }) {
  const { t } = useTranslation("runs");
  const sort = useStore(archiveStore, (state) => state.sort);
  const { name, unit } = headerOf(id, t);
  const isSorted = sort.column === id;
  return (
    <UnstyledButton
      className={classes.sort}
      data-sorted={isSorted || undefined}
      title={t("table.sort", { column: name })}
      onClick={() => sortBy(id)}
    >
      <span>
        {name}
        <span className={classes.arrow} aria-hidden="true">
          {isSorted ? (sort.descending ? "↓" : "↑") : ""}
        </span>
      </span>
      {unit && <span className={classes.unit}>{unit}</span>}
    </UnstyledButton>
  );
});

/** More would be a tangle of lines. */
const MOST_TICKED = 50;

function TickAll({
  rows,
  ticked,
}: {
  readonly rows: readonly RunRow[];
  readonly ticked: readonly RunRow[];
}) {
  const { t } = useTranslation("runs");
  const ids = new Set(ticked.map(({ runId }) => runId));
  const reach = rows.slice(0, MOST_TICKED);
  const count = reach.filter(({ runId }) => ids.has(runId)).length;
  const isAll = reach.length > 0 && count === reach.length;
  return (
    <Checkbox
      size="xs"
      aria-label={t("table.tickAll", { count: reach.length })}
      title={t("table.tickAll", { count: reach.length })}
      checked={isAll}
      indeterminate={count > 0 && !isAll}
      onChange={() => tick(isAll ? [] : reach.map(({ runId }) => runId))}
    />
  );
}

function Nothing({ total }: { readonly total: number }) {
  const { t } = useTranslation("runs");
  return (
    <div className={classes.nothing}>
      <p>{t("table.nothing", { count: total })}</p>
      <Button
        variant="default"
        size="xs"
        onClick={() => archiveStore.setState({ filter: "", statuses: [] })}
      >
        {t("table.clear")}
      </Button>
    </div>
  );
}

interface PagesProps {
  readonly page: number;
  readonly pages: number;
  readonly of: number;
  readonly onPage: (page: number) => void;
}

function Pages({ page, pages, of, onPage }: PagesProps) {
  const { t } = useTranslation("runs");
  const first = page * PAGE + 1;
  const last = Math.min(of, (page + 1) * PAGE);
  return (
    <nav className={classes.pages} aria-label={t("pages.label")}>
      <Button variant="default" size="xs" disabled={page === 0} onClick={() => onPage(page - 1)}>
        {t("pages.before")}
      </Button>
      <span>
        {t("pages.range", {
          first: formatCount(first),
          last: formatCount(last),
          of: formatCount(of),
        })}
      </span>
      <Button
        variant="default"
        size="xs"
        disabled={page >= pages - 1}
        onClick={() => onPage(page + 1)}
      >
        {t("pages.after")}
      </Button>
    </nav>
  );
}
