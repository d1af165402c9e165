import { pauseRun, resumeRun } from "../session/session.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import type { Action } from "./action.ts";

export const pauseOrResume: Action = {
  label: "actions.pauseOrResume",
  shortcut: "space",
  isAvailable() {
    const phase = activeRun(runsStore.getState())?.phase;
    return phase === "running" || phase === "paused";
  },
  async perform() {
    const run = activeRun(runsStore.getState());
    if (run?.phase === "running") await pauseRun(run.runId);
    else if (run?.phase === "paused") await resumeRun(run.runId);
  },
};
