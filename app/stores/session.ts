// What the page knows about the compute worker itself: whether it is there, what it runs on, what it
// can offer. One run's state is in runs.ts.
import { createStore } from "zustand/vanilla";
import type { DeviceReport } from "../../workers/api/device.ts";
import type { Fault } from "../../workers/api/outcome.ts";
import type { StoredRun } from "../../workers/api/runs.ts";
import type { Catalogue } from "../../workers/api/studio.ts";

export interface SessionState {
  readonly status: "closed" | "opening" | "open" | "failed";
  readonly device: DeviceReport | null;
  /** Why there is no device to compute on. */
  readonly deviceFault: Fault | null;
  readonly catalogue: Catalogue | null;
  /** Null until they have been looked up. */
  readonly storedRuns: readonly StoredRun[] | null;
  /** A run has been asked for and the worker has not answered yet. */
  readonly isStarting: boolean;
  /** The model is being written to where the person said. */
  readonly isSaving: boolean;
  /** The last call that failed without belonging to a run; one at a time. */
  readonly notice: Fault | null;
}

export const sessionStore = createStore<SessionState>(() => ({
  status: "closed",
  device: null,
  deviceFault: null,
  catalogue: null,
  storedRuns: null,
  isStarting: false,
  isSaving: false,
  notice: null,
}));

export const showNotice = (notice: Fault | null): void => sessionStore.setState({ notice });
