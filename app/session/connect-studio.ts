// The only file of the page that starts a worker or knows Comlink.
import { proxy, releaseProxy, transfer, wrap } from "comlink";
import type { Fault, FolderFile, RunRequest, StudioApi } from "../../workers/api/studio.ts";
import { type StudioLink, supervise } from "./studio-link.ts";

const HEARTBEAT_MS = 5_000;
/** One minute in all: preparing a long text may keep the worker busy, and busy is not dead. */
const HEARTBEAT_PATIENCE = 12;

const died = (message: string): Fault => ({
  code: "worker-died",
  message,
  hint: "Start it again; a run continues from its last checkpoint.",
});

/** Starts the compute worker. Calls never reject and never outlive it; see {@link StudioLink}. */
export function connectStudio(): StudioLink {
  const worker = new Worker(new URL("../../workers/compute.worker.ts", import.meta.url), {
    type: "module",
    name: "compute",
  });
  const api = wrap<StudioApi>(worker);
  const { call, end, ended, sawLife } = supervise({
    ping: () => api.describe(),
    intervalMs: HEARTBEAT_MS,
    patience: HEARTBEAT_PATIENCE,
    silenceFault: () => died("The compute worker must answer; it has been silent for a minute."),
  });
  worker.onerror = (event) => {
    event.preventDefault();
    const what = event.message
      ? `it stopped: ${event.message}`
      : "it could not be started or stopped";
    end(died(`The compute worker must keep running; ${what}.`));
  };
  worker.onmessageerror = () =>
    end(died("The compute worker must send readable messages; one could not be read."));
  ended.then(() => {
    api[releaseProxy]();
    worker.terminate();
  });

  return {
    ended,
    close: () => end(died("The compute worker was closed.")),
    describe: () => call(async () => ({ ok: true, value: await api.describe() })),
    device: () => call(() => api.device()),
    inspectText: (text) => call(() => api.inspectText(transfer(text, [text.bytes]))),
    start: (request, onEvent) =>
      call(() =>
        api.start(
          transferText(request),
          proxy((envelope) => {
            sawLife();
            onEvent(envelope);
          }),
        ),
      ),
    pause: (runId) => call(() => api.pause(runId)),
    resume: (runId) => call(() => api.resume(runId)),
    step: (runId) => call(() => api.step(runId)),
    stop: (runId) => call(() => api.stop(runId)),
    sample: (runId, settings) => call(() => api.sample(runId, settings)),
    profile: (runId, steps) => call(() => api.profile(runId, steps)),
    setSampling: (runId, settings) => call(() => api.setSampling(runId, settings)),
    saveModel: (source) => call(() => api.saveModel(source)),
    loadModel: (name, files) => call(() => api.loadModel(name, transferFiles(files))),
    generate: (modelId, settings, onText) =>
      call(() => api.generate(modelId, settings, proxy(onText))),
    storedRuns: () => call(() => api.storedRuns()),
    deleteRun: (runId) => call(() => api.deleteRun(runId)),
    tune: (onProgress) =>
      call(() =>
        api.tune(
          proxy((progress) => {
            sawLife();
            onProgress(progress);
          }),
        ),
      ),
    stopTuning: () => call(() => api.stopTuning()),
    forgetTuning: () => call(() => api.forgetTuning()),
  };
}

const transferText = (request: RunRequest): RunRequest =>
  request.text ? transfer(request, [request.text.bytes]) : request;

const transferFiles = (files: readonly FolderFile[]): readonly FolderFile[] =>
  transfer(
    [...files],
    files.map(({ bytes }) => bytes),
  );
