// What every call across the thread comes to: faults are data, never thrown errors.
import type { Fault } from "../../kernels/core/fault.ts";

export type { Fault, FaultCode } from "../../kernels/core/fault.ts";

/** Result of a call: faults cross the thread as data, never as thrown errors. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };
