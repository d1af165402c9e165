// From what a config names to tokens: the text, its tokenizer, and the two parts.
import { DATASETS } from "../data/datasets.ts";
import { requireOneWindow } from "../data/one-window.ts";
import { sourceOf, type TokenSource, tokensInShards } from "../data/token-source.ts";
import { encodeInPieces, type Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { type TrainableKind, tokenizerOf } from "../data/tokenizers/tokenizers.ts";
import type { DatasetRecord, DatasetStore } from "../storage/dataset-store.ts";
import { readTokenizer, TOKENIZER_FILE } from "./stored-tokenizer.ts";

export interface PreparedText {
  readonly tokenizer: Tokenizer;
  readonly train: TokenSource;
  readonly validation: TokenSource;
  /** Of the text as a whole. */
  readonly characters: number;
  /** UTF-8 bytes that the validation tokens stand for: bits per byte are counted by it. */
  readonly validationBytes: number;
  /** Digest of what the tokens depend on, in hex. */
  readonly dataHash: string;
  /** Closes what is open. */
  close(): void;
}

/** A tokenizer to learn, or one that must be used: dropped, of a loaded model, of a resumed run. */
export type WantedTokenizer =
  | { readonly kind: TrainableKind; readonly vocabSize: number }
  | { readonly given: Tokenizer };

export interface CorpusOptions {
  readonly seed: number;
  /** Length of the training text. */
  readonly characters: number;
  readonly tokenizer: WantedTokenizer;
  readonly onProgress?: (
    task: "text" | "tokenizer" | "tokens",
    done: number,
    total: number,
  ) => void;
  readonly signal?: AbortSignal;
}

/** Writes the built-in corpus, learns its tokenizer, and encodes both parts; all of it in memory. */
export async function prepareCorpus(options: CorpusOptions): Promise<PreparedText> {
  const { seed, characters, tokenizer: wanted, signal } = options;
  const report = options.onProgress ?? (() => {});
  report("text", 0, 1);
  const { train, validation } = DATASETS.tinyworld.write({ seed, characters });
  report("text", 1, 1);
  const tokenizer =
    "given" in wanted ? wanted.given : await learn(wanted, train + validation, report, signal);
  const total = train.length + validation.length;
  const encode = (text: string, before: number) =>
    encodeInPieces(tokenizer, text, {
      onProgress: (share) => report("tokens", before + share * text.length, total),
      ...(signal ? { signal } : {}),
    });
  return {
    tokenizer,
    train: sourceOf(await encode(train, 0)),
    validation: sourceOf(await encode(validation, train.length)),
    characters: total,
    validationBytes: new TextEncoder().encode(validation).length,
    dataHash: await digest(`${tokenizer.kind}\0${train}`),
    close: () => {},
  };
}

async function learn(
  { kind, vocabSize }: Extract<WantedTokenizer, { kind: TrainableKind }>,
  text: string,
  report: NonNullable<CorpusOptions["onProgress"]>,
  signal: AbortSignal | undefined,
): Promise<Tokenizer> {
  report("tokenizer", 0, 1);
  const tokenizer = await tokenizerOf(kind, text, {
    vocabSize,
    onProgress: (progress) => report("tokenizer", progress.done, progress.total),
    ...(signal ? { signal } : {}),
  });
  report("tokenizer", 1, 1);
  return tokenizer;
}

/**
 * A prepared text, its tokens where they lie.
 *
 * @throws FaultError `storage` where it is gone or damaged.
 */
export async function openDataset(
  store: DatasetStore,
  { datasetId, tokenBytes, train, validation, counts }: DatasetRecord,
): Promise<PreparedText> {
  const files = await store.open(datasetId);
  try {
    return {
      tokenizer: readTokenizer(await files.readWhole(TOKENIZER_FILE)),
      train: tokensInShards(files, train.shards, tokenBytes),
      validation: tokensInShards(files, validation.shards, tokenBytes),
      characters: counts.characters,
      validationBytes: counts.validationBytes,
      dataHash: datasetId,
      close: () => files.close(),
    };
  } catch (error) {
    files.close();
    throw error;
  }
}

/** @throws FaultError `bad-data` for a text too short for one window of `contextLength` tokens. */
export function requireWindows(
  { train, validation, characters }: PreparedText,
  name: string,
  contextLength: number,
): void {
  requireOneWindow({
    name,
    contextLength,
    characters,
    trainTokens: train.length,
    validationTokens: validation.length,
  });
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
