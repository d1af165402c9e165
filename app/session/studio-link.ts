// The worker as the page sees it. Everything a call can end in is an Outcome: nothing here rejects,
// and nothing waits for a worker that is gone.
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import type { StudioApi } from "../../workers/api/studio.ts";

export interface StudioLink extends StudioApi {
  /** Settles when the worker has died or the link was closed, with the reason. */
  readonly ended: Promise<Fault>;
  /** Ends the worker; whatever waits gets the Fault `worker-died`. */
  close(): void;
}

export interface Supervision {
  /** Runs one call; its result is the call's own, or the Fault that ended the link meanwhile. */
  call<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
  /** Any sign that the worker lives: a reply or an event. */
  sawLife(): void;
  /** Ends the link. Only the first reason counts. */
  end(fault: Fault): void;
  readonly ended: Promise<Fault>;
}

export interface HeartbeatOptions {
  /** Asks the worker for any reply at all. */
  readonly ping: () => Promise<unknown>;
  readonly intervalMs: number;
  /** How many intervals may pass without a sign of life. Counted, not timed: a laptop may sleep. */
  readonly patience: number;
  readonly silenceFault: () => Fault;
}

/**
 * Watches over calls to a worker. Comlink never settles a call whose worker has died, so each one
 * races against the end of the link; the heartbeat notices deaths that raise no event (a killed
 * process, `terminate()`).
 */
export function supervise(heartbeat: HeartbeatOptions): Supervision {
  let finish: (fault: Fault) => void = () => {};
  let reason: Fault | null = null;
  const ended = new Promise<Fault>((resolve) => {
    finish = resolve;
  });
  let silentBeats = 0;
  const sawLife = () => {
    silentBeats = 0;
  };
  const timer = setInterval(() => {
    silentBeats += 1;
    if (silentBeats > heartbeat.patience) end(heartbeat.silenceFault());
    else heartbeat.ping().then(sawLife, () => {});
  }, heartbeat.intervalMs);

  function end(fault: Fault) {
    if (reason) return;
    reason = fault;
    clearInterval(timer);
    finish(fault);
  }

  return {
    ended,
    end,
    sawLife,
    async call<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
      if (reason) return { ok: false, fault: reason };
      const failure = ended.then((fault): Outcome<T> => ({ ok: false, fault }));
      try {
        const outcome = await Promise.race([work(), failure]);
        sawLife();
        return outcome;
      } catch (error) {
        return { ok: false, fault: { code: "internal", message: messageOf(error) } };
      }
    },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
