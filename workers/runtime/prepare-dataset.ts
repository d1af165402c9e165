// From a file to a dataset: hash, look through, learn the tokenizer, write the tokens. The file is read three
// times and never held; what is in memory is a piece of text, a buffer of tokens, and what a tokenizer learns
// from.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { LanguageConfig } from "../../configs/schema/language.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type {
  DatasetSummary,
  HubFileRef,
  PrepareProgress,
  TextSource,
  TokenizerAsked,
} from "../api/text.ts";
import { StreamEncoder } from "../data/encode-stream.ts";
import { utf8Length } from "../data/formats/characters.ts";
import { requireTextColumn } from "../data/formats/format.ts";
import { FORMATS, type FormatName, formatOf } from "../data/formats/formats.ts";
import type { FileSource } from "../data/formats/source.ts";
import { createDocumentSplit } from "../data/split.ts";
import { ShardWriter, tokenBytesFor } from "../data/token-source.ts";
import { splitsPair } from "../data/tokenizers/character.ts";
import { nextTask, type Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { TOKENIZERS } from "../data/tokenizers/tokenizers.ts";
import type { DatasetRecord, DatasetStore } from "../storage/dataset-store.ts";
import type { WantedTokenizer } from "./prepare-text.ts";
import { TOKENIZER_FILE, writeTokenizer } from "./stored-tokenizer.ts";

/** Changes with anything that gives the same file other tokens. */
const VERSION = 1;
/** What stands between two documents, for tokenizers learnt from them. */
const END_OF_TEXT = "<|endoftext|>";
const HASHED_BYTES = 1 << 20;
/** Milliseconds of work between two looks at messages. */
const SLICE_MS = 50;

/** Progress from the file on. */
type DatasetProgress = PrepareProgress & { readonly task: "text" | "tokenizer" | "tokens" };

export interface PrepareDatasetOptions {
  readonly file: FileSource;
  readonly kind?: TextSource["kind"];
  /** Where on the hub it came from. */
  readonly hub?: HubFileRef;
  /** Of a format with columns; the suggested one where absent. */
  readonly column?: string;
  readonly trainFraction: number;
  readonly tokenizer: WantedTokenizer;
  /** SHA-256 of the file that must be meant, in hex. */
  readonly expectedHash?: string;
  readonly store: DatasetStore;
  readonly onProgress?: (progress: DatasetProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Prepares a file, unless that was done before.
 *
 * @throws FaultError "bad-data" for a file that cannot be trained on or is not the expected one, "storage" where
 *   the tokens cannot be kept; the signal's reason. Nothing is left behind then.
 */
export async function prepareDataset(options: PrepareDatasetOptions): Promise<DatasetRecord> {
  const { file, store, trainFraction, tokenizer: wanted } = options;
  const pace = createPace(options);
  const format = formatOf(file);
  const column = FORMATS[format].hasColumns
    ? requireTextColumn(file, await FORMATS[format].inspect(file), options.column).name
    : undefined;

  const hash = await hashFile(file, pace);
  if (options.expectedHash !== undefined && options.expectedHash !== hash)
    throw new FaultError(
      "bad-data",
      `The file must be the one that was used before, with the SHA-256 ${shortHash(options.expectedHash)}; "${file.name}" has ${shortHash(hash)}.`,
      "Choose the original file, or start a new run with this one.",
    );
  const base = [VERSION, hash, format, column ?? null, trainFraction];
  const recipe = digestOf([...base, "given" in wanted ? tokenizerKey(wanted.given) : wanted]);
  const known = (await store.list()).find((record) => record.recipe === recipe);
  if (known) return known;

  const seen = await learn(options, format, column, pace);
  const datasetId = digestOf([...base, tokenizerKey(seen.tokenizer)]);
  // The same tokenizer may have come in another way.
  const same = await store.get(datasetId);
  if (same) return same;
  const writer = await store.create();
  try {
    const tokens = await writeTokens({ options, format, column, seen, writer, pace });
    const stored = writeTokenizer(seen.tokenizer);
    await writer.append(TOKENIZER_FILE, stored);
    const { tokenizer } = seen;
    const record: DatasetRecord = {
      format: 1,
      datasetId,
      recipe,
      name: file.name,
      createdAt: Date.now(),
      bytes: tokens.bytes + stored.length,
      source: {
        kind: options.kind ?? "file",
        format,
        column: column ?? null,
        bytes: file.size,
        hash,
        ...(options.hub ? { hub: placeOnHub(options.hub) } : {}),
      },
      tokenizer: {
        kind: tokenizer.kind,
        vocabSize: tokenizer.vocabSize,
        asked: askedOf(wanted),
      },
      split: { trainFraction, by: column === undefined ? "position" : "documents" },
      counts: tokens.counts,
      tokenBytes: tokenBytesFor(tokenizer.vocabSize),
      train: { shards: tokens.train },
      validation: { shards: tokens.validation },
    };
    await writer.commit(record);
    return record;
  } finally {
    await writer.abort();
  }
}

/** What the page is told of a stored dataset. */
export function summaryOf(record: DatasetRecord): DatasetSummary {
  const { datasetId, name, createdAt, bytes, source, tokenizer, split, counts } = record;
  return { datasetId, name, createdAt, bytes, isStored: true, source, tokenizer, split, counts };
}

/** The prepared text that a config names by its file's hash, where it is kept. */
export async function findDataset(
  store: DatasetStore,
  { data }: LanguageConfig,
): Promise<DatasetRecord | null> {
  if (data.hash === undefined) return null;
  const isIt = ({ source, split, tokenizer: { asked } }: DatasetRecord): boolean =>
    source.hash === data.hash &&
    (data.column === undefined || source.column === data.column) &&
    split.trainFraction === data.train_fraction &&
    asked.kind === data.tokenizer &&
    (asked.kind !== "bpe" || asked.vocabSize === data.vocab_size);
  return (await store.list()).find(isIt) ?? null;
}

const placeOnHub = ({ address, repo, commit, path }: HubFileRef) => ({
  address,
  repo,
  commit,
  path,
});

/** What a config would say of it. */
export function askedOf(wanted: WantedTokenizer): TokenizerAsked {
  if ("given" in wanted) return { kind: "file" };
  const { kind, vocabSize } = wanted;
  return kind === "bpe" ? { kind, vocabSize } : { kind };
}

export const shortHash = (hash: string): string => `${hash.slice(0, 12)}…`;

type Pace = (progress: DatasetProgress) => Promise<void> | null;

/** Reports and lets messages in, every {@link SLICE_MS}. */
function createPace({ onProgress, signal }: PrepareDatasetOptions): Pace {
  let until = 0;
  return (progress) => {
    if (progress.done < progress.total && performance.now() < until) return null;
    onProgress?.(progress);
    return nextTask().then(() => {
      signal?.throwIfAborted();
      until = performance.now() + SLICE_MS;
    });
  };
}

const digestOf = (value: unknown): string =>
  bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(value)))).slice(0, 40);

