// From a config to something that can train: text, tokenizer, model, and the compiled trainer.
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { RunEvent } from "../api/runs.ts";
import { DATASETS } from "../data/datasets.ts";
import { bytesFile } from "../data/formats/source.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import type { ModelConfig } from "../nn/config.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { describeDevice } from "./device-report.ts";
import { LanguageTrainer } from "./language-trainer.ts";
import { findDataset, prepareDataset, shortHash } from "./prepare-dataset.ts";
import {
  openDataset,
  type PreparedText,
  prepareCorpus,
  requireWindows,
  type WantedTokenizer,
} from "./prepare-text.ts";
import { type RunHost, type RunOptions, trainerOptionsOf } from "./run-options.ts";

/** What a run has once it can train. */
export interface PreparedRun {
  readonly text: PreparedText;
  readonly tokenizer: Tokenizer;
  readonly model: ModelConfig;
  readonly trainer: LanguageTrainer;
  /** The kept model whose weights it began with. */
  readonly parentModelId?: string;
}

/**
 * Prepares a run: a new one, one from a loaded model, or one that continues.
 *
 * @throws FaultError `bad-data` for a text that cannot be trained on or is not the one it was trained on;
 *   what {@link LanguageTrainer.create} throws.
 */
export async function prepareRun(
  options: RunOptions,
  host: RunHost,
  profile: AdapterProfile,
  signal: AbortSignal,
): Promise<PreparedRun> {
  const { config, checkpoint, model: loaded } = options;
  const { gpu, emit } = host;
  const text =
    config.data.dataset === "file"
      ? await openFile(options, host, signal)
      : await prepareCorpus({
          seed: config.seed,
          characters: config.data.characters,
          tokenizer: wantedTokenizer(options),
          signal,
          onProgress: (task, done, total) => emit({ type: "progress", task, done, total }),
        });
  const name = config.data.path ?? DATASETS[config.data.dataset].title;
  try {
    requireWindows(text, name, config.model.n_ctx);
    if (checkpoint && checkpoint.meta.dataHash !== text.dataHash)
      throw new FaultError(
        "bad-data",
        "A resumed run must see the text it was trained on; this one is different.",
        "Drop the original file, or start a new run.",
      );
  } catch (error) {
    text.close();
    throw error;
  }

  const { tokenizer } = text;
  emit({ type: "progress", task: "model", done: 0, total: 1 });
  const model =
    loaded?.config ??
    (checkpoint?.meta.model as ModelConfig | null | undefined) ??
    modelFromSection(config.model, tokenizer.vocabSize, tokenizer.specials);
  const trainer = await LanguageTrainer.create(gpu, {
    ...trainerOptionsOf(config, model, profile),
    onProgress: (done, total) => emit({ type: "progress", task: "kernels", done, total }),
  });
  if (checkpoint) trainer.loadParts(checkpoint.meta.step, checkpoint.parts);
  else if (loaded)
    for await (const [name, data] of loaded.parameters)
      trainer.parameters.write(name, data as Float32Array<ArrayBuffer>);
  else trainer.initialize();
  emit({ type: "progress", task: "model", done: 1, total: 1 });
  const parentModelId = loaded?.modelId ?? checkpoint?.meta.parentModelId;
  return { text, tokenizer, model, trainer, ...(parentModelId ? { parentModelId } : {}) };
}

/**
 * What a config asks for, unless there is one that must be used: of a loaded model, of a resumed run, or one
 * that was handed in.
 *
 * @throws FaultError `bad-config` where the config names a tokenizer of a file and none was handed in.
 */
function wantedTokenizer({ model, checkpoint, tokenizer, config }: RunOptions): WantedTokenizer {
  const saved = checkpoint?.meta.tokenizer;
  const given =
    model?.tokenizer ??
    (saved ? fromTokenizerJson(saved.json, saved.config, saved.beside) : tokenizer);
  if (given) return { given };
  const { tokenizer: kind, vocab_size: vocabSize } = config.data;
  if (kind !== "file") return { kind, vocabSize };
  throw new FaultError(
    "bad-config",
    "A tokenizer of a file must be handed in; there is none.",
    "Choose a tokenizer.json, or name one in data.tokenizer_path.",
  );
}

/** The prepared text of a run on a file; prepared now where only the file is there. */
async function openFile(
  options: RunOptions,
  { datasets, store, emit }: RunHost,
  signal: AbortSignal,
): Promise<PreparedText> {
  const { config, checkpoint, file } = options;
  const { data } = config;
  const datasetId = checkpoint?.meta.dataHash ?? options.datasetId;
  const stored =
    datasetId === undefined
      ? file
        ? null
        : await findDataset(datasets, config)
      : await datasets.get(datasetId);
  if (stored) return openDataset(datasets, stored);
  // Runs kept their text themselves once, and a digest of another kind.
  const own = checkpoint && !file ? await store.loadText(options.runId) : null;
  const source = file ?? (own ? bytesFile(own, data.path ?? "text.txt") : null);
  if (!source) throw textMissing(data.path, data.hash);
  const record = await prepareDataset({
    file: source,
    store: datasets,
    trainFraction: data.train_fraction,
    tokenizer: wantedTokenizer(options),
    onProgress: ({ task, done, total }) => emit({ type: "progress", task, done, total }),
    signal,
    ...(data.column === undefined ? {} : { column: data.column }),
    ...(data.hash === undefined ? {} : { expectedHash: data.hash }),
  });
  const opened = await openDataset(datasets, record);
  return checkpoint && own ? { ...opened, dataHash: checkpoint.meta.dataHash } : opened;
}

/** The text of a run is not here any more, or never was. */
const textMissing = (name = "a file", hash?: string): FaultError =>
  new FaultError(
    "text-missing",
    `A run must have its text; "${name}"${hash === undefined ? "" : ` (SHA-256 ${shortHash(hash)})`} is not in the storage.`,
    "Choose the same file again.",
  );

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
