import type { GoldenCase, GoldenFamily } from "../../kernels/testing/golden.ts";
import { learningRateMultiplier, type ScheduleConfig } from "./schedules.ts";

/** The case's attributes as our config. "cosine_min" is cosine with a floor. */
function scheduleOf({ attrs }: GoldenCase): ScheduleConfig {
  const kind = attrs.kind as string;
  return {
    schedule: (kind === "cosine_min" ? "cosine" : kind) as ScheduleConfig["schedule"],
    total_steps: attrs.total_steps as number,
    warmup_steps: attrs.warmup_steps as number,
    min_lr_ratio: attrs.min_ratio as number | undefined,
    stable_steps: attrs.stable as number | undefined,
    decay_steps: attrs.decay as number | undefined,
    decay_type: attrs.decay_type as ScheduleConfig["decay_type"],
  };
}

/** `lr_schedule`: entries 0 to total_steps of the multiplier. */
export const lrScheduleGolden: GoldenFamily = {
  kind: "run",
  hostSide: "the learning rate is computed before the step is submitted",
  run: async (_gpu, golden) => {
    const config = scheduleOf(golden);
    return {
      multiplier: Array.from({ length: config.total_steps + 1 }, (_, step) =>
        learningRateMultiplier(config, step),
      ),
    };
  },
};
