/**
 * Lets short work run between the submits of long work. While the long work is active, `wait()` holds
 * until it says that others may go; otherwise it returns at once.
 */
export class Turns {
  #active = false;
  #waiting: (() => void)[] = [];

  /** Whether somebody waits for a turn: the long work then cuts its submits. */
  get wanted(): boolean {
    return this.#waiting.length > 0 || this.#interested > 0;
  }

  #interested = 0;

  /** Runs `work`, which will ask for turns; the long work is told for as long as it lasts. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#interested++;
    try {
      return await work();
    } finally {
      this.#interested--;
    }
  }

  /** The long work begins (true) or pauses (false): nobody is held while it rests. */
  setActive(active: boolean): void {
    this.#active = active;
    if (!active) this.release();
  }

  wait(): Promise<void> {
    if (!this.#active) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Between two submits: everybody who waits goes on. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