const tokenizerKey = (tokenizer: Tokenizer): string =>
  digestOf([tokenizer.toJSON(), tokenizer.toConfig()]);

async function hashFile(file: FileSource, pace: Pace): Promise<string> {
  const hash = sha256.create();
  for (let from = 0; from < file.size; from += HASHED_BYTES) {
    hash.update(await file.slice(from, Math.min(from + HASHED_BYTES, file.size)));
    // The first half of the task; learning is the second.
    await pace({ task: "text", done: from, total: 2 * file.size });
  }
  return bytesToHex(hash.digest());
}

interface SeenText {
  readonly tokenizer: Tokenizer;
  readonly characters: number;
  readonly documents: number;
}

/** Goes through the text once: counts it, and learns a tokenizer where none is given. */
async function learn(
  { file, tokenizer: wanted, onProgress, signal }: PrepareDatasetOptions,
  format: FormatName,
  column: string | undefined,
  pace: Pace,
): Promise<SeenText> {
  const facts = await FORMATS[format].inspect(file);
  const expected = facts.columns.find(({ name }) => name === column) ?? facts;
  const learner =
    "given" in wanted
      ? null
      : TOKENIZERS[wanted.kind].learn({
          vocabSize: wanted.vocabSize,
          expectedCharacters: expected.characters,
          ...(column === undefined ? {} : { specials: { eos: END_OF_TEXT } }),
          onProgress: ({ done, total }) => onProgress?.({ task: "tokenizer", done, total }),
          ...(signal ? { signal } : {}),
        });
  let characters = 0;
  let documents = 0;
  for await (const { text, endsDocument } of FORMATS[format].read(file, column)) {
    characters += text.length;
    learner?.add(text);
    if (endsDocument) {
      documents++;
      learner?.endDocument();
    }
    const done = file.size * (1 + Math.min(1, characters / Math.max(expected.characters, 1)));
    await pace({ task: "text", done, total: 2 * file.size });
  }
  await pace({ task: "text", done: 1, total: 1 });
  const tokenizer = "given" in wanted ? wanted.given : await learner?.finish();
  await pace({ task: "tokenizer", done: 1, total: 1 });
  return { tokenizer: tokenizer as Tokenizer, characters, documents };
}

