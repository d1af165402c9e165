// What a person can do, as functions: each makes one call to the worker and writes the outcome into the
// stores. Components call these and read the stores; they never hold the link.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import type {
  RunEventEnvelope,
  RunRequest,
  StartedRun,
  StepProfile,
  StoredRun,
} from "../../workers/api/runs.ts";
import { i18n } from "../i18n.ts";
import { notifyUndo } from "../notify-undo.tsx";
import { appendMetrics, followPhase } from "../stores/metrics.ts";
import { addRun, applyRunEvent, newRun, runsStore, showRun, updateRun } from "../stores/runs.ts";
import { sessionStore, showNotice } from "../stores/session.ts";
import { connectStudio } from "./connect-studio.ts";
import {
  ASK_MS,
  mayResume,
  PATIENCE_MS,
  Recovery,
  restartNeeded,
  type TabMemory,
} from "./recovery.ts";
import type { StudioLink } from "./studio-link.ts";

/** Where runs come from: the compute worker, or a recording (`?replay=` in the address). */
export type StudioSource =
  | { readonly kind: "worker" }
  | { readonly kind: "recorded"; readonly replay: string };

let link: StudioLink | null = null;
let source: StudioSource = { kind: "worker" };
let opening: Promise<void> | null = null;
const recovery = new Recovery(tabMemory(), Date.now);

/** Opens the worker and its device, once; later calls wait for the same opening. */
export function openSession(from: StudioSource): Promise<void> {
  source = from;
  watchLeaving();
  opening ??= open();
  return opening;
}

async function open(): Promise<void> {
  sessionStore.setState({ status: "opening", deviceFault: null });
  const opened = await createLink(source);
  link = opened;
  opened.ended.then((fault) => {
    if (link === opened) endSession(fault);
  });
  // The device is slow to open, the list of runs is not: neither waits for the other.
  const listed = refreshStoredRuns();
  // Kept runs can be looked at without one.
  const device = lacksWebGpu(source)
    ? ({ ok: false, fault: noWebGpu() } as const)
    : await opened.device.report();
  if (link !== opened) return;
  if (!device.ok) {
    const deviceFault = recovery.explain(device.fault);
    sessionStore.setState({ status: "failed", deviceFault });
    if (deviceFault.code === "reload-needed") askForAdapter();
    return;
  }
  recovery.noteDevice();
  sessionStore.setState({ status: "open", device: device.value });
  const [catalogue] = await Promise.all([opened.describe(), listed]);
  if (catalogue.ok) sessionStore.setState({ catalogue: catalogue.value });
  void resumeWaiting();
}

/** What an adapter was missing for goes on. */
async function resumeWaiting(): Promise<void> {
  const { waiting } = recovery;
  recovery.waiting = [];
  for (const runId of waiting) {
    const { byId } = runsStore.getState();
    const stored = sessionStore.getState().storedRuns?.find((run) => run.runId === runId);
    const config = byId[runId]?.config ?? stored?.config;
    if (config) await startRun({ config, resumeRunId: runId });
  }
}

let asking: ReturnType<typeof setInterval> | null = null;

/** The browser holds the adapter back and may relent: asks for it quietly, for as long as that makes sense. */
function askForAdapter(): void {
  if (asking !== null) return;
  let asked = 0;
  const stop = () => {
    clearInterval(asking ?? undefined);
    asking = null;
  };
  asking = setInterval(async () => {
    const device = await link?.device.report();
    if (device?.ok) {
      stop();
      sessionStore.setState({ status: "open", device: device.value, deviceFault: null });
      await resumeWaiting();
    } else if (++asked * ASK_MS >= PATIENCE_MS) {
      stop();
      if (sessionStore.getState().deviceFault)
        sessionStore.setState({ deviceFault: restartNeeded() });
      for (const { runId, fault } of Object.values(runsStore.getState().byId))
        if (fault?.fault.code === "reload-needed")
          failRun(runId, restartNeeded(), fault.checkpointStep);
    }
  }, ASK_MS);
}

const lacksWebGpu = (from: StudioSource): boolean =>
  from.kind === "worker" && !("gpu" in navigator && navigator.gpu);

