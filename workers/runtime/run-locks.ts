/** Who has a run. Two tabs that trained the same one would write over each other's checkpoints. */
export interface RunLocks {
  /** Takes a run until the returned function is called, or the thread ends; null where another tab has it. */
  take(runId: string): Promise<(() => void) | null>;
  /** Runs that other tabs have. */
  elsewhere(): Promise<ReadonlySet<string>>;
}

/** How long one waits for a lock: that of a tab or worker that has just gone is let go of a moment later. */
const PATIENCE_MS = 2_000;

/** For a process that has its store to itself. */
export const ALONE: RunLocks = {
  take: async () => () => {},
  elsewhere: async () => new Set(),
};

const PREFIX = "vitrine-run/";

/** Locks of the browser, which lets go of them when a tab is closed, killed or crashes. */
export function webLocks(locks: LockManager): RunLocks {
  const own = new Set<string>();
  return {
    take: (runId) =>
      new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(PATIENCE_MS);
        locks
          .request(PREFIX + runId, { signal }, () => {
            own.add(runId);
            return new Promise<void>((release) => {
              resolve(() => {
                own.delete(runId);
                release();
              });
            });
          })
          .catch((error: unknown) => (signal.aborted ? resolve(null) : reject(error)));
      }),
    async elsewhere() {
      const { held = [] } = await locks.query();
      const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(PREFIX));
      return new Set(
        names.map((name) => name.slice(PREFIX.length)).filter((runId) => !own.has(runId)),
      );
    },
  };
}
