// How long a run still takes, as it has gone lately.
import { type Columns, columnOf } from "./columns.ts";

/** Long enough to hold an evaluation or a sample now and then, short enough to follow a busier machine. */
const WINDOW_SECONDS = 30;
/** Less has been seen of the run than would tell anything. */
const LEAST_SECONDS = 1.5;

/** Steps that an estimate is rounded to, so that it does not twitch: from so many seconds on. */
const ROUNDING = [
  { from: 3_600, to: 60 },
  { from: 600, to: 30 },
  { from: 60, to: 5 },
  { from: 0, to: 1 },
] as const;

/**
 * Seconds until the last step, or null while nothing can be said.
 *
 * Where it is known how time went by for the person (`elapsed`: with evaluations, samples and checkpoints, without
 * pauses), that is what counts; else the time of training alone.
 */
export function secondsLeft(history: Columns, maxSteps: number): number | null {
  const steps = columnOf(history, "step");
  const last = steps.length - 1;
  if (last < 1) return null;
  const elapsed = columnOf(history, "elapsed");
  const clock = Number.isFinite(elapsed[last]) ? elapsed : columnOf(history, "seconds");
  const now = clock[last] as number;
  let first = last;
  // Rows without a time are from before this page watched.
  while (first > 0 && now - (clock[first - 1] as number) <= WINDOW_SECONDS) first -= 1;
  const took = now - (clock[first] as number);
  if (!(took >= LEAST_SECONDS)) return null;
  const rate = ((steps[last] as number) - (steps[first] as number)) / took;
  return rounded(Math.max(0, maxSteps - (steps[last] as number)) / rate);
}

function rounded(seconds: number): number {
  const { to } = ROUNDING.find(({ from }) => seconds >= from) ?? ROUNDING[3];
  return Math.ceil(seconds / to) * to;
}
