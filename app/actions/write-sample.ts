import { writeSample } from "../session/session.ts";
import { activeRun, hasModel, runsStore } from "../stores/runs.ts";
import { samplingOf } from "../stores/sampling.ts";
import type { Action } from "./action.ts";

/** A sample now, with the settings of the sampling form. */
export const requestSample: Action = {
  label: "actions.writeSample",
  shortcut: "w",
  isAvailable() {
    const run = activeRun(runsStore.getState());
    return run !== null && hasModel(run);
  },
  async perform() {
    const run = activeRun(runsStore.getState());
    if (run) await writeSample(run.runId, samplingOf(run));
  },
};
