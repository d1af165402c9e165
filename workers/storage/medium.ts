// What a place must be able to do so that runs can be kept there (kept-runs.ts). Two exist: the browser's own
// storage and a folder on a disk. Nothing here knows what a checkpoint is; the promises that tests break on
// purpose are those of single calls.
import type { FaultError } from "../../kernels/core/fault.ts";
import type { LogName } from "./run-store.ts";

/** A folder that counts, and what was written when it began to. */
export interface Committed {
  readonly folder: string;
  readonly manifest: unknown;
}

export interface Medium {
  /** Writes a new file into a folder of the run, which is made as needed. On the disk when it resolves. */
  writeFile(
    runId: string,
    folder: string,
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void>;
  /** Null where there is no such file. */
  readFile(runId: string, folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Folders of the run, whether they count or not. */
  folders(runId: string): Promise<readonly string[]>;
  /** Removes a folder and its files, if it is there. It must not count any more. */
  removeFolder(runId: string, folder: string): Promise<void>;

  /**
   * From now on the folder counts: all or nothing, and on the disk when it resolves, with every log line
   * that was appended before.
   */
  commit(runId: string, folder: string, manifest: object): Promise<void>;
  /** The folder counts no more: all or nothing. */
  retract(runId: string, folder: string): Promise<void>;
  /** Those that count, in any order. */
  committed(runId: string): Promise<readonly Committed[]>;

  /** Changes the run's record, all or nothing; nobody else's change comes between. */
  changeRecord(runId: string, change: (old: unknown) => object): Promise<void>;
  records(): Promise<readonly unknown[]>;

  /** Appends lines: all of them, or those that came before a kill. After a refusal none of them is there. */
  appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void>;
  /** Whole lines only: one that a kill has torn is left out. */
  readLog(runId: string, log: LogName): Promise<readonly object[]>;
  /** Leaves only some lines: all or nothing for each log. */
  filterLog(runId: string, log: LogName, keep: (line: object) => boolean): Promise<void>;

  /** The text of a run of format 1, which had no manifest. */
  oldText(runId: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Removes all there is of the run. What a kill leaves is removed when the medium is next used. */
  removeRun(runId: string): Promise<void>;

  /** What the medium refused, as a fault. */
  explain(what: string, error: unknown): Promise<FaultError>;
}
