// What the learning rate does over a run. A schedule is a multiplier of the peak rate, by step.

/** Names and meanings as in transformers; every field is plain data of a run's config. */
export interface ScheduleConfig {
  readonly schedule: "constant" | "linear" | "cosine" | "wsd";
  /** Steps of the whole run; a run cut short keeps it. */
  readonly total_steps: number;
  readonly warmup_steps: number;
  /** Where the decay ends, as a share of the peak; 0 where absent. */
  readonly min_lr_ratio?: number | undefined;
  /** Steps of the final decay of WSD; 0 or absent means a fifth of the run. */
  readonly decay_steps?: number | undefined;
  /** Steps between warm-up and decay of WSD; absent means all that is left. */
  readonly stable_steps?: number | undefined;
  /** Shape of WSD's decay; linear where absent. */
  readonly decay_type?: "linear" | "cosine" | "1-sqrt" | undefined;
}

/** Share of WSD's run that decays when nothing is said. */
const DECAY_SHARE = 0.2;

/**
 * Multiplier of the peak learning rate.
 *
 * @param step optimiser steps already done: the first step asks for 0. Past the end the last value
 *   stays.
 * @returns a number in [0, 1]. Warm-up is linear from 0 (with WSD, from `min_lr_ratio`), so that step
 *   0 of a run with warm-up has rate 0.
 * @see transformers.optimization: the get_*_schedule functions
 */
export function learningRateMultiplier(config: ScheduleConfig, step: number): number {
  const { warmup_steps, total_steps, min_lr_ratio = 0 } = config;
  const lift = (factor: number): number => factor * (1 - min_lr_ratio) + min_lr_ratio;
  if (step < warmup_steps) {
    const factor = step / warmup_steps;
    return config.schedule === "wsd" ? lift(factor) : factor;
  }
  const decaySteps = total_steps - warmup_steps;
  switch (config.schedule) {
    case "constant":
      return 1;
    case "linear":
      return lift(1 - progressOf(step - warmup_steps, decaySteps));
    case "cosine":
      return lift(halfCosine(progressOf(step - warmup_steps, decaySteps)));
    case "wsd": {
      const decay = Math.min(
        config.decay_steps || Math.round(total_steps * DECAY_SHARE),
        Math.max(0, decaySteps),
      );
      const stable = config.stable_steps ?? Math.max(0, decaySteps - decay);
      const progress = progressOf(step - warmup_steps - stable, decay);
      switch (config.decay_type ?? "linear") {
        case "linear":
          return lift(1 - progress);
        case "cosine":
          return lift(halfCosine(progress));
        case "1-sqrt":
          return lift(1 - Math.sqrt(progress));
      }
    }
  }
}

/** Share of `length` steps that is done, held within [0, 1]; a decay of no steps is over at once. */
const progressOf = (done: number, length: number): number =>
  done < 0 ? 0 : Math.min(1, length > 0 ? done / length : 1);

/** From 1 to 0 along half a cosine wave. */
const halfCosine = (progress: number): number => 0.5 * (1 + Math.cos(Math.PI * progress));
