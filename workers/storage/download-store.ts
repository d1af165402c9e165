// Where files of the hub are kept while texts are made of them: each one file that grows, and a record that says
// what it is of, so that a broken or paused download goes on after a reload.
import type { HubFileRef } from "../api/text.ts";
import type { GrowingFile } from "./model-store.ts";

export interface DownloadRecord {
  readonly downloadId: string;
  readonly ref: HubFileRef;
  readonly startedAt: number;
  /** What the host called the content that has arrived so far. */
  readonly etag: string | null;
  /** Whether all of it is here, and is what the hub says it is. */
  readonly isWhole: boolean;
}

/** A file on its way, open for writing. Nobody else writes into it meanwhile. */
export interface Download {
  readonly record: DownloadRecord;
  readonly file: GrowingFile;
  /** Changes the record. */
  remember(change: Partial<Pick<DownloadRecord, "etag" | "isWhole">>): Promise<void>;
  /** Flushes, and lets go of it. */
  close(): Promise<void>;
}

/** Every method throws FaultError `storage` where the storage does not do its part. */
export interface DownloadStore {
  /** Newest first. */
  list(): Promise<readonly (DownloadRecord & { readonly arrived: number })[]>;
  /** Begins a download or goes on with one. @throws FaultError `storage` while another tab holds it. */
  open(downloadId: string, ref: HubFileRef): Promise<Download>;
  /** The file, once it is whole; null before. */
  whole(downloadId: string): Promise<Blob | null>;
  /** Drops file and record. */
  remove(downloadId: string): Promise<void>;
}
