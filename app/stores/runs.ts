// What the page knows about each run, apart from its numbers (metrics.ts): phase, progress, samples,
// faults. Written by the session as events arrive.
import { createStore } from "zustand/vanilla";
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { Fault, FaultCode } from "../../workers/api/outcome.ts";
import type { RunEvent, RunPhase } from "../../workers/api/runs.ts";

export type ReadyFacts = Omit<Extract<RunEvent, { type: "ready" }>, "type" | "device">;
export type ProgressTask = Extract<RunEvent, { type: "progress" }>["task"];
export type Sample = Omit<Extract<RunEvent, { type: "sample" }>, "type">;

export interface RunFault {
  readonly fault: Fault;
  /** Step of the last good checkpoint, when there is one to go back to. */
  readonly checkpointStep: number | null;
}

/** A device that was lost: the step that was reached, and the one that the run went back to. */
export interface DeviceLoss {
  readonly at: number;
  readonly from: number;
}

export interface RunRecord {
  readonly runId: string;
  readonly config: LanguageConfig;
  readonly phase: RunPhase;
  readonly step: number;
  /** What is being prepared, in the order it began. */
  readonly progress: readonly { task: ProgressTask; done: number; total: number }[];
  readonly ready: ReadyFacts | null;
  /** Newest first; at most {@link MAX_SAMPLES}. */
  readonly samples: readonly Sample[];
  readonly checkpoint: { readonly step: number; readonly bytes: number } | null;
  /** The last model of the run that was kept. */
  readonly kept: { readonly modelId: string; readonly step: number } | null;
  readonly fault: RunFault | null;
  /** What is not as it should be though the run goes on; oldest first. */
  readonly warnings: readonly Fault[];
  /** Each time that its device went away under it; oldest first. */
  readonly losses: readonly DeviceLoss[];
  /** Whether the last of them is still worth a word. */
  readonly isLossTold: boolean;
}

interface RunsState {
  readonly byId: Readonly<Record<string, RunRecord>>;
  /** The run the lab shows. */
  readonly activeId: string | null;
}

/** Over once the storage has done its part again. */
const STORAGE: ReadonlySet<FaultCode> = new Set(["storage", "storage-full"]);

export const MAX_SAMPLES = 200;

export const runsStore = createStore<RunsState>(() => ({ byId: {}, activeId: null }));

/** A run of which nothing has been heard yet. */
export const newRun = (runId: string, config: LanguageConfig): RunRecord => ({
  runId,
  config,
  phase: "preparing",
  step: 0,
  progress: [],
  ready: null,
  samples: [],
  checkpoint: null,
  kept: null,
  fault: null,
  warnings: [],
  losses: [],
  isLossTold: false,
});

/** Adds a run unless it is known. */
export function addRun(run: RunRecord): void {
  runsStore.setState(({ byId }) =>
    byId[run.runId] ? {} : { byId: { ...byId, [run.runId]: run } },
  );
}

export function showRun(runId: string | null): void {
  runsStore.setState({ activeId: runId });
}

/** Forgets a run of this tab; the lab shows none if it was this one. */
export function forgetRun(runId: string): void {
  runsStore.setState(({ byId: { [runId]: _, ...byId }, activeId }) => ({
    byId,
    activeId: activeId === runId ? null : activeId,
  }));
}

export function updateRun(runId: string, change: (run: RunRecord) => RunRecord): void {
  runsStore.setState(({ byId }) => {
    const run = byId[runId];
    return run ? { byId: { ...byId, [runId]: change(run) } } : {};
  });
}

/** The run after one event. Metrics only move the step here; their numbers live in metrics.ts. */
export function applyRunEvent(run: RunRecord, event: RunEvent): RunRecord {
  switch (event.type) {
    case "phase": {
      const { phase, step } = event;
      const leftFault = phase === "running" || phase === "preparing";
      return { ...run, phase, step, fault: leftFault ? null : run.fault };
    }
    case "progress": {
      const { task, done, total } = event;
      const known = run.progress.some((entry) => entry.task === task);
      const entry = { task, done, total };
      const progress = known
        ? run.progress.map((old) => (old.task === task ? entry : old))
        : [...run.progress, entry];
      return { ...run, progress };
    }
    case "ready": {
      const { type: _, device: __, ...ready } = event;
      // One that continues tells again what it told before its checkpoint; what came after is written anew.
      return { ...run, ready, samples: [] };
    }
    case "metrics": {
      const step = event.batch.step.at(-1);
      return step === undefined ? run : { ...run, step };
    }
    case "sample": {
      const { type: _, ...sample } = event;
      const others = run.samples.filter(({ sampleId }) => sampleId !== sample.sampleId);
      const at = run.samples.findIndex(({ sampleId }) => sampleId === sample.sampleId);
      const samples = at === -1 ? [sample, ...others] : run.samples.with(at, sample);
      return { ...run, samples: samples.slice(0, MAX_SAMPLES) };
    }
    case "kept":
      return { ...run, kept: { modelId: event.modelId, step: event.step } };
    case "checkpoint": {
      const { step, bytes } = event;
      const kept = run.fault !== null && STORAGE.has(run.fault.fault.code);
      return { ...run, checkpoint: { step, bytes }, fault: kept ? null : run.fault };
    }
    case "warning":
      return { ...run, warnings: [...run.warnings, event.fault] };
    case "fault":
      return {
        ...run,
        fault: { fault: event.fault, checkpointStep: event.checkpointStep ?? null },
      };
  }
}

/** Whether anything is still going to happen in a run by itself. */
export const isLive = ({ phase }: RunRecord): boolean =>
  phase === "preparing" || phase === "running" || phase === "paused";

/** Whether the run has weights in the worker, to write with or to save. */
export const hasModel = ({ phase, ready }: RunRecord): boolean =>
  ready !== null && phase !== "preparing" && phase !== "failed";

/** Selector of the run the lab shows. */
export const activeRun = ({ byId, activeId }: RunsState): RunRecord | null =>
  (activeId === null ? undefined : byId[activeId]) ?? null;
