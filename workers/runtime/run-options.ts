import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { RunEvent } from "../api/runs.ts";
import type { FileSource } from "../data/formats/source.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import type { GeneratorOptions } from "../generate/generator.ts";
import type { ModelConfig } from "../nn/config.ts";
import type { DatasetStore } from "../storage/dataset-store.ts";
import type { Checkpoint, LoadedCheckpoint, RunStore } from "../storage/run-store.ts";
import type { TrainerOptions } from "./language-trainer.ts";

/** What a run needs from where it runs. */
export interface RunHost {
  readonly gpu: Gpu;
  readonly store: RunStore;
  readonly datasets: DatasetStore;
  emit(event: RunEvent): void;
  /** Milliseconds, monotonic. */
  now(): number;
}

/** What a run begins with in place of random weights. */
export interface StartModel {
  readonly config: ModelConfig;
  /** The run's own where there is none. */
  readonly tokenizer: Tokenizer | null;
  /** By name, f32, shapes as parametersOf(config) says. */
  readonly parameters:
    | Iterable<readonly [string, Float32Array<ArrayBufferLike>]>
    | AsyncIterable<readonly [string, Float32Array<ArrayBufferLike>]>;
  /** Where it is kept, if it is. */
  readonly modelId?: string;
}

export interface RunOptions {
  readonly runId: string;
  readonly config: LanguageConfig;
  /** The prepared text, when `data.dataset` is `file`. */
  readonly datasetId?: string;
  /** The file itself, where it is not prepared yet: then the run does that first. */
  readonly file?: FileSource;
  /** The tokenizer that `data.tokenizer: file` names. */
  readonly tokenizer?: Tokenizer;
  /** Continue from here. */
  readonly checkpoint?: Checkpoint | LoadedCheckpoint;
  /** Start from these weights, with this tokenizer. */
  readonly model?: StartModel;
  /** Stop after this many steps counted from the beginning; schedules follow the config all the same. */
  readonly stopAfterStep?: number;
  /** Kernel rows to use in place of the shipped ones. A run that continues has its own, and keeps them. */
  readonly variants?: VariantRows;
}

/** What a config asks of the trainer of this model. */
export const trainerOptionsOf = (
  { model: { n_ctx }, optim, train, seed }: LanguageConfig,
  model: ModelConfig,
  profile: AdapterProfile,
): TrainerOptions => ({
  model,
  optim,
  maxSteps: train.max_steps,
  batchSize: train.batch_size,
  contextLength: Math.min(n_ctx, model.nCtx),
  accumulation: train.gradient_accumulation_steps,
  recompute: train.recompute,
  precision: train.precision,
  normsInterval: train.norms_interval,
  seed,
  profile,
});

/** How a run's own samples are written. */
export const generatorOptionsOf = (
  { model, contextLength }: Pick<TrainerOptions, "model" | "contextLength">,
  profile: AdapterProfile,
): Omit<GeneratorOptions, "weights"> => ({
  config: model,
  batch: 1,
  capacity: Math.min(model.nCtx, Math.max(contextLength, 16)),
  profile,
});
