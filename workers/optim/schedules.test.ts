import { describe, expect, it } from "vitest";
import { optimSchema } from "../../configs/schema/optim.ts";
import { learningRateMultiplier, type ScheduleConfig } from "./schedules.ts";

const at = (config: ScheduleConfig, steps: readonly number[]): number[] =>
  steps.map((step) => learningRateMultiplier(config, step));
const RUN = { total_steps: 100, warmup_steps: 20 } as const;

describe("learningRateMultiplier", () => {
  it("warms up from 0 and then stays, for constant", () => {
    expect(at({ ...RUN, schedule: "constant" }, [0, 10, 20, 100, 1000])).toEqual([0, 0.5, 1, 1, 1]);
    expect(at({ ...RUN, schedule: "constant", warmup_steps: 0 }, [0])).toEqual([1]);
  });

  it("falls to the floor and stays there, for linear and cosine", () => {
    for (const schedule of ["linear", "cosine"] as const) {
      const config = { ...RUN, schedule, min_lr_ratio: 0.1 };
      const [peak, half, end, after] = at(config, [20, 60, 100, 140]);
      expect([peak, end, after], schedule).toEqual([1, 0.1, 0.1]);
      expect(half, schedule).toBeCloseTo(0.55, 12);
    }
    expect(learningRateMultiplier({ ...RUN, schedule: "cosine" }, 40)).toBeCloseTo(
      0.5 + Math.SQRT1_2 / 2,
      12,
    );
  });

  it("warms up from the floor, holds, decays, for WSD", () => {
    const config = { ...RUN, schedule: "wsd", min_lr_ratio: 0.2, decay_steps: 40 } as const;
    const [start, ramp, held, last, half, end, after] = at(config, [0, 10, 20, 60, 80, 100, 200]);
    expect([start, held, last, end, after]).toEqual([0.2, 1, 1, 0.2, 0.2]);
    expect(ramp).toBeCloseTo(0.6, 12);
    expect(half).toBeCloseTo(0.6, 12);
    const root = learningRateMultiplier({ ...config, decay_type: "1-sqrt" }, 70);
    expect(root).toBeCloseTo(0.5 * 0.8 + 0.2, 12);
    const wave = learningRateMultiplier({ ...config, decay_type: "cosine" }, 80);
    expect(wave).toBeCloseTo(0.6, 12);
  });

  it("decays over a fifth of the run where WSD is not told, and never past its end", () => {
    const config = { ...RUN, schedule: "wsd", decay_steps: 0 } as const;
    expect(at(config, [79, 80, 90, 100])).toEqual([1, 1, 0.5, 0]);
    expect(at({ ...config, decay_steps: 500 }, [20, 60, 100])).toEqual([1, 0.5, 0]);
  });

  it("survives runs shorter than their warm-up, and of no steps", () => {
    for (const schedule of ["constant", "linear", "cosine", "wsd"] as const)
      for (const total_steps of [0, 1, 3])
        for (const warmup_steps of [0, 3, 10])
          for (const step of [0, 1, 3, 20]) {
            const value = learningRateMultiplier({ schedule, total_steps, warmup_steps }, step);
            expect(value >= 0 && value <= 1, `${schedule} ${total_steps} ${step}`).toBe(true);
          }
  });

  it("takes a run's config as it is", () => {
    const config = optimSchema.parse({});
    expect(learningRateMultiplier({ ...config, total_steps: 1000 }, config.warmup_steps)).toBe(1);
  });
});
