// Texts to train on: looking into files, preparing them as tokens, and looking at these. The data worker
// answers, so that nothing here waits for training or makes it wait. Files go over as they are: a File is a
// name for bytes on the disk, not the bytes.
import type { HubSettings } from "./models.ts";
import type { Outcome } from "./outcome.ts";

export type TextFormatName = "text" | "jsonl" | "csv" | "parquet";
export type DatasetPartName = "train" | "validation";

/** A column of a csv or parquet file, a key of jsonl; nested keys are dotted. */
export interface TextColumn {
  readonly name: string;
  /** `text`, `number`, `list`, `int64`... */
  readonly type: string;
  /** Whether it can be trained on. */
  readonly isText: boolean;
  /** Beginnings of its first values. */
  readonly samples: readonly string[];
  /** Characters in the whole column, estimated. */
  readonly characters: number;
}

/** What can be told of a file without reading it all. */
export interface TextFacts {
  readonly format: TextFormatName;
  readonly bytes: number;
  /** Empty where the file is one text. */
  readonly columns: readonly TextColumn[];
  /** The column that most probably holds the text; null for one text, or where there is none. */
  readonly column: string | null;
  /** Rows, where the file says how many it has. */
  readonly rows: number | null;
  /** Characters of the text, or of that column; estimated. */
  readonly characters: number;
  /** How it begins. */
  readonly sample: string;
}

/** A file of a dataset on the model hub, at one commit: it cannot change any more. */
export interface HubFileRef {
  readonly address: string;
  /** `owner/name` */
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
  readonly bytes: number;
  /** What the hub says of its content. */
  readonly digest: { readonly kind: "sha256" | "git-blob"; readonly hex: string };
}

export interface HubTextFile {
  readonly ref: HubFileRef;
  readonly format: TextFormatName;
  /** As the file's path has them; null where it does not say. */
  readonly config: string | null;
  readonly split: string | null;
}

/** What a dataset holds that can be trained on. */
export interface HubTexts {
  readonly address: string;
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly HubTextFile[];
}

/** A file of the hub that is kept here, all of it or a part. */
export interface HubDownload {
  readonly downloadId: string;
  readonly ref: HubFileRef;
  /** Bytes that are here. */
  readonly arrived: number;
  readonly isWhole: boolean;
}

/** A text to prepare. */
export type TextSource =
  | { readonly kind: "file"; readonly file: File; readonly column?: string }
  /** Fetched first where it is not here yet. */
  | {
      readonly kind: "hub";
      readonly ref: HubFileRef;
      readonly token?: string;
      readonly column?: string;
    }
  /** The built-in corpus, written as a run with this seed and length writes it. */
  | { readonly kind: "tinyworld"; readonly seed: number; readonly characters: number };

export type TokenizerChoice =
  | { readonly kind: "character" | "byte" }
  | { readonly kind: "bpe"; readonly vocabSize: number }
  /** tokenizer.json, and the files of its folder that belong to it, by their names. */
  | { readonly kind: "file"; readonly files: readonly File[] };

/** A tokenizer as a config names it. */
export type TokenizerAsked =
  | { readonly kind: "character" | "byte" | "file" }
  | { readonly kind: "bpe"; readonly vocabSize: number };

export interface PrepareRequest {
  /** Chosen by the caller; {@link TextApi.cancel} takes it. */
  readonly requestId: string;
  readonly source: TextSource;
  readonly tokenizer: TokenizerChoice;
  /** Part for training, above 0 and below 1. The built-in corpus has parts of its own. */
  readonly trainFraction: number;
  /** SHA-256 of the file that must be meant, in hex; fault `bad-data` for another one. */
  readonly expectedHash?: string;
}

export interface PrepareProgress {
  /** In this order: fetch it from the hub, read it through, learn the tokenizer, write the tokens. */
  readonly task: "download" | "text" | "tokenizer" | "tokens";
  readonly done: number;
  readonly total: number;
}

export interface DatasetCounts {
  /** Of the text, documents together. */
  readonly characters: number;
  /** Null where the file is one text. */
  readonly documents: { readonly train: number; readonly validation: number } | null;
  readonly trainTokens: number;
  readonly validationTokens: number;
  /** UTF-8 bytes that the validation tokens stand for. */
  readonly validationBytes: number;
}

/** A text as tokens. */
export interface DatasetSummary {
  /** Digest of what the tokens depend on: file, column, tokenizer, split. */
  readonly datasetId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Bytes that it takes in the storage. */
  readonly bytes: number;
  /** False for the built-in corpus, which is written anew whenever it is wanted. */
  readonly isStored: boolean;
  readonly source: {
    readonly kind: TextSource["kind"];
    readonly format: TextFormatName;
    readonly column: string | null;
    readonly bytes: number;
    /** SHA-256 of the file, in hex. */
    readonly hash: string;
    /** Where on the hub it came from. */
    readonly hub?: Pick<HubFileRef, "address" | "repo" | "commit" | "path">;
  };
  readonly tokenizer: {
    readonly kind: "character" | "byte" | "bpe" | "huggingface";
    readonly vocabSize: number;
    /** What was asked for: BPE may find fewer tokens than that. */
    readonly asked: TokenizerAsked;
  };
  readonly split: {
    /** Part for training. */
    readonly trainFraction: number;
    /** By position: the first part is for training. By documents: some of every stretch of them are held out. */
    readonly by: "position" | "documents";
  };
  readonly counts: DatasetCounts;
}

/** One token, to be shown with its borders. */
export interface ShownToken {
  readonly id: number;
  /** Its text; U+FFFD where it is part of a character. */
  readonly text: string;
  /** Its bytes in hex, `e2 82 ac`. */
  readonly bytes: string;
  /** A sign to the model, such as the end of a document. */
  readonly isSpecial: boolean;
}

export interface TokenSample {
  readonly part: DatasetPartName;
  /** Place of the first token. */
  readonly at: number;
  /** Tokens in the part. */
  readonly total: number;
  readonly tokens: readonly ShownToken[];
}

export interface TextApi {
  /** Whether a file can be trained on, and what is in it; fault `bad-data`. */
  inspect(file: File): Promise<Outcome<TextFacts>>;
  /** Turns a text into tokens and keeps them. What is there already is not made again. Null where it was cancelled. */
  prepare(
    request: PrepareRequest,
    onProgress: (progress: PrepareProgress) => void,
  ): Promise<Outcome<DatasetSummary | null>>;
  /** Ends a preparation. Harmless where there is none. */
  cancel(requestId: string): Promise<Outcome<null>>;
  /** Prepared texts, newest first. */
  list(): Promise<Outcome<readonly DatasetSummary[]>>;
  /** Fault `storage` while a run reads it. */
  delete(datasetId: string): Promise<Outcome<null>>;
  /** Tokens of a part from `at` on, fewer at its end. */
  tokens(
    datasetId: string,
    part: DatasetPartName,
    at: number,
    count: number,
  ): Promise<Outcome<TokenSample>>;
  /** What a dataset of the hub holds. Faults `hub`, `network`; `bad-data` where nothing in it is text. */
  hubTexts(repo: string, hub: HubSettings): Promise<Outcome<HubTexts>>;
  /** Looks into a file on the hub without fetching all of it. */
  inspectHub(ref: HubFileRef, token?: string): Promise<Outcome<TextFacts>>;
  /** Files of the hub that are kept here, newest first. */
  downloads(): Promise<Outcome<readonly HubDownload[]>>;
  deleteDownload(downloadId: string): Promise<Outcome<null>>;
}
