import { createStore } from "zustand/vanilla";
import type { MetricBatch, RunPhase } from "../../workers/api/runs.ts";
import { appendColumns, type Columns, EMPTY_COLUMNS } from "../lib/columns.ts";

interface MetricsState {
  readonly byRun: Readonly<Record<string, Columns>>;
}

/** Vanilla store: session code writes it without React, components read it with `useStore`. */
export const metricsStore = createStore<MetricsState>(() => ({ byRun: {} }));

/** Time as it went by on this page while a run was not at rest. */
interface Clock {
  /** Seconds of training before this page watched. */
  before: number;
  /** Milliseconds until the last rest. */
  counted: number;
  /** When it last began to move; null at rest. */
  since: number | null;
}

const clocks = new Map<string, Clock>();

/**
 * Follows a run's phases, so that its rows know how much time has gone by: with evaluations, samples and checkpoints,
 * without pauses.
 *
 * @param now milliseconds, of any monotonic clock.
 */
export function followPhase(runId: string, phase: RunPhase, now: number): void {
  if (phase === "preparing") clocks.delete(runId);
  const clock = clocks.get(runId);
  if (phase === "running") {
    if (clock) clock.since ??= now;
    else clocks.set(runId, { before: secondsOf(runId), counted: 0, since: now });
  } else if (clock && clock.since !== null) {
    clock.counted += now - clock.since;
    clock.since = null;
  }
}

function secondsOf(runId: string): number {
  const { length, values } = metricsStore.getState().byRun[runId] ?? EMPTY_COLUMNS;
  return length === 0 ? 0 : (values.seconds[length - 1] as number);
}

/**
 * Appends a worker batch. Called once per batch (about 10 Hz), not once per step.
 *
 * @param now when it came, as {@link followPhase} counts; rows then have a column `elapsed`, seconds. What a resumed
 *   run tells again of its past has none.
 */
export function appendMetrics(runId: string, batch: MetricBatch, now?: number): void {
  const elapsed = now === undefined ? null : elapsedOf(runId, batch, now);
  const series = elapsed ? { ...batch.series, elapsed } : batch.series;
  metricsStore.setState(({ byRun }) => ({
    byRun: {
      ...byRun,
      [runId]: appendColumns(byRun[runId] ?? EMPTY_COLUMNS, { ...batch, series }),
    },
  }));
}

/** The last row has come now; those before it lie as far back as their training seconds do. */
function elapsedOf(runId: string, { seconds }: MetricBatch, now: number): Float64Array | null {
  const clock = clocks.get(runId);
  if (!clock) return null;
  const active = clock.counted + (clock.since === null ? 0 : now - clock.since);
  const last = clock.before + active / 1_000;
  const end = seconds.at(-1) ?? 0;
  return seconds.map((each) => last - (end - each));
}

/** Forgets a run's history. */
export function dropMetrics(runId: string): void {
  clocks.delete(runId);
  metricsStore.setState(({ byRun: { [runId]: _, ...byRun } }) => ({ byRun }));
}

/** Selector factory; returns a stable reference until that run grows. */
export const columnsOfRun =
  (runId: string | null) =>
  ({ byRun }: MetricsState): Columns =>
    (runId === null ? undefined : byRun[runId]) ?? EMPTY_COLUMNS;
