// Where models are kept: files of a folder each, and a record that makes them a model. Files are written
// into a new folder and flushed; one put of the record commits them, so a kill at any moment leaves
// either a whole model or a folder that the next visit sweeps away.
import type { ModelSource, SavedModel } from "../api/models.ts";

/** A file that grows at its end. What was appended survives a reload once it is closed. */
export interface GrowingFile {
  readonly byteLength: number;
  read(offset: number, length: number): Promise<Uint8Array>;
  append(bytes: Uint8Array): Promise<void>;
  /** Drops all of it. */
  clear(): Promise<void>;
  /** Flushes, and lets go of the file. */
  close(): Promise<void>;
}

/** What a fetch from the hub needs to go on with after a reload. */
export interface FetchRecord {
  readonly modelId: string;
  readonly source: Extract<ModelSource, { kind: "hub" }>;
  readonly startedAt: number;
  /** Those wanted, in the order in which they are fetched. */
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly digest: { readonly kind: "sha256" | "git-blob"; readonly hex: string };
    /** What the host called the content that has arrived so far. */
    readonly etag?: string;
    /** In hex, once the file is whole. */
    readonly sha256?: string;
  }[];
}

/** A model in the making. Nobody else writes into its folder meanwhile. */
export interface ModelDraft {
  readonly modelId: string;
  /** A file of it, new or as an earlier visit has left it. */
  open(name: string): Promise<GrowingFile>;
  /** Files that are closed. */
  files(): Promise<ReadonlyMap<string, Blob>>;
  /** Makes it a model; all files must be closed. */
  commit(model: SavedModel): Promise<void>;
  /** Remembers it as a fetch that can be gone on with. */
  remember(fetch: FetchRecord): Promise<void>;
  /** Lets go of it; a remembered fetch stays. */
  release(): Promise<void>;
  /** Drops its files, and forgets it. */
  discard(): Promise<void>;
}

/** Every method throws FaultError `storage` where the storage does not do its part. */
export interface ModelStore {
  /** Newest first, without those set aside. */
  list(): Promise<readonly SavedModel[]>;
  /** Also one set aside. */
  get(modelId: string): Promise<SavedModel | null>;
  files(modelId: string): Promise<ReadonlyMap<string, Blob>>;
  /** Begins a model, or goes on with a fetch. @throws FaultError `storage` while another tab holds it. */
  draft(modelId: string): Promise<ModelDraft>;
  /** A changed record of a model, set aside or not; false where there is none. */
  update(model: SavedModel): Promise<boolean>;
  setAside(modelId: string): Promise<void>;
  /** Null where it is there no more. */
  bringBack(modelId: string): Promise<SavedModel | null>;
  /** Drops files and record. */
  remove(modelId: string): Promise<void>;
  fetches(): Promise<readonly FetchRecord[]>;
  /** Bytes of every file of a fetch that are there. */
  arrived(modelId: string): Promise<ReadonlyMap<string, number>>;
  /** Bytes that may still be kept; null where the browser does not say. */
  freeBytes(): Promise<number | null>;
}
