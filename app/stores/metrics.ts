import { createStore } from "zustand/vanilla";
import type { MetricBatch } from "../../workers/api/runs.ts";
import { appendColumns, type Columns, EMPTY_COLUMNS } from "../lib/columns.ts";

interface MetricsState {
  readonly byRun: Readonly<Record<string, Columns>>;
}

/** Vanilla store: session code writes it without React, components read it with `useStore`. */
export const metricsStore = createStore<MetricsState>(() => ({ byRun: {} }));

/** Appends a worker batch. Called once per batch (about 10 Hz), not once per step. */
export function appendMetrics(runId: string, batch: MetricBatch): void {
  metricsStore.setState(({ byRun }) => ({
    byRun: { ...byRun, [runId]: appendColumns(byRun[runId] ?? EMPTY_COLUMNS, batch) },
  }));
}

/** Forgets a run's history. */
export function dropMetrics(runId: string): void {
  metricsStore.setState(({ byRun: { [runId]: _, ...byRun } }) => ({ byRun }));
}

/** Selector factory; returns a stable reference until that run grows. */
export const columnsOfRun =
  (runId: string | null) =>
  ({ byRun }: MetricsState): Columns =>
    (runId === null ? undefined : byRun[runId]) ?? EMPTY_COLUMNS;
