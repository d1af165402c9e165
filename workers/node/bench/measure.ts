// Timing on machines that do other things too: works are timed in turn, round after round, so that a
// slow minute is slow for all of them, and what is told is a ratio with its spread.

/** Something that can be timed. `run` resolves when the GPU has really done it. */
export interface Work {
  readonly run: () => Promise<unknown>;
  readonly dispose?: () => void;
}

/** Milliseconds of one work: quartiles, because a mean follows every hiccup. */
export interface Timing {
  readonly medianMs: number;
  readonly lowMs: number;
  readonly highMs: number;
  readonly bestMs: number;
  readonly runs: number;
}

/** The q-quantile of sorted numbers, by linear interpolation. */
function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** @throws Error when nothing was measured. */
export function timingOf(samplesMs: readonly number[]): Timing {
  if (samplesMs.length === 0) throw new Error("timingOf: needs at least one measurement; got none");
  const sorted = [...samplesMs].sort((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    lowMs: quantile(sorted, 0.25),
    highMs: quantile(sorted, 0.75),
    bestMs: sorted[0] as number,
    runs: sorted.length,
  };
}

export interface MeasureOptions {
  /** Untimed runs of each work first: compilation, caches. Default 2. */
  readonly warmUps?: number;
  /** Rounds at least; more while the budget lasts. Default 5. */
  readonly rounds?: number;
  /** Seconds after which no further round begins. Default 4. */
  readonly seconds?: number;
  readonly now?: () => number;
}

/**
 * Times works in turn.
 *
 * @returns one timing per work, in their order.
 */
export async function measureInTurn(
  works: readonly Work[],
  options: MeasureOptions = {},
): Promise<readonly Timing[]> {
  const { warmUps = 2, rounds = 5, seconds = 4, now = () => performance.now() } = options;
  for (const { run } of works) for (let i = 0; i < warmUps; i++) await run();
  const samples: number[][] = works.map(() => []);
  const end = now() + seconds * 1_000;
  for (let round = 0; round < rounds || (now() < end && round < 200); round++)
    for (const [i, { run }] of works.entries()) {
      const from = now();
      await run();
      (samples[i] as number[]).push(now() - from);
    }
  return samples.map(timingOf);
}