interface Writing {
  readonly options: PrepareDatasetOptions;
  readonly format: FormatName;
  readonly column: string | undefined;
  readonly seen: SeenText;
  readonly writer: { append(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> };
  readonly pace: Pace;
}

/** Goes through the text again and writes the tokens of both parts. */
async function writeTokens({ options, format, column, seen, writer, pace }: Writing) {
  const { tokenizer, characters } = seen;
  const tokenBytes = tokenBytesFor(tokenizer.vocabSize);
  const shards = (name: string) =>
    new ShardWriter(name, tokenBytes, (file, bytes) => writer.append(file, bytes));
  const [train, validation] = [shards("train"), shards("validation")];
  const documents = { train: 0, validation: 0 };
  let validationBytes = 0;
  let done = 0;
  const encoder = new StreamEncoder(tokenizer);
  const write = async (text: string, part: ShardWriter): Promise<void> => {
    if (part === validation) validationBytes += utf8Length(text);
    for (const ids of encoder.push(text)) await part.push(ids);
    done += text.length;
    await pace({ task: "tokens", done, total: Math.max(characters, done + 1) });
  };
  const pieces = FORMATS[format].read(options.file, column);

  if (column === undefined) {
    const cut = Math.floor(characters * options.trainFraction);
    for await (const { text } of pieces) {
      let at = Math.min(Math.max(cut - done, 0), text.length);
      // Never inside a character.
      if (at > 0 && at < text.length && splitsPair(text, at)) at++;
      if (at > 0) await write(text.slice(0, at), train);
      if (at === text.length) continue;
      if (validationBytes === 0) await train.push(encoder.finish());
      await write(text.slice(at), validation);
    }
    await (validationBytes > 0 ? validation : train).push(encoder.finish());
  } else {
    const isHeldOut = createDocumentSplit(options.trainFraction);
    const border = borderOf(tokenizer);
    for await (const { text } of pieces) {
      const name = isHeldOut() ? "validation" : "train";
      const part = name === "train" ? train : validation;
      documents[name]++;
      await write(text, part);
      await part.push(encoder.finish());
      await part.push(border);
    }
  }
  await train.flush();
  await validation.flush();
  requireBothParts(options.file.name, train.length, validation.length);
  await pace({ task: "tokens", done: 1, total: 1 });
  return {
    train: train.shards,
    validation: validation.shards,
    bytes: (train.length + validation.length) * tokenBytes,
    counts: {
      characters,
      documents: column === undefined ? null : documents,
      trainTokens: train.length,
      validationTokens: validation.length,
      validationBytes,
    },
  };
}

/** What follows every document: the tokenizer's own sign, or an empty line. */
function borderOf({ specials, encode }: Tokenizer): Int32Array<ArrayBuffer> {
  return specials.eos === undefined ? encode("\n\n") : Int32Array.of(specials.eos);
}

function requireBothParts(name: string, train: number, validation: number): void {
  if (train > 0 && validation > 0) return;
  throw new FaultError(
    "bad-data",
    `Training and validation must each get a part of "${name}"; ${train === 0 ? "nothing is left for training" : "validation gets nothing"}.`,
    "Use a longer text, or another share for training (data.train_fraction).",
  );
}
