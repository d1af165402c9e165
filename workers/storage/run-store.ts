// Where runs are kept, as those who run them see it. A checkpoint is written into a new place and becomes
// the last one by a single commit, so a kill at any moment leaves the one before it whole.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { Fault } from "../../kernels/core/fault.ts";
import type { RunPhase, RunSummary, UnreadableRun } from "../api/runs.ts";

/** A binary part of a checkpoint. */
export interface CheckpointPart {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a run needs to continue bit for bit, beside its parts. Plain JSON. */
export interface CheckpointMeta {
  /** See formats.ts, which reads older ones. */
  readonly format: 2;
  readonly step: number;
  /** Training tokens seen, seconds trained. */
  readonly tokens: number;
  readonly seconds: number;
  readonly config: LanguageConfig;
  /** What is trained (a ModelConfig): a run that began from a loaded model has its shape. Null before format 2. */
  readonly model: unknown;
  /** The kept model that the run began with, where it did. */
  readonly parentModelId?: string;
  /** tokenizer.json and tokenizer_config.json, so that a resumed run needs no training of it. */
  readonly tokenizer: {
    readonly json: unknown;
    readonly config: unknown;
    /** What else a model's folder said about it. */
    readonly beside?: Readonly<Record<string, unknown>>;
  };
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

export interface LoadedCheckpoint extends Checkpoint {
  /** What is wrong with those that are newer. */
  readonly damaged: readonly Fault[];
}

/** What a run says of itself. */
export interface RunFacts {
  readonly runId: string;
  readonly title: string;
  readonly config: LanguageConfig;
  readonly phase: RunPhase;
  /** Of its last checkpoint; 0 before the first. */
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  /** Adapter, and the kernel rows that the run uses. */
  readonly device: string;
  readonly variants: Readonly<Record<string, string>>;
  /** Digest of the training tokens, once they are known. */
  readonly dataHash: string | null;
  readonly summary: RunSummary;
}

/** What a person says of a run. The run itself never changes it. */
export interface RunNotes {
  /** Shown in place of the title. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly notes: string;
  /** In the bin since then; null outside. */
  readonly deletedAt: number | null;
}

/** A stored run, as listed. */
export interface RunRecord extends RunFacts, RunNotes {
  readonly format: 2;
  /** When it was first recorded. */
  readonly createdAt: number;
}

/** Name of an appended log: a JSON object per line, each with its `step`. */
export type LogName = "metrics" | "samples";

export interface RunStore {
  /** Creates the run's record or updates it; what a person wrote stays. */
  recordRun(facts: RunFacts): Promise<void>;
  /** Changes what a person says of the run. @throws FaultError `run-gone` where there is no such run. */
  editRun(runId: string, notes: Partial<RunNotes>): Promise<void>;
  listRuns(): Promise<{
    readonly records: readonly RunRecord[];
    readonly unreadable: readonly UnreadableRun[];
  }>;

  /**
   * Commits a checkpoint; the last three stay.
   *
   * @returns what went wrong afterwards: old files that could not be removed, which the next one tries again.
   * @throws FaultError `storage` or `storage-full` when it cannot be written; those before it are whole.
   */
  saveCheckpoint(runId: string, checkpoint: Checkpoint): Promise<readonly Fault[]>;
  /**
   * The newest whole checkpoint; null where the run never had one.
   *
   * @throws FaultError `run-gone` when none is whole; `newer-version` when the newest is of a format that
   *   only a later version can read.
   */
  loadCheckpoint(runId: string): Promise<LoadedCheckpoint | null>;

  /** Appends lines to a log, or none of them. They are on the disk once the next checkpoint is. */
  appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void>;
  readLog(runId: string, log: LogName): Promise<readonly object[]>;
  /** Drops log lines past `step`: a run that resumes from there writes them again. */
  truncateLogs(runId: string, step: number): Promise<void>;

  /** The text that a run of format 1 kept with itself; null for all others. */
  loadText(runId: string): Promise<Uint8Array<ArrayBuffer> | null>;

  deleteRun(runId: string): Promise<void>;
}
