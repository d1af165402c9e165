import { stepRun } from "../session/session.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import type { Action } from "./action.ts";

/** One optimiser step of a paused run. */
export const step: Action = {
  label: "actions.step",
  shortcut: "ArrowRight",
  isAvailable: () => activeRun(runsStore.getState())?.phase === "paused",
  async perform() {
    const run = activeRun(runsStore.getState());
    if (run?.phase === "paused") await stepRun(run.runId);
  },
};
