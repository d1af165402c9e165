// What the browser's storage refuses, as faults.
import { FaultError } from "../../kernels/core/fault.ts";

const MEGABYTE = 1e6;

/** @param what what the storage was to do: "keep the text". */
export async function explainBrowser(what: string, error: unknown): Promise<FaultError> {
  if (error instanceof FaultError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (!/quota/i.test(`${name} ${message}`))
    return new FaultError(
      "storage",
      `The browser's storage must ${what}; ${name}: ${message}.`,
      "Private windows may forbid storage. Open Vitrine in an ordinary window.",
      { cause: error },
    );
  const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  const room =
    usage === undefined || quota === undefined
      ? ""
      : ` (${(usage / MEGABYTE).toFixed(1)} MB of the ${(quota / MEGABYTE).toFixed(1)} MB that it allows are used)`;
  return new FaultError(
    "storage-full",
    `The browser's storage must ${what}; it is full${room}.`,
    "Delete old runs and models, or free disk space. Save the model to a folder of your own to be sure of it.",
    { cause: error },
  );
}

/** Runs a call of the storage. @throws FaultError `storage` or `storage-full`. */
export async function guardBrowser<T>(what: string, work: () => PromiseLike<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await explainBrowser(what, error);
  }
}
