// Where runs are kept: one interface, two back-ends (a directory; the browser's own storage). A
// checkpoint is written into a new place and becomes the last one by a single commit, so a kill at
// any moment leaves the one before it whole.
import type { LanguageConfig } from "../../configs/schema/language.ts";

/** A binary part of a checkpoint. */
export interface CheckpointPart {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a run needs to continue bit for bit, beside its parts. Plain JSON. */
export interface CheckpointMeta {
  readonly format: 1;
  readonly step: number;
  /** Training tokens seen, seconds trained. */
  readonly tokens: number;
  readonly seconds: number;
  readonly config: LanguageConfig;
  /** tokenizer.json and tokenizer_config.json, so that a resumed run needs no training of it. */
  readonly tokenizer: {
    readonly json: unknown;
    readonly config: unknown;
    /** What else a model's folder said about it. */
    readonly beside?: Readonly<Record<string, unknown>>;
  };
  /** The model that it began with, where that was not one of its settings; and where that model is kept. */
  readonly start?: { readonly config: unknown; readonly modelId?: string };
  /** Adapter, and the whole kernel table that the run keeps for its life: also rows it has not used yet. */
  readonly device: string;
  readonly variants: Readonly<Record<string, string>>;
  /** Digest of the training tokens: a resumed run must see the same text. */
  readonly dataHash: string;
}

export interface Checkpoint {
  readonly meta: CheckpointMeta;
  readonly parts: readonly CheckpointPart[];
}

/** A stored run, as listed. */
export interface RunRecord {
  readonly runId: string;
  readonly title: string;
  readonly config: LanguageConfig;
  readonly phase: string;
  readonly step: number;
  readonly savedAt: number;
  /** Adapter, and the kernel rows that the run uses. */
  readonly device: string;
  readonly variants: Readonly<Record<string, string>>;
}

/** Name of an appended log: a JSON object per line. */
export type LogName = "metrics" | "samples";

export interface RunStore {
  /** Creates or updates the run's record. */
  putRecord(record: RunRecord): Promise<void>;
  listRecords(): Promise<readonly RunRecord[]>;
  /** Commits a checkpoint; the last three stay. @throws FaultError `storage` when it cannot be written. */
  saveCheckpoint(runId: string, checkpoint: Checkpoint): Promise<void>;
  /** The newest whole checkpoint, or null. @throws FaultError `storage` when it is damaged. */
  loadCheckpoint(runId: string): Promise<Checkpoint | null>;
  appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void>;
  readLog(runId: string, log: LogName): Promise<readonly object[]>;
  /** Drops log lines past `step`: a run that resumes from there writes them again. */
  truncateLogs(runId: string, step: number): Promise<void>;
  /** Keeps the text a run learns from, so that it can be resumed without asking for the file again. */
  saveText(runId: string, text: Uint8Array<ArrayBuffer>): Promise<void>;
  loadText(runId: string): Promise<Uint8Array<ArrayBuffer> | null>;
  deleteRun(runId: string): Promise<void>;
}
