// What a plan says before anything is made, against what a run then makes and takes.
import { beforeAll, describe, expect, it } from "vitest";
import { type LanguageConfig, parseLanguageConfig } from "../../../configs/schema/language.ts";
import { Gpu } from "../../../kernels/core/gpu.ts";
import { median, type Peaks } from "../../../kernels/core/profile.ts";
import { measurePeaks } from "../../../kernels/ops/roofline/roofline.ts";
import { testGpu } from "../../../kernels/testing/gpu.ts";
import { createBatchSampler, validationWindows } from "../../data/batches.ts";
import { Generator } from "../../generate/generator.ts";
import { modelFromSection } from "../../nn/from-config.ts";
import { LanguageTrainer } from "../language-trainer.ts";
import { generatorOptionsOf, trainerOptionsOf } from "../run-options.ts";
import { planRun } from "./plan-run.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});

function configOf(sections: Record<string, object>): LanguageConfig {
  const parsed = parseLanguageConfig({ lab: "language", ...sections });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

const NANO = configOf({ model: { preset: "nano" } });
const MICRO = configOf({
  data: { tokenizer: "bpe", vocab_size: 1_024 },
  model: { preset: "micro", family: "llama", d_mlp: 256, tie_embeddings: true },
  train: { batch_size: 4 },
});

const planHere = async (config: LanguageConfig, peaks: Peaks | null = null) =>
  (
    await planRun({
      config,
      device: gpu,
      machine: { memoryBytes: 16e9, cores: 2 },
      speed: {
        adapterClass: gpu.profile.adapterClass,
        cores: 2,
        peaks,
        measured: [],
      },
    })
  ).plan;

async function makeRun(own: Gpu, config: LanguageConfig, vocabSize: number) {
  const model = modelFromSection(config.model, vocabSize);
  const trainer = await LanguageTrainer.create(own, trainerOptionsOf(config, model, own.profile));
  trainer.initialize();
  const tokens = Int32Array.from({ length: 4_096 }, (_, i) => (i * 7) % vocabSize);
  const { batchSize, contextLength, accumulation } = trainer.options;
  const sampler = createBatchSampler({ tokens, batchSize, contextLength, seed: 1 });
  const step = () =>
    trainer.runStep(
      Array.from({ length: accumulation }, (_, micro) => sampler.batchAt(trainer.step, micro)),
    );
  return { model, trainer, tokens, step };
}

describe.each([
  ["nano", NANO],
  ["micro", MICRO],
  [
    "micro with accumulation, recomputed",
    configOf({
      data: MICRO.data,
      model: MICRO.model,
      train: { batch_size: 2, gradient_accumulation_steps: 2, recompute: true },
    }),
  ],
  [
    "nano with Muon and an odd width",
    configOf({
      model: { d_model: 60, n_heads: 4, n_ctx: 33 },
      optim: { optimizer: "muon" },
      train: { batch_size: 3 },
    }),
  ],
])("a plan of %s", (_, config) => {
  it("counts parameters, dispatches and every byte that the run then makes", async () => {
    const before = gpu.counters.liveBytes;
    const plan = await planHere(config);
    expect(gpu.counters.liveBytes).toBe(before);
    const { model, trainer, tokens, step } = await makeRun(gpu, config, plan.vocabulary.size);
    step();
    await trainer.evaluate(validationWindows(tokens, trainer.options.contextLength), 2);
    const generator = await Generator.create(gpu, {
      ...generatorOptionsOf({ model, contextLength: trainer.options.contextLength }, gpu.profile),
      weights: trainer.parameters,
    });
    try {
      expect(plan.parameters).toBe(trainer.parameterCount);
      expect(plan.dispatchesPerStep).toBe(trainer.dispatchesPerStep);
      expect(plan.plannedBytes).toBe(trainer.plannedBytes);
      expect(plan.tokensPerStep).toBe(trainer.tokensPerStep);
      const parts = await trainer.saveParts();
      expect(plan.checkpointBytes).toBe(
        parts.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
      );
      // Staging of accumulated micro-batches is made at the first step and is a few kilobytes.
      const staged = config.train.gradient_accumulation_steps > 1 ? 3 * 65_536 : 0;
      const made = gpu.counters.liveBytes - before;
      expect(made - plan.memory.total).toBeGreaterThanOrEqual(0);
      expect(made - plan.memory.total).toBeLessThanOrEqual(staged);
    } finally {
      generator.destroy();
      trainer.destroy();
    }
  });
});

/** The machine may be busier while peaks are measured than while steps are, or less: then once more. */
const ROUNDS = 3;

it.each([
  ["nano", NANO],
  ["micro", MICRO],
])("the step of %s takes what its plan says, within a factor of three", async (_, config) => {
  const ratios: number[] = [];
  while (ratios.length < ROUNDS && !ratios.some((ratio) => ratio > 1 / 3 && ratio < 3)) {
    const own = ratios.length === 0 ? gpu : await Gpu.open(navigator.gpu);
    const peaks = await measurePeaks(own);
    const { time, vocabulary } = await planHere(config, peaks);
    expect(time?.basis).toBe("measured");
    const milliseconds = await stepTime(own, config, vocabulary.size);
    ratios.push((time?.step.milliseconds as number) / milliseconds);
    console.log(
      `predicted over measured: ${ratios.at(-1)?.toFixed(2)} of ${milliseconds.toFixed(1)} ms`,
    );
    if (own !== gpu) own.close();
  }
  expect(ratios.at(-1)).toBeGreaterThan(1 / 3);
  expect(ratios.at(-1)).toBeLessThan(3);
});

/** Median of some steps after the first two, which compile. */
async function stepTime(own: Gpu, config: LanguageConfig, vocabSize: number): Promise<number> {
  const { trainer, step } = await makeRun(own, config, vocabSize);
  const times: number[] = [];
  for (let i = 0; i < 8; i++) {
    const started = performance.now();
    step();
    await own.device.queue.onSubmittedWorkDone();
    if (i >= 2) times.push(performance.now() - started);
  }
  trainer.destroy();
  return median(times);
}
