// What the page knows about the compute worker itself: whether it is there, what it runs on, what it
// can offer. One run's state is in runs.ts.
import { createStore } from "zustand/vanilla";
import type { DeviceReport } from "../../workers/api/device.ts";
import type { Fault } from "../../workers/api/outcome.ts";
import type { StoredRun, UnreadableRun } from "../../workers/api/runs.ts";
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
  /** The stored run that it is about, if any. */
  readonly noticeRunId: string | null;
  /** Stored runs that this version cannot read. */
  readonly unreadableRuns: readonly UnreadableRun[];
  /** Why runs cannot be kept here. */
  readonly storageFault: Fault | null;
  /** Whether the browser has promised to keep what is stored; null before it was asked. */
  readonly isPersisted: boolean | null;
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
  noticeRunId: null,
  unreadableRuns: [],
  storageFault: null,
  isPersisted: null,
}));

export const showNotice = (notice: Fault | null, runId?: string): void =>
  sessionStore.setState({ notice, noticeRunId: runId ?? null });
