import { startRun } from "../session/session.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import type { Action } from "./action.ts";

/** Takes a stopped run up again from its last checkpoint. */
export const continueRun: Action = {
  label: "actions.continue",
  shortcut: null,
  isAvailable() {
    const run = activeRun(runsStore.getState());
    return run?.phase === "stopped" && run.checkpoint !== null && run.elsewhere !== "held";
  },
  async perform() {
    const run = activeRun(runsStore.getState());
    if (run) await startRun({ config: run.config, resumeRunId: run.runId });
  },
};
