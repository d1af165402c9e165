// A run that another tab trains, looked at from here: what is stored of it, read again every now and then. Nothing
// of it is changed; it can be taken over once the other tab has let go.
import type { StoredRun } from "../../workers/api/runs.ts";
import { appendMetrics, dropMetrics } from "../stores/metrics.ts";
import { addRun, newRun, type RunRecord, runsStore, showRun, updateRun } from "../stores/runs.ts";
import { sessionStore, showNotice } from "../stores/session.ts";
import { callStudio, refreshStoredRuns } from "./session.ts";

const LOOK_MS = 2_000;

/** Shows the run and follows it for as long as it is shown. */
export async function watchRun({ runId, config, step }: StoredRun): Promise<void> {
  addRun(newRun(runId, config));
  updateRun(runId, (run) => ({
    ...run,
    phase: "stopped",
    elsewhere: "held",
    checkpoint: { step, bytes: 0 },
  }));
  showRun(runId);
  while (isWatched(runId)) {
    await look(runId);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function isWatched(runId: string): boolean {
  const { activeId, byId } = runsStore.getState();
  return activeId === runId && byId[runId]?.elsewhere != null;
}

async function look(runId: string): Promise<void> {
  const [history, samples] = await Promise.all([
    callStudio((link) => link.archive.history(runId)),
    callStudio((link) => link.archive.samples(runId)),
    refreshStoredRuns(),
  ]);
  // It may have been taken over meanwhile: then its own events tell.
  if (!isWatched(runId)) return;
  if (!history.ok) {
    showRun(null);
    showNotice(history.fault, runId);
    return;
  }
  dropMetrics(runId);
  appendMetrics(runId, history.value);
  const stored = sessionStore.getState().storedRuns?.find((run) => run.runId === runId);
  updateRun(
    runId,
    (run): RunRecord => ({
      ...run,
      step: history.value.step.at(-1) ?? run.step,
      samples: samples.ok
        ? samples.value.map((sample, sampleId) => ({ ...sample, sampleId, done: true })).reverse()
        : run.samples,
      checkpoint: stored ? { step: stored.step, bytes: 0 } : run.checkpoint,
      elsewhere: stored?.isElsewhere ? "held" : "free",
    }),
  );
}
