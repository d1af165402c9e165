import { refreshStoredRuns } from "../session/session.ts";
import { activeRun, isLive, runsStore, showRun } from "../stores/runs.ts";
import { showNotice } from "../stores/session.ts";
import type { Action } from "./action.ts";

/** Back to the presets, once a run is over. */
export const startOver: Action = {
  label: "actions.newRun",
  shortcut: null,
  isAvailable() {
    const run = activeRun(runsStore.getState());
    return run !== null && !isLive(run);
  },
  async perform() {
    showRun(null);
    showNotice(null);
    await refreshStoredRuns();
  },
};
