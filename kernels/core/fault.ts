/** What can go wrong, as a closed list: the page has one message and one way out for each. */
export type FaultCode =
  | "no-webgpu"
  | "no-adapter"
  | "missing-feature"
  | "shader-error"
  | "gpu-error"
  | "out-of-memory"
  | "device-lost"
  | "worker-died"
  | "non-finite"
  | "bad-data"
  /** A run's text is no longer kept: the same file must be chosen again. */
  | "text-missing"
  | "bad-model"
  | "bad-config"
  /** The device does something else that must not be disturbed. */
  | "busy"
  | "storage"
  /** No room is left where runs are kept. */
  | "storage-full"
  /** What was kept of a run is no longer there, or no longer whole. */
  | "run-gone"
  /** Another tab has the run. */
  | "run-elsewhere"
  /** A later version wrote it. */
  | "newer-version"
  /** The browser gives no adapter any more until the page is reloaded; until it is started again. */
  | "reload-needed"
  | "restart-needed"
  /** A host that cannot be reached, or what it sent is not what it should be. */
  | "network"
  /** The model hub says no. */
  | "hub"
  | "internal";

/** An error as data: it crosses threads and is drawn as it is. */
export interface Fault {
  readonly code: FaultCode;
  /** What must hold, and what was met. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** A {@link Fault} while it travels up the stack of one thread. */
export class FaultError extends Error {
  override readonly name = "FaultError";
  constructor(
    readonly code: FaultCode,
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The plain-data form. */
  get fault(): Fault {
    return this.hint === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, hint: this.hint };
  }
}

/** Any thrown thing as a Fault; what is not ours becomes `internal` with its message kept. */
export function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  return {
    code: "internal",
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  };
}
