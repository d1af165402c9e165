// How the shown run is asked to write: what the sampling form holds. Starts as the run's own settings.
import { createStore } from "zustand/vanilla";
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { RunRecord } from "./runs.ts";

interface SamplingState {
  readonly byRun: Readonly<Record<string, Partial<SampleConfig>>>;
}

export const samplingStore = createStore<SamplingState>(() => ({ byRun: {} }));

export function changeSampling(runId: string, change: Partial<SampleConfig>): void {
  samplingStore.setState(({ byRun }) => ({
    byRun: { ...byRun, [runId]: { ...byRun[runId], ...change } },
  }));
}

export const samplingOf = (run: RunRecord, state = samplingStore.getState()): SampleConfig => ({
  ...run.config.sample,
  ...state.byRun[run.runId],
});
