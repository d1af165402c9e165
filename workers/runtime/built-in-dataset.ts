// The built-in corpus as a dataset: written in memory, as a run writes it.
import type { DatasetSummary, PrepareProgress, TextSource } from "../api/text.ts";
import { DATASETS } from "../data/datasets.ts";
import { askedOf } from "./prepare-dataset.ts";
import { type PreparedText, prepareCorpus, type WantedTokenizer } from "./prepare-text.ts";

/** Writes the corpus and encodes it. @throws the signal's reason. */
export async function prepareBuiltIn(
  { seed, characters }: Extract<TextSource, { kind: "tinyworld" }>,
  wanted: WantedTokenizer,
  onProgress: (progress: PrepareProgress) => void,
  signal: AbortSignal,
): Promise<{ readonly summary: DatasetSummary; readonly text: PreparedText }> {
  const text = await prepareCorpus({
    seed,
    characters,
    tokenizer: wanted,
    onProgress: (task, done, total) => onProgress({ task, done, total }),
    signal,
  });
  const { tokenizer, train, validation, validationBytes, dataHash } = text;
  const summary: DatasetSummary = {
    datasetId: dataHash,
    name: DATASETS.tinyworld.title,
    createdAt: Date.now(),
    bytes: 0,
    isStored: false,
    source: { kind: "tinyworld", format: "text", column: null, bytes: 0, hash: dataHash },
    tokenizer: {
      kind: tokenizer.kind,
      vocabSize: tokenizer.vocabSize,
      asked: askedOf(wanted),
    },
    split: {
      trainFraction: train.length / (train.length + validation.length),
      by: "position",
    },
    counts: {
      characters: text.characters,
      documents: null,
      trainTokens: train.length,
      validationTokens: validation.length,
      validationBytes,
    },
  };
  return { summary, text };
}
