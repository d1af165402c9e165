// The only file of the page that starts a worker or knows Comlink.
import { proxy, type Remote, releaseProxy, transfer, wrap } from "comlink";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import type { StudioApi } from "../../workers/api/studio.ts";
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
  const worker = new Worker(new URL("../../workers/compute.worker.ts", import.meta.url), {
    type: "module",
    name: "compute",
  });
  const api = wrap<StudioApi>(worker);
  const supervision = supervise({
    ping: () => api.describe(),
    intervalMs: HEARTBEAT_MS,
    patience: HEARTBEAT_PATIENCE,
    silenceFault: () => died("The compute worker must answer; it has been silent for a minute."),
  });
  const { call, end, ended } = supervision;
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
  const area = <K extends Area>(name: K) => connectArea(api, name, supervision);

  return {
    ended,
    close: () => end(died("The compute worker was closed.")),
    describe: () => call(() => api.describe()),
    runs: area("runs"),
    models: area("models"),
    text: area("text"),
    device: area("device"),
  };
}

/** Names of the API's areas. */
type Area = Exclude<keyof StudioApi, "describe">;

type Method = (...args: unknown[]) => Promise<Outcome<unknown>>;

/**
 * One area of the API, every method of it: functions among the arguments are called back across the
 * thread, buffers go over without a copy, and each call is watched.
 */
function connectArea<K extends Area>(
  api: Remote<StudioApi>,
  name: K,
  { call, sawLife }: Supervision,
): StudioApi[K] {
  const remote = api[name] as unknown as Readonly<Record<string, Method>>;
  const listener = (callback: (...args: unknown[]) => unknown) =>
    proxy((...args: unknown[]) => {
      sawLife();
      return callback(...args);
    });
  return new Proxy({} as StudioApi[K] & object, {
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
