// What the page may ask of the runs that are kept: to list them, to compare them, to keep them in order. Nothing here
// needs a device.
import type { Fault, Outcome } from "./outcome.ts";
import type { MetricBatch, RunSummary, StoredRun } from "./runs.ts";

/** A kept run, whether or not there is anything left to do in it. */
export interface KeptRun extends StoredRun {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The name that a person gave it; null where its title serves. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly notes: string;
  /** Digest of the training tokens, once they were known. */
  readonly dataHash: string | null;
  readonly summary: RunSummary;
  /** Whether there is a checkpoint to go on from, and something left to do. */
  readonly canContinue: boolean;
  /** Read in from a folder: it can be looked at and no more. */
  readonly isImported: boolean;
}

export interface KeptRuns {
  /** Newest first, without those in the bin. */
  readonly runs: readonly KeptRun[];
  /** Runs that are there and that this version cannot read; they are kept as they are. */
  readonly unreadable: readonly { readonly runId: string; readonly fault: Fault }[];
}

/** What a person says of a run; what is absent stays as it is. */
export interface RunNoteChanges {
  /** null goes back to the title. At most 200 letters. */
  readonly name?: string | null;
  /** At most 50, of at most 60 letters; doubles and empty ones are dropped. */
  readonly tags?: readonly string[];
  /** At most 50,000 letters. */
  readonly notes?: string;
}

/** A text that the run has written. */
export interface StoredSample {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  readonly temperature: number;
  /** True when a person asked for it. */
  readonly requested: boolean;
}

/** A file of such a folder. Bytes are transferred. */
export interface RunFile {
  readonly path: string;
  readonly bytes: ArrayBuffer;
}

/** The folder of a headless run: metrics.jsonl, samples.jsonl, summary.json or run.json; others are not looked at. */
export interface ImportedFolder {
  readonly files: readonly RunFile[];
  /** When the newest of them was written, milliseconds since 1970. */
  readonly modifiedAt: number;
}

export interface ArchiveApi {
  list(): Promise<Outcome<KeptRuns>>;
  /** Every logged step, as columns. Transferred. Fault `run-gone` where there is no such run. */
  history(runId: string): Promise<Outcome<MetricBatch>>;
  /** Oldest first. Fault `run-gone` where there is no such run. */
  samples(runId: string): Promise<Outcome<readonly StoredSample[]>>;
  edit(runId: string, changes: RunNoteChanges): Promise<Outcome<null>>;
  /** Puts a run into the bin. One that still trains is stopped first, with a checkpoint. */
  bin(runId: string): Promise<Outcome<null>>;
  /** Takes a run out of the bin. Fault `run-gone` where it is too late. */
  restore(runId: string): Promise<Outcome<null>>;
  /** Deletes for good those that lie in the bin. Runs forgotten there go when the studio is next opened. */
  purge(runIds: readonly string[]): Promise<Outcome<null>>;
  /**
   * Keeps the folder of a headless run as a run to look at; the same folder again is the same run. Bytes are
   * transferred. Fault `bad-data`, naming file and line, where it is not one.
   */
  read(folder: ImportedFolder): Promise<Outcome<{ runId: string }>>;
}
