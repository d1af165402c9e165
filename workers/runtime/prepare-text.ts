// From what a config names to tokens: the text, its tokenizer, and the two parts.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import { DATASETS } from "../data/datasets.ts";
import { requireOneWindow } from "../data/text-file.ts";
import { encodeInPieces, type Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { TOKENIZERS } from "../data/tokenizers/tokenizers.ts";

export interface PreparedText {
  readonly tokenizer: Tokenizer;
  readonly train: Int32Array<ArrayBuffer>;
  readonly validation: Int32Array<ArrayBuffer>;
  /** UTF-8 bytes that the validation tokens stand for: bits per byte are counted by it. */
  readonly validationBytes: number;
  /** SHA-256 of the training text and the tokenizer's kind, in hex. */
  readonly dataHash: string;
}

export interface PrepareOptions {
  readonly config: LanguageConfig;
  /** The text file, when the dataset is `file`. */
  readonly file?: { readonly name: string; readonly bytes: Uint8Array };
  /** A tokenizer that must be used: of a resumed run, or of a loaded model. */
  readonly tokenizer?: Tokenizer;
  readonly onProgress?: (
    task: "text" | "tokenizer" | "tokens",
    done: number,
    total: number,
  ) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads or writes the text, trains the tokenizer, encodes both parts.
 *
 * @throws FaultError `bad-data` where the text cannot be trained on, or none was given.
 */
export async function prepareText(options: PrepareOptions): Promise<PreparedText> {
  const { config, signal } = options;
  const report = options.onProgress ?? (() => {});
  report("text", 0, 1);
  const { data, seed } = config;
  const { train, validation, name } = DATASETS[data.dataset].load({
    seed,
    characters: data.characters,
    trainFraction: data.train_fraction,
    ...(options.file ? { file: options.file } : {}),
  });
  report("text", 1, 1);

  const tokenizer =
    options.tokenizer ?? (await buildTokenizer(config, train + validation, report, signal));

  const total = train.length + validation.length;
  const encode = (text: string, before: number) =>
    encodeInPieces(tokenizer, text, {
      onProgress: (share) => report("tokens", before + share * text.length, total),
      ...(signal ? { signal } : {}),
    });
  const trainTokens = await encode(train, 0);
  const validationTokens = await encode(validation, train.length);
  requireOneWindow({
    name,
    contextLength: config.model.n_ctx,
    characters: total,
    trainTokens: trainTokens.length,
    validationTokens: validationTokens.length,
  });
  return {
    tokenizer,
    train: trainTokens,
    validation: validationTokens,
    validationBytes: new TextEncoder().encode(validation).length,
    dataHash: await digest(`${tokenizer.kind}\0${train}`),
  };
}

async function buildTokenizer(
  config: LanguageConfig,
  text: string,
  report: NonNullable<PrepareOptions["onProgress"]>,
  signal: AbortSignal | undefined,
): Promise<Tokenizer> {
  const { tokenizer: kind, vocab_size: vocabSize } = config.data;
  report("tokenizer", 0, 1);
  const tokenizer = await TOKENIZERS[kind].build(text, {
    vocabSize,
    onProgress: (progress) => report("tokenizer", progress.done, progress.total),
    ...(signal ? { signal } : {}),
  });
  report("tokenizer", 1, 1);
  return tokenizer;
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
