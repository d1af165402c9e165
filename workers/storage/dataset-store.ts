// Where prepared texts are kept: files of tokens, and a record that makes them a dataset. Files are written
// and flushed first; one commit then makes the dataset exist, so a kill at any moment leaves either all of it
// or nothing that counts. What a kill leaves is swept when the store is next used.
import { FaultError } from "../../kernels/core/fault.ts";
import type { DatasetSummary } from "../api/text.ts";

/** A stored dataset: what the page is told of it, and what its reader needs. */
export interface DatasetRecord extends Omit<DatasetSummary, "isStored"> {
  readonly format: 1;
  /** The same for everything that is prepared in the same way from the same file. */
  readonly recipe: string;
  /** Bytes of a token: 2 or 4. */
  readonly tokenBytes: 2 | 4;
  readonly train: DatasetPart;
  readonly validation: DatasetPart;
}

export interface DatasetPart {
  readonly shards: readonly { readonly file: string; readonly tokens: number }[];
}

/** A dataset in the making. */
export interface DatasetWriter {
  /** Adds to the end of a file, which is made as needed. The array may be used again afterwards. */
  append(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** From now on the dataset exists, all of it on the disk. One that exists already stays as it is. */
  commit(record: DatasetRecord): Promise<void>;
  /** Nothing of it stays. Harmless after a commit. */
  abort(): Promise<void>;
}

/** The files of a dataset, open. */
export interface DatasetFiles {
  /** Fills `into` with what stands at byte `at`, at once. @throws FaultError `storage` past the end. */
  read(file: string, at: number, into: Uint8Array<ArrayBuffer>): void;
  readWhole(file: string): Promise<Uint8Array<ArrayBuffer>>;
  close(): void;
}

export interface DatasetStore {
  /** Newest first. */
  list(): Promise<readonly DatasetRecord[]>;
  get(datasetId: string): Promise<DatasetRecord | null>;
  create(): Promise<DatasetWriter>;
  /** Opens files for reading; it cannot be deleted meanwhile. @throws FaultError `storage` where it is gone or damaged. */
  open(datasetId: string): Promise<DatasetFiles>;
  /** @throws FaultError `storage` while somebody reads it. */
  delete(datasetId: string): Promise<void>;
}

export const datasetGone = (): FaultError =>
  new FaultError(
    "storage",
    "A prepared text must be in the storage; this one is not.",
    "Prepare the file again.",
  );

export const datasetInUse = (name: string): FaultError =>
  new FaultError(
    "storage",
    `A prepared text can be deleted when no run reads it; one is reading "${name}".`,
    "Stop the run first; it may be in another tab.",
  );

export const datasetTooShort = (file: string): FaultError =>
  new FaultError(
    "storage",
    `A prepared text must hold what was written; its file ${file} ends too early.`,
    "Delete the prepared text, and prepare the file again.",
  );
