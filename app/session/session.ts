// What a person can do, as functions: each makes one call to the worker and writes the outcome into the
// stores. Components call these and read the stores; they never hold the link.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import type { RunEventEnvelope, RunRequest, StoredRun } from "../../workers/api/runs.ts";
import { i18n } from "../i18n.ts";
import { notifyUndo } from "../notify-undo.tsx";
import { appendMetrics } from "../stores/metrics.ts";
import { addRun, applyRunEvent, newRun, runsStore, showRun, updateRun } from "../stores/runs.ts";
import { sessionStore, showNotice } from "../stores/session.ts";
import { setupStore } from "../stores/setup.ts";
import { connectStudio } from "./connect-studio.ts";
import type { StudioLink } from "./studio-link.ts";
import { inspectText } from "./texts.ts";

/** Where runs come from: the compute worker, or a recording (`?replay=` in the address). */
export type StudioSource =
  | { readonly kind: "worker" }
  | { readonly kind: "recorded"; readonly replay: string };

let link: StudioLink | null = null;
let source: StudioSource = { kind: "worker" };
let opening: Promise<void> | null = null;

/** Opens the worker and its device, once; later calls wait for the same opening. */
export function openSession(from: StudioSource): Promise<void> {
  source = from;
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
    sessionStore.setState({ status: "failed", deviceFault: device.fault });
    return;
  }
  sessionStore.setState({ status: "open", device: device.value });
  const [catalogue] = await Promise.all([opened.describe(), listed]);
  if (catalogue.ok) sessionStore.setState({ catalogue: catalogue.value });
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
    updateRun(run.runId, (old) => ({
      ...old,
      phase: "failed",
      fault: { fault, checkpointStep: old.checkpoint?.step ?? null },
    }));
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
    const opened = request && (await openLink());
    if (!opened) return;
    const { config } = request;
    const outcome = await opened.runs.start(request, (envelope) => receive(envelope, config));
    if (outcome.ok) {
      addRun(newRun(outcome.value.runId, config));
      showRun(outcome.value.runId);
    } else showNotice(outcome.fault);
  } catch (error) {
    showNotice(unreadable(error));
  } finally {
    sessionStore.setState({ isStarting: false });
  }
}

/** Events can come before `start` has answered, so the run is made by whichever is first. */
function receive({ runId, event }: RunEventEnvelope, config: LanguageConfig): void {
  const isNew = !(runId in runsStore.getState().byId);
  addRun(newRun(runId, config));
  if (isNew) showRun(runId);
  if (event.type === "metrics") appendMetrics(runId, event.batch);
  if (event.type === "ready") sessionStore.setState({ device: event.device });
  updateRun(runId, (run) => applyRunEvent(run, event));
}

/** Looks at a chosen text, so that a file which cannot be used is told at once. */
export async function inspectFile(file: File): Promise<void> {
  const tell = (fileFault: Fault | null) => {
    if (setupStore.getState().file === file) setupStore.setState({ fileFault });
  };
  const outcome = await inspectText(file);
  tell(outcome.ok ? null : outcome.fault);
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
  showNotice(outcome.fault);
  return null;
}

export const pauseRun = (runId: string) => perform((opened) => opened.runs.pause(runId));
export const resumeRun = (runId: string) => perform((opened) => opened.runs.resume(runId));
export const stepRun = (runId: string) => perform((opened) => opened.runs.step(runId));
export const stopRun = (runId: string) => perform((opened) => opened.runs.stop(runId));

/** Asks a run for a sample now; it arrives among the run's samples. */
export const writeSample = (runId: string, settings: SampleConfig) =>
  perform((opened) => opened.runs.sample(runId, settings));

/** How the run's own samples are written from now on. */
export const setSampling = (runId: string, settings: SampleConfig) =>
  perform((opened) => opened.runs.setSampling(runId, settings));

/** Asks again which runs can be resumed. */
export async function refreshStoredRuns(): Promise<void> {
  const runs = await link?.runs.stored();
  if (runs) sessionStore.setState({ storedRuns: runs.ok ? runs.value : [] });
}

/** Puts a stored run into the bin; its files go when the time to undo is over. */
export async function deleteStoredRun({ runId, title }: StoredRun): Promise<void> {
  const before = sessionStore.getState().storedRuns ?? [];
  sessionStore.setState({ storedRuns: before.filter((run) => run.runId !== runId) });
  await perform((opened) => opened.archive.bin(runId));
  notifyUndo(
    {
      label: i18n.t("language:stored.deleted", { title }),
      async undo() {
        await perform((opened) => opened.archive.restore(runId));
        await refreshStoredRuns();
      },
    },
    () => void perform((opened) => opened.archive.purge(runId)),
  );
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
