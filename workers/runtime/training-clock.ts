/** Seconds of training: what lies between {@link restart} and {@link tick}, and nothing else. */
export class TrainingClock {
  seconds = 0;
  #from = 0;

  /** @param now milliseconds, monotonic. */
  constructor(private readonly now: () => number) {}

  /** What went by until here was evaluation, a sample or a checkpoint. */
  restart(): void {
    this.#from = this.now();
  }

  /** What went by until here was training. */
  tick(): void {
    const now = this.now();
    this.seconds += (now - this.#from) / 1000;
    this.#from = now;
  }
}
