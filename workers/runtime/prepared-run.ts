// From a config to something that can train: text, tokenizer, model, and the compiled trainer.
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { RunEvent } from "../api/runs.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import type { ModelConfig } from "../nn/config.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { describeDevice } from "./device-report.ts";
import { LanguageTrainer } from "./language-trainer.ts";
import { type PreparedText, prepareText } from "./prepare-text.ts";
import type { RunHost, RunOptions } from "./run-options.ts";

/** What a run has once it can train. */
export interface PreparedRun {
  readonly text: PreparedText;
  readonly tokenizer: Tokenizer;
  readonly model: ModelConfig;
  readonly trainer: LanguageTrainer;
}

/**
 * Prepares a run: a new one, one from a loaded model, or one that continues.
 *
 * @throws FaultError `bad-data` for a text that cannot be trained on or is not the one it was trained on;
 *   what {@link LanguageTrainer.create} throws.
 */
export async function prepareRun(
  options: RunOptions,
  { gpu, store, emit }: RunHost,
  profile: AdapterProfile,
  signal: AbortSignal,
): Promise<PreparedRun> {
  const { config, file, checkpoint, model: loaded } = options;
  const stored = checkpoint ? await store.loadText(options.runId) : null;
  const bytes = file?.bytes ?? stored;
  if (file && config.data.dataset === "file" && !checkpoint)
    await store.saveText(options.runId, file.bytes);
  const saved = checkpoint?.meta.tokenizer;
  const given =
    loaded?.tokenizer ??
    (saved ? fromTokenizerJson(saved.json, saved.config, saved.beside) : undefined);
  const text = await prepareText({
    config,
    signal,
    onProgress: (task, done, total) => emit({ type: "progress", task, done, total }),
    ...(bytes ? { file: { name: file?.name ?? config.data.path ?? "text", bytes } } : {}),
    ...(given ? { tokenizer: given } : {}),
  });
  if (checkpoint && checkpoint.meta.dataHash !== text.dataHash)
    throw new FaultError(
      "bad-data",
      "A resumed run must see the text it was trained on; this one is different.",
      "Drop the original file, or start a new run.",
    );

  const { tokenizer } = text;
  emit({ type: "progress", task: "model", done: 0, total: 1 });
  const model =
    loaded?.config ?? modelFromSection(config.model, tokenizer.vocabSize, tokenizer.specials);
  const trainer = await LanguageTrainer.create(gpu, {
    model,
    optim: config.optim,
    maxSteps: config.train.max_steps,
    batchSize: config.train.batch_size,
    contextLength: Math.min(config.model.n_ctx, model.nCtx),
    accumulation: config.train.gradient_accumulation_steps,
    recompute: config.train.recompute,
    precision: config.train.precision,
    seed: config.seed,
    profile,
    onProgress: (done, total) => emit({ type: "progress", task: "kernels", done, total }),
  });
  if (checkpoint) trainer.loadParts(checkpoint.meta.step, checkpoint.parts);
  else if (loaded)
    for (const [name, data] of loaded.parameters)
      trainer.parameters.write(name, data as Float32Array<ArrayBuffer>);
  else trainer.initialize();
  emit({ type: "progress", task: "model", done: 1, total: 1 });
  return { text, tokenizer, model, trainer };
}

/** What the page is told once, before the first step. */
export function readyEvent(
  { text, tokenizer, model, trainer }: PreparedRun,
  { config, variants }: RunOptions,
  { gpu }: RunHost,
): Extract<RunEvent, { type: "ready" }> {
  return {
    type: "ready",
    tokenizer: tokenizer.kind,
    family: model.family,
    layers: model.nLayers,
    width: model.dModel,
    parameters: trainer.parameterCount,
    vocabSize: tokenizer.vocabSize,
    trainTokens: text.train.length,
    validationTokens: text.validation.length,
    tokensPerStep: trainer.tokensPerStep,
    maxSteps: config.train.max_steps,
    plannedBytes: trainer.plannedBytes,
    dispatchesPerStep: trainer.dispatchesPerStep,
    submitsPerStep: 1,
    device: describeDevice(gpu, variants),
    variants: trainer.variants,
  };
}
