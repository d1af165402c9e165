// Where the time of a training step goes: the trainer of a preset, without the run around it.
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { StepProfile } from "../../kernels/core/profile.ts";
import { createBatchSampler } from "../data/batches.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { LanguageTrainer } from "../runtime/language-trainer.ts";
import { prepareCorpus } from "../runtime/prepare-text.ts";

/** Text enough for batches and for a tokenizer; speed does not depend on what is written. */
const CHARACTERS = 200_000;

export interface PresetProfileOptions {
  /** Steps that are measured. */
  readonly steps?: number;
  /** Steps before those, which pay for whatever only the first ones pay for. */
  readonly warmSteps?: number;
}

/**
 * Trains a preset for a few steps and profiles them. The text is TinyWorld's whatever the preset names;
 * a BPE vocabulary has the size that the preset asks for, one of characters that of TinyWorld.
 *
 * @param preset path of a YAML file, or a config.
 * @throws FaultError `bad-config` when the file holds no valid config; what a trainer throws.
 */
export async function profilePreset(
  gpu: Gpu,
  preset: string | LanguageConfig,
  { steps = 5, warmSteps = 2 }: PresetProfileOptions = {},
): Promise<StepProfile> {
  const config = typeof preset === "string" ? await readPreset(preset) : preset;
  const { data, train, seed } = config;
  const text = await prepareCorpus({
    seed,
    characters: CHARACTERS,
    // A tokenizer of a file changes nothing but the vocabulary.
    tokenizer: {
      kind: data.tokenizer === "file" ? "character" : data.tokenizer,
      vocabSize: data.vocab_size,
    },
  });
  const vocabSize = data.tokenizer === "bpe" ? data.vocab_size : text.tokenizer.vocabSize;
  const model = modelFromSection(config.model, vocabSize, text.tokenizer.specials);
  const trainer = await LanguageTrainer.create(gpu, {
    model,
    optim: config.optim,
    maxSteps: train.max_steps,
    batchSize: train.batch_size,
    contextLength: Math.min(config.model.n_ctx, model.nCtx),
    accumulation: train.gradient_accumulation_steps,
    recompute: train.recompute,
    seed,
  });
  try {
    trainer.initialize();
    const { batchSize, contextLength, accumulation } = trainer.options;
    const sampler = createBatchSampler({ tokens: text.train, batchSize, contextLength, seed });
    const batchesOf = (step: number) =>
      Array.from({ length: accumulation }, (_, micro) => sampler.batchAt(step, micro));
    for (let i = 0; i < warmSteps; i++) trainer.runStep(batchesOf(trainer.step));
    await trainer.drainMetrics();
    return await trainer.profile(batchesOf, steps);
  } finally {
    trainer.destroy();
  }
}

async function readPreset(path: string): Promise<LanguageConfig> {
  let plain: unknown;
  try {
    plain = parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new FaultError(
      "bad-config",
      `${path} must be a YAML file; ${error instanceof Error ? error.message : String(error)}.`,
      "Name a file of configs/presets.",
    );
  }
  const parsed = parseLanguageConfig(plain);
  if (parsed.ok) return parsed.config;
  throw new FaultError(
    "bad-config",
    `${path} must be a valid config; ${parsed.issues.map(({ path: at, message }) => `${at}: ${message}`).join("; ")}.`,
    "Correct these fields.",
  );
}
