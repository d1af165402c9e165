// The rows of the page, from the archive and from what this tab trains.
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { type Columns, EMPTY_COLUMNS } from "../../lib/columns.ts";
import { matchesFilter, parseFilter } from "../../lib/run-filter.ts";
import { useThrottledStore } from "../../lib/use-throttled-store.ts";
import { fetchHistories, forgetHistory, refreshArchive } from "../../session/archive.ts";
import { type ArchiveState, archiveStore, tickedIds } from "../../stores/archive.ts";
import { metricsStore } from "../../stores/metrics.ts";
import { type RunRow, rowsOf, subjectOf } from "../../stores/run-rows.ts";
import { isLive, runsStore } from "../../stores/runs.ts";
import { sessionStore } from "../../stores/session.ts";

/** The table's numbers are read, not raced after. */
const TABLE_MS = 1_000;
const CHART_MS = 250;

const allRuns = ({ byId }: ReturnType<typeof runsStore.getState>) => byId;
const allMetrics = ({ byRun }: ReturnType<typeof metricsStore.getState>) => byRun;

/** Every run, newest first; null until they have been listed. */
export function useRunRows(): readonly RunRow[] | null {
  const kept = useStore(archiveStore, ({ runs }) => runs);
  const baselineId = useStore(archiveStore, (state) => state.baselineId);
  const device = useStore(sessionStore, (state) => state.device?.description ?? "");
  const byId = useThrottledStore(runsStore, allRuns, TABLE_MS);
  const metrics = useThrottledStore(metricsStore, allMetrics, TABLE_MS);
  return useMemo(
    () => kept && rowsOf(kept, { byId, metrics, device, now: Date.now() }, baselineId),
    [kept, byId, metrics, device, baselineId],
  );
}

/** Lists the runs when the page opens, when it is looked at again, and when one of this tab's changes its phase. */
export function useFreshArchive(): void {
  useEffect(() => {
    void refreshArchive();
    const onVisible = () => {
      if (document.visibilityState === "visible") void refreshArchive();
    };
    document.addEventListener("visibilitychange", onVisible);
    const phasesOf = () => {
      const { byId } = runsStore.getState();
      return Object.fromEntries(Object.values(byId).map((run) => [run.runId, run.phase]));
    };
    let phases = phasesOf();
    const unsubscribe = runsStore.subscribe(() => {
      const next = phasesOf();
      const changed = Object.keys(next).filter((runId) => next[runId] !== phases[runId]);
      phases = next;
      if (changed.length === 0) return;
      for (const runId of changed) forgetHistory(runId);
      void refreshArchive();
    });
    return () => {
      unsubscribe();
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);
}

/** Rows that the filter lets through, and those with one of the chosen statuses. */
export function useFiltered(rows: readonly RunRow[]): readonly RunRow[] {
  const filter = useStore(archiveStore, (state) => state.filter);
  const statuses = useStore(archiveStore, (state) => state.statuses);
  return useMemo(() => {
    const terms = parseFilter(filter);
    return rows.filter(
      (row) =>
        (statuses.length === 0 || statuses.includes(row.status)) &&
        (terms.length === 0 || matchesFilter(terms, subjectOf(row))),
    );
  }, [rows, filter, statuses]);
}

/** Ticked rows, in the order of ticking. */
export function useTicked(rows: readonly RunRow[]): readonly RunRow[] {
  const ticked = useStore(archiveStore, (state: ArchiveState) => state.ticked);
  return useMemo(() => {
    const byId = new Map(rows.map((row) => [row.runId, row]));
    return tickedIds(ticked, rows).map((runId) => byId.get(runId) as RunRow);
  }, [rows, ticked]);
}

/** Numbers of some runs: of this tab's as they come, of others once they have been fetched. */
export function useHistories(rows: readonly RunRow[]): Readonly<Record<string, Columns>> {
  const fetched = useStore(archiveStore, (state) => state.histories);
  const metrics = useThrottledStore(metricsStore, allMetrics, CHART_MS);
  const wanted = rows.map(({ runId }) => runId).join("\n");
  useEffect(() => {
    const { byRun } = metricsStore.getState();
    const { byId } = runsStore.getState();
    const isHere = (runId: string) => {
      const run = byId[runId];
      return run !== undefined && isLive(run) && byRun[runId] !== undefined;
    };
    const missing = wanted
      .split("\n")
      .filter((runId) => runId !== "" && !fetched[runId] && !isHere(runId));
    void fetchHistories(missing);
  }, [wanted, fetched]);
  return useMemo(
    () =>
      Object.fromEntries(
        wanted
          .split("\n")
          .map((runId) => [runId, metrics[runId] ?? fetched[runId] ?? EMPTY_COLUMNS]),
      ),
    [wanted, fetched, metrics],
  );
}
