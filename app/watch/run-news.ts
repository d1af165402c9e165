// What of the runs is worth saying when a person looks elsewhere. Pure: who says it, and how, is follow-runs.ts.
import type { RunRecord } from "../stores/runs.ts";

/** A run that has come to its end, or to a fault, by itself. */
export interface RunNews {
  readonly run: RunRecord;
  readonly kind: "done" | "failed";
}

type Runs = Readonly<Record<string, RunRecord>>;

const LIVE: ReadonlySet<string> = new Set(["preparing", "running", "paused"]);

/** Runs that were alive and are over; one that was stopped by hand is no news. */
export function newsBetween(before: Runs, after: Runs): readonly RunNews[] {
  return Object.values(after).flatMap((run): RunNews[] => {
    const { phase, runId } = run;
    if (phase !== "done" && phase !== "failed") return [];
    const old = before[runId];
    return old && LIVE.has(old.phase) ? [{ run, kind: phase }] : [];
  });
}

/** The run that the tab's title speaks of: the one shown, if it moves; else any that does. */
export function runOfTitle(runs: Runs, activeId: string | null): RunRecord | null {
  const moves = (run: RunRecord | undefined) => run?.phase === "running" || run?.phase === "paused";
  const active = activeId === null ? undefined : runs[activeId];
  if (active && moves(active)) return active;
  return Object.values(runs).findLast(moves) ?? null;
}

/** How far a run is, 0 to 1. */
export function shareOf({ step, ready, config }: RunRecord): number {
  const total = ready?.maxSteps ?? config.train.max_steps;
  return total === 0 ? 0 : Math.min(1, step / total);
}