/** Ends the worker, if any, and opens it afresh. */
export async function reopenSession(): Promise<void> {
  const old = link;
  link = null;
  opening = null;
  old?.close();
  sessionStore.setState({ status: "closed", device: null, notice: null });
  await openSession(source);
}

async function createLink(from: StudioSource): Promise<StudioLink> {
  if (from.kind === "worker") return connectStudio();
  const { connectRecordedStudio } = await import("./recorded-studio.ts");
  return connectRecordedStudio(from.replay);
}

/** The worker is gone: every run it had has failed, and can be resumed from its last checkpoint. */
function endSession(fault: Fault): void {
  link = null;
  opening = null;
  sessionStore.setState({ status: "closed", isStarting: false });
  const { byId, activeId } = runsStore.getState();
  let shown = false;
  for (const run of Object.values(byId)) {
    if (run.phase !== "preparing" && run.phase !== "running" && run.phase !== "paused") continue;
    shown ||= run.runId === activeId;
    failRun(run.runId, fault, run.checkpoint?.step ?? null);
  }
  if (!shown) showNotice(fault);
}

/** What every call does when the worker has died meanwhile: opens another one first. */
async function openLink(): Promise<StudioLink | null> {
  if (!link) await openSession(source);
  return link;
}

export type StartRequest = RunRequest;

/**
 * Starts a run and shows it.
 *
 * @param asked what to start, or how to find out: null where it turns out that nothing is to be started.
 */
export async function startRun(
  asked: StartRequest | (() => Promise<StartRequest | null>),
): Promise<void> {
  if (sessionStore.getState().isStarting) return;
  sessionStore.setState({ isStarting: true, notice: null });
  try {
    const request = typeof asked === "function" ? await asked() : asked;
    const outcome = request && (await begin(request));
    if (!outcome) return;
    if (outcome.ok) {
      const { runId, config } = outcome.value;
      addRun(newRun(runId, config));
      // Events may have come first, under the settings that were asked for.
      updateRun(runId, (run) => ({ ...run, config }));
      showRun(runId);
    } else showNotice(outcome.fault, request.resumeRunId);
  } catch (error) {
    showNotice(unreadable(error));
  } finally {
    sessionStore.setState({ isStarting: false });
  }
}

/** Null where there is no worker; why is told by then. */
async function begin(request: StartRequest): Promise<Outcome<StartedRun> | null> {
  const opened = await openLink();
  if (!opened) return null;
  // Asked once there is something to keep; some browsers ask the person.
  void navigator.storage?.persist?.().then((isPersisted) => sessionStore.setState({ isPersisted }));
  const { config } = request;
  const outcome = await opened.runs.start(request, (envelope) => receive(envelope, config));
  return outcome.ok ? outcome : { ok: false, fault: recovery.explain(outcome.fault) };
}

/** Lets a run whose device was lost continue by itself; whether it does. */
function recoverRun(runId: string, from: number | undefined): boolean {
  const run = runsStore.getState().byId[runId];
  if (run?.phase !== "failed" || from === undefined || !mayResume(run.losses, run.step))
    return false;
  updateRun(runId, (old) => ({
    ...old,
    phase: "preparing",
    fault: null,
    progress: [],
    losses: [...old.losses, { at: old.step, from }],
    isLossTold: true,
  }));
  void begin({ config: run.config, resumeRunId: runId }).then((outcome) => {
    if (!outcome || outcome.ok) return;
    failRun(runId, outcome.fault, from);
    if (outcome.fault.code !== "reload-needed") return;
    recovery.waiting = [...recovery.waiting, runId];
    askForAdapter();
  });
  return true;
}

const failRun = (runId: string, fault: Fault, checkpointStep: number | null): void =>
  updateRun(runId, (old) => ({ ...old, phase: "failed", fault: { fault, checkpointStep } }));

/** Events can come before `start` has answered, so the run is made by whichever is first. */
function receive({ runId, event }: RunEventEnvelope, config: LanguageConfig): void {
  const isNew = !(runId in runsStore.getState().byId);
  addRun(newRun(runId, config));
  if (isNew) showRun(runId);
  if (event.type === "phase") followPhase(runId, event.phase, performance.now());
  if (event.type === "metrics") appendMetrics(runId, event.batch, performance.now());
  if (event.type === "ready")
    sessionStore.setState(({ device }) => ({ device: { ...device, ...event.device } }));
  if (event.type === "fault" && event.fault.code === "device-lost") {
    recovery.noteLoss();
    if (recoverRun(runId, event.checkpointStep)) return;
    // Told by what the run was doing beside; it continues already.
    if (runsStore.getState().byId[runId]?.phase === "preparing") return;
  }
  updateRun(runId, (run) => applyRunEvent(run, event));
}

