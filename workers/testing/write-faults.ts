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

  /** Counts a write and says what becomes of it. From `die` on it is always that. */
  verdict(): "go" | "refuse" | "die" {
    const verdict = this.#judge();
    if (verdict === "die") this.#tell();
    return verdict;
  }

  #judge(): "go" | "refuse" | "die" {
    if (this.#dead) return "die";
    if (++this.writes !== this.at) return "go";
    if (this.mode === "throw") return "refuse";
    this.#dead = true;
    return "die";
  }

  /** What a full disk says. */
  refusal(): Error {
    return Object.assign(new DOMException("made to fail by a test", "QuotaExceededError"), {
      errno: "ENOSPC",
    });
  }

  /**
   * Before a write that cannot wait. @param half does half of it.
   * @throws Died, or what the medium throws when it is full.
   */
  beforeSync(half: () => void = () => {}): void {
    const wasDead = this.#dead;
    const verdict = this.#judge();
    if (verdict === "go") return;
    if (verdict === "refuse") throw this.refusal();
    if (!wasDead && this.mode === "tear") half();
    this.#tell();
    throw new Died();
  }

  /** Before a write that is waited for. */
  async before(half: () => void | Promise<void> = () => {}): Promise<void> {
    const wasDead = this.#dead;
    const verdict = this.#judge();
    if (verdict === "go") return;
    if (verdict === "refuse") throw this.refusal();
    if (!wasDead && this.mode === "tear") await half();
    this.#tell();
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
}
