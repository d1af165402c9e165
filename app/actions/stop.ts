import { stopRun } from "../session/session.ts";
import { activeRun, isLive, runsStore } from "../stores/runs.ts";
import type { Action } from "./action.ts";

/** Ends the run; no shortcut, because it cannot be taken back. */
export const stop: Action = {
  label: "actions.stop",
  shortcut: null,
  isAvailable() {
    const run = activeRun(runsStore.getState());
    return run !== null && isLive(run);
  },
  async perform() {
    const run = activeRun(runsStore.getState());
    if (run) await stopRun(run.runId);
  },
};