/** Makes one call to the worker, opening it first where there is none. */
export async function callStudio<T>(
  work: (opened: StudioLink) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const opened = await openLink();
  return opened
    ? work(opened)
    : { ok: false, fault: sessionStore.getState().deviceFault ?? noWebGpu() };
}

/** Makes one call; a failure becomes the notice. */
async function perform<T>(work: (opened: StudioLink) => Promise<Outcome<T>>): Promise<T | null> {
  const outcome = await callStudio(work);
  if (outcome.ok) return outcome.value;
  showNotice(recovery.explain(outcome.fault));
  return null;
}

export const pauseRun = (runId: string) => perform((opened) => opened.runs.pause(runId));
export const resumeRun = (runId: string) => perform((opened) => opened.runs.resume(runId));
export const stepRun = (runId: string) => perform((opened) => opened.runs.step(runId));
/** Where the time of a run's next steps goes; a fault is for whoever asked to show. Null where no worker opens. */
export async function profileRun(
  runId: string,
  steps: number,
): Promise<Outcome<StepProfile> | null> {
  const opened = await openLink();
  return opened ? opened.runs.profile(runId, steps) : null;
}

export const stopRun = (runId: string) => perform((opened) => opened.runs.stop(runId));

/** Asks a run for a sample now; it arrives among the run's samples. */
export const writeSample = (runId: string, settings: SampleConfig) =>
  perform((opened) => opened.runs.sample(runId, settings));

/** How the run's own samples are written from now on. */
export const setSampling = (runId: string, settings: SampleConfig) =>
  perform((opened) => opened.runs.setSampling(runId, settings));

/** Asks again which runs can be resumed. */
export async function refreshStoredRuns(): Promise<void> {
  const opened = link;
  if (!opened) return;
  const [runs, unreadable] = await Promise.all([opened.runs.stored(), opened.runs.unreadable()]);
  sessionStore.setState({
    storedRuns: runs.ok ? runs.value : [],
    unreadableRuns: unreadable.ok ? unreadable.value : [],
    storageFault: runs.ok ? null : runs.fault,
  });
}

let isWatching = false;

/** A page that is hidden may never be seen again: what trains is saved, as far as there is time. */
function watchLeaving(): void {
  if (isWatching) return;
  isWatching = true;
  const save = (): void => void link?.runs.saveAll();
  window.addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
    else void refreshStoredRuns();
  });
}

/** Puts a stored run into the bin; its files go when the time to undo is over. */
export function deleteStoredRun({ runId, title }: StoredRun): void {
  const before = sessionStore.getState().storedRuns ?? [];
  sessionStore.setState({ storedRuns: before.filter((run) => run.runId !== runId) });
  const binned = perform((opened) => opened.archive.bin(runId));
  notifyUndo(
    {
      label: i18n.t("language:stored.deleted", { title }),
      async undo() {
        await binned;
        await perform((opened) => opened.archive.restore(runId));
        await refreshStoredRuns();
      },
    },
    () => void binned.then(() => perform((opened) => opened.archive.purge([runId]))),
  );
}

/** Deletes what is left of a run that is no longer whole. */
export async function dropStoredRun(runId: string): Promise<void> {
  await perform((opened) => opened.runs.delete(runId));
  await refreshStoredRuns();
}

/** A page that may store nothing has none; even asking for it throws there. */
function tabMemory(): TabMemory {
  try {
    return sessionStorage;
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
}

const noWebGpu = (): Fault => ({
  code: "no-webgpu",
  message: i18n.t("faults:pageWithoutWebGpu"),
});

const unreadable = (error: unknown): Fault => ({
  code: "bad-data",
  message: i18n.t("faults:unreadableFile", {
    reason: error instanceof Error ? error.message : String(error),
  }),
});
