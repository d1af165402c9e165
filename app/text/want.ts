// From settings to what must be prepared: pure, so that the page and the Train button agree on it.
import type {
  DatasetSummary,
  HubFileRef,
  PrepareRequest,
  TokenizerChoice,
} from "../../workers/api/text.ts";

/** The part of a config that says what is learnt from. */
export interface TextSettings {
  readonly dataset: "tinyworld" | "file";
  readonly path?: string | undefined;
  readonly column?: string | undefined;
  readonly hash?: string | undefined;
  readonly trainFraction: number;
  readonly tokenizer: "character" | "byte" | "bpe" | "file";
  readonly vocabSize: number;
  readonly characters: number;
  readonly seed: number;
}

/** Files that a person handed in. */
export interface TextInputs {
  readonly file: File | null;
  /** A file of the hub in its place, and what the hub must be told. */
  readonly hubFile?: HubFileRef | null;
  readonly hubToken?: string | undefined;
  readonly tokenizerFiles: readonly File[];
}

export interface TextWant {
  /** The same for the same text, tokenizer and split. */
  readonly key: string;
  readonly request: Omit<PrepareRequest, "requestId">;
}

/** What to prepare; null while a file that it takes is missing. */
export function wantOf(
  settings: TextSettings,
  { file, hubFile, hubToken, tokenizerFiles }: TextInputs,
): TextWant | null {
  const tokenizer = choiceOf(settings, tokenizerFiles);
  if (!tokenizer) return null;
  const { trainFraction, column, hash, seed, characters } = settings;
  const tokens = [
    settings.tokenizer,
    tokenizer.kind === "bpe" ? tokenizer.vocabSize : null,
    tokenizer.kind === "file" ? tokenizer.files.map(identityOf) : null,
  ];
  if (settings.dataset === "tinyworld")
    return {
      key: JSON.stringify(["tinyworld", seed, characters, tokens]),
      request: { source: { kind: "tinyworld", seed, characters }, tokenizer, trainFraction },
    };
  const source = file
    ? ({ kind: "file", file } as const)
    : hubFile
      ? ({ kind: "hub", ref: hubFile, ...(hubToken ? { token: hubToken } : {}) } as const)
      : null;
  if (!source) return null;
  const identity = source.kind === "file" ? identityOf(source.file) : source.ref;
  return {
    key: JSON.stringify([source.kind, identity, column ?? null, trainFraction, tokens]),
    request: {
      source: { ...source, ...(column === undefined ? {} : { column }) },
      tokenizer,
      trainFraction,
      ...(hash === undefined ? {} : { expectedHash: hash }),
    },
  };
}

function choiceOf(
  { tokenizer, vocabSize }: TextSettings,
  files: readonly File[],
): TokenizerChoice | null {
  if (tokenizer === "bpe") return { kind: "bpe", vocabSize };
  if (tokenizer !== "file") return { kind: tokenizer };
  return files.length > 0 ? { kind: "file", files } : null;
}

/** Tells files apart without reading them. */
const identityOf = ({ name, size, lastModified }: File) => [name, size, lastModified];

/** The prepared text that settings with a hash name, where it is kept. */
export function keptFor(
  settings: TextSettings,
  list: readonly DatasetSummary[] | null,
): DatasetSummary | null {
  const { dataset, hash, column, trainFraction, tokenizer, vocabSize } = settings;
  if (dataset !== "file" || hash === undefined) return null;
  const isIt = ({ source, split, tokenizer: { asked } }: DatasetSummary): boolean =>
    source.kind !== "tinyworld" &&
    source.hash === hash &&
    (column === undefined || source.column === column) &&
    split.trainFraction === trainFraction &&
    asked.kind === tokenizer &&
    (asked.kind !== "bpe" || asked.vocabSize === vocabSize);
  return list?.find(isIt) ?? null;
}

/** As the Hub's own file systems write it: `hf://datasets/owner/name@commit/path`. */
export const hubAddressOf = (hub: {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}): string => `hf://datasets/${hub.repo}@${hub.commit}/${hub.path}`;
