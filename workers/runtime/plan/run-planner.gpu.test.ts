// Plans as the page asks for them: through the API, as data.
import { describe, expect, it } from "vitest";
import { type LanguageConfig, parseLanguageConfig } from "../../../configs/schema/language.ts";
import type { RunPlan } from "../../api/plan.ts";
import type { RunPhase } from "../../api/runs.ts";
import { MemorySpeedStore } from "../../storage/speed-store.ts";
import { MemoryDatasetStore } from "../../testing/memory-datasets.ts";
import { memoryModels } from "../../testing/memory-models.ts";
import { MemoryStore, MemoryTuningStore } from "../../testing/memory-store.ts";
import { Studio } from "../studio.ts";

function configOf(sections: Record<string, object>): LanguageConfig {
  const parsed = parseLanguageConfig({
    lab: "language",
    data: { characters: 10_000 },
    ...sections,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

const SMALL = configOf({
  model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16 },
  train: { max_steps: 30, batch_size: 2, eval_interval: 0, sample_interval: 0 },
});

function studioWith(memoryBytes: number, speeds = new MemorySpeedStore()): Studio {
  return new Studio(
    {
      runs: new MemoryStore(),
      datasets: new MemoryDatasetStore(),
      models: memoryModels(),
      tunings: new MemoryTuningStore(),
      speeds,
    },
    () => navigator.gpu,
    (value) => value,
    { memoryBytes, cores: 2 },
  );
}

async function planOf(studio: Studio, config: LanguageConfig): Promise<RunPlan> {
  const outcome = await studio.runs.plan({ config });
  if (!outcome.ok) throw new Error(outcome.fault.message);
  // What a thread's border lets through: data, and no more.
  expect(structuredClone(outcome.value)).toEqual(outcome.value);
  return outcome.value;
}

/** Trains to the end. */
const train = (studio: Studio, config: LanguageConfig) =>
  new Promise<RunPhase>((resolve, reject) => {
    void studio.runs
      .start({ config }, ({ event }) => {
        if (event.type === "phase" && ["done", "failed"].includes(event.phase))
          resolve(event.phase);
      })
      .then((outcome) => {
        if (!outcome.ok) reject(new Error(outcome.fault.message));
      });
  });

describe("a plan asked of the studio", () => {
  it("is of the run that then starts, and what that took corrects the next, in later visits too", async () => {
    const speeds = new MemorySpeedStore();
    const studio = studioWith(8e9, speeds);
    const before = await planOf(studio, SMALL);
    expect(before.problems).toEqual([]);
    expect(before.time?.basis).toBe("shipped");
    expect(await train(studio, SMALL)).toBe("done");
    for (const after of [
      await planOf(studio, SMALL),
      await planOf(studioWith(8e9, speeds), SMALL),
    ]) {
      expect(after.time?.basis).toBe("run");
      expect(after.plannedBytes).toBe(before.plannedBytes);
      const step = after.time?.step ?? { low: 0, high: 1, milliseconds: 0 };
      expect(step.high / step.low).toBeLessThan(2.5);
      expect(step.milliseconds).toBeGreaterThan(0);
    }
  });

  it("says why a run cannot start, and starting it ends in the same fault", async () => {
    const studio = studioWith(20e6);
    const config = configOf({ model: { preset: "nano" }, train: { batch_size: 64 } });
    const { problems } = await planOf(studio, config);
    expect(problems[0]).toMatchObject({ code: "memory", isFatal: true });
    const started = await studio.runs.start({ config }, () => {});
    expect(started).toEqual({ ok: false, fault: problems[0]?.fault });
    // With what it says would fit, it starts.
    const fix = problems[0]?.fixes[0]?.settings as Record<string, number>;
    const fixed = configOf({
      model: { preset: "nano" },
      train: {
        max_steps: 1,
        batch_size: fix["train.batch_size"],
        gradient_accumulation_steps: fix["train.gradient_accumulation_steps"],
      },
    });
    expect((await planOf(studio, fixed)).problems).toEqual([]);
  });
});
