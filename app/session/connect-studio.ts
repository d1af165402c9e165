// The only file of the page that starts a worker or knows Comlink.
import { proxy, type Remote, releaseProxy, transfer, wrap } from "comlink";
import type { ArchiveApi } from "../../workers/api/archive.ts";
import type { DeviceApi } from "../../workers/api/device.ts";
import type { InspectApi } from "../../workers/api/inspect.ts";
import type { ModelsApi } from "../../workers/api/models.ts";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import type { RunsApi } from "../../workers/api/runs.ts";
import type { ComputeApi, DataApi } from "../../workers/api/studio.ts";
import type { TextApi } from "../../workers/api/text.ts";
import { type StudioLink, type Supervision, supervise } from "./studio-link.ts";

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
  const { api, supervision } = openWorker<ComputeApi>(
    new Worker(new URL("../../workers/compute.worker.ts", import.meta.url), {
      type: "module",
      name: "compute",
    }),
    (api) => api.describe(),
  );
  const { call, end, ended } = supervision;
  return {
    ended,
    close: () => end(died("The compute worker was closed.")),
    describe: () => call(() => api.describe()),
    runs: connectArea<RunsApi>(api.runs, supervision),
    archive: connectArea<ArchiveApi>(api.archive, supervision),
    models: connectArea<ModelsApi>(api.models, supervision),
    text: connectTexts(),
    inspect: connectArea<InspectApi>(api.inspect, supervision),
    device: connectArea<DeviceApi>(api.device, supervision),
  };
}

let texts: { readonly area: TextApi; isOver: boolean } | null = null;

/**
 * The texts, which have a worker of their own. It starts when it is first asked, lives as long as the page, and
 * where it has died the next question starts another one.
 */
export function connectTexts(): TextApi {
  return new Proxy({} as TextApi & object, {
    get: (_, method) =>
      typeof method === "string" && method !== "then"
        ? Reflect.get(openTexts(), method)
        : undefined,
  });
}

function openTexts(): TextApi {
  if (texts && !texts.isOver) return texts.area;
  const { api, supervision } = openWorker<DataApi>(
    new Worker(new URL("../../workers/data.worker.ts", import.meta.url), {
      type: "module",
      name: "data",
    }),
    (api) => api.ping(),
  );
  const opened = { area: connectArea<TextApi>(api.text, supervision), isOver: false };
  supervision.ended.then(() => {
    opened.isOver = true;
  });
  texts = opened;
  return opened.area;
}

/** Watches over a worker: what waits for it ends when it does. */
function openWorker<Api>(worker: Worker, ping: (api: Remote<Api>) => Promise<unknown>) {
  const api = wrap<Api>(worker);
  const supervision = supervise({
    ping: () => ping(api),
    intervalMs: HEARTBEAT_MS,
    patience: HEARTBEAT_PATIENCE,
    silenceFault: () => died("A worker must answer; it has been silent for a minute."),
  });
  const { end, ended } = supervision;
  worker.onerror = (event) => {
    event.preventDefault();
    const what = event.message
      ? `it stopped: ${event.message}`
      : "it could not be started or stopped";
    end(died(`A worker must keep running; ${what}.`));
  };
  worker.onmessageerror = () =>
    end(died("A worker must send readable messages; one could not be read."));
  ended.then(() => {
    api[releaseProxy]();
    worker.terminate();
  });
  return { api, supervision };
}

type Method = (...args: unknown[]) => Promise<Outcome<unknown>>;

/**
 * One area of the API, every method of it: functions among the arguments are called back across the
 * thread, buffers go over without a copy, and each call is watched.
 */
function connectArea<Api>(area: unknown, { call, sawLife }: Supervision): Api {
  const remote = area as Readonly<Record<string, Method>>;
  const listener = (callback: (...args: unknown[]) => unknown) =>
    proxy((...args: unknown[]) => {
      sawLife();
      return callback(...args);
    });
  return new Proxy({} as Api & object, {
    get: (_, method) =>
      typeof method === "string" && method !== "then"
        ? (...args: unknown[]) =>
            call(() => (remote[method] as Method)(...args.map((arg) => prepare(arg, listener))))
        : undefined,
  });
}

function prepare(
  argument: unknown,
  listener: (callback: (...args: unknown[]) => unknown) => unknown,
): unknown {
  if (typeof argument === "function") return listener(argument as (...args: unknown[]) => unknown);
  const buffers = buffersIn(argument);
  return buffers.length > 0 ? transfer(argument as object, buffers) : argument;
}

/** Every buffer in plain data, at any depth. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value];
  if (Array.isArray(value)) return value.flatMap(buffersIn);
  const isPlain =
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.values(value as object).flatMap(buffersIn) : [];
}
