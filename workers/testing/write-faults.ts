// Makes the k-th write of a medium go wrong, so that a test can go through every write there is.

/**
 * What happens at that write:
 * - `throw` it is refused, as by a full disk; what comes after it works again
 * - `die`   the process ends before it: neither it nor anything later happens
 * - `tear`  half of it happens, then the process ends
 */
export type FaultMode = "throw" | "die" | "tear";

/** The process is gone. Thrown where a call cannot wait; what waits never returns. */
class Died extends Error {
  override readonly name = "Died";
}

export class WriteFaults {
  /** Writes seen so far, the failed one included. */
  writes = 0;
  #dead = false;
  #tell: () => void = () => {};
  /** Settles when the process has died. */
  readonly death = new Promise<"died">((resolve) => {
    this.#tell = () => resolve("died");
  });

  /** @param at which write goes wrong, counted from 1; none by default. */
  constructor(
    readonly at = Number.POSITIVE_INFINITY,
    readonly mode: FaultMode = "throw",
  ) {}

  /** Whether the write that was to fail has come. */
  get happened(): boolean {
    return this.writes >= this.at;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Before a write that cannot wait. @param half does half of it.
   * @throws Died, or what the medium throws when it is full.
   */
  beforeSync(half: () => void = () => {}): void {
    if (this.#dead) throw new Died();
    if (++this.writes !== this.at) return;
    if (this.mode === "throw") throw full();
    if (this.mode === "tear") half();
    this.#die();
    throw new Died();
  }

  /** Before a write that is waited for. */
  async before(half: () => void | Promise<void> = () => {}): Promise<void> {
    await this.alive();
    if (++this.writes !== this.at) return;
    if (this.mode === "throw") throw full();
    if (this.mode === "tear") await half();
    this.#die();
    await this.alive();
  }

  /** Before anything else: a dead process reads nothing either. */
  async alive(): Promise<void> {
    if (this.#dead) await new Promise<never>(() => {});
  }

  /** Runs work that may not survive. */
  survive<T>(work: () => Promise<T>): Promise<T | "died"> {
    const ended = work().catch((error: unknown) => {
      if (this.#dead) return "died" as const;
      throw error;
    });
    return Promise.race([ended, this.death]);
  }

  #die(): void {
    this.#dead = true;
    this.#tell();
  }
}

const full = (): Error =>
  Object.assign(new DOMException("made to fail by a test", "QuotaExceededError"), {
    errno: "ENOSPC",
  });
