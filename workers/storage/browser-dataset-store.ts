// Prepared texts in the browser: files in the origin private file system, records in a database of their own.
// Who writes or reads a folder holds a lock of its name, so that no tab sweeps away what another one uses.
import Dexie, { type Table } from "dexie";
import { guardBrowser as guard } from "./browser-fault.ts";
import {
  type DatasetFiles,
  type DatasetRecord,
  type DatasetStore,
  type DatasetWriter,
  datasetGone,
  datasetInUse,
  datasetTooShort,
} from "./dataset-store.ts";

interface Row {
  readonly datasetId: string;
  readonly folder: string;
  readonly record: DatasetRecord;
}

export class DatasetDatabase extends Dexie {
  datasets!: Table<Row, string>;

  constructor({ indexedDB, IDBKeyRange }: Pick<DatasetPlaces, "indexedDB" | "IDBKeyRange">) {
    // Strict: a committed transaction is on the disk, not only in the operating system's cache.
    super("vitrine-datasets", {
      ...(indexedDB ? { indexedDB } : {}),
      ...(IDBKeyRange ? { IDBKeyRange } : {}),
      chromeTransactionDurability: "strict",
    });
    this.version(1).stores({ datasets: "datasetId" });
  }
}

/** Where the browser keeps things; tests bring their own. */
export interface DatasetPlaces {
  readonly indexedDB?: IDBFactory;
  readonly IDBKeyRange?: typeof IDBKeyRange;
  readonly root: () => Promise<FileSystemDirectoryHandle>;
  readonly locks: Pick<LockManager, "request">;
}

const PLACE = "datasets";

export class BrowserDatasetStore implements DatasetStore {
  readonly #records: DatasetDatabase;

  /** @param database for tests, which make its transactions fail. */
  constructor(
    private readonly places: DatasetPlaces = browserPlaces(),
    database = new DatasetDatabase(places),
  ) {
    this.#records = database;
  }

  list(): Promise<readonly DatasetRecord[]> {
    return guard("list the prepared texts", async () => {
      const rows = await this.#records.datasets.toArray();
      return rows.map(({ record }) => record).sort((a, b) => b.createdAt - a.createdAt);
    });
  }

  get(datasetId: string): Promise<DatasetRecord | null> {
    return guard(
      "find the prepared text",
      async () => (await this.#records.datasets.get(datasetId))?.record ?? null,
    );
  }

  create(): Promise<DatasetWriter> {
    return guard("keep the prepared text", async () => {
      await this.#sweep();
      const folder = crypto.randomUUID();
      const release = await this.#hold(folder, "exclusive");
      const directory = await (await this.#place()).getDirectoryHandle(folder, { create: true });
      return new Writer(directory, {
        commit: (record) => this.#commit(folder, record),
        leave: async (isKept) => {
          release();
          if (!isKept) await this.#remove(folder);
        },
      });
    });
  }

  open(datasetId: string): Promise<DatasetFiles> {
    return guard("open the prepared text", async () => {
      const row = await this.#records.datasets.get(datasetId);
      if (!row) throw datasetGone();
      const release = await this.#hold(row.folder, "shared");
      try {
        const directory = await (await this.#place()).getDirectoryHandle(row.folder);
        const shards = [...row.record.train.shards, ...row.record.validation.shards];
        return await Reader.open(
          directory,
          shards.map(({ file }) => file),
          release,
        );
      } catch (error) {
        release();
        throw isMissing(error) ? datasetGone() : error;
      }
    });
  }

  async delete(datasetId: string): Promise<void> {
    await guard("delete the prepared text", async () => {
      const row = await this.#records.datasets.get(datasetId);
      if (!row) return;
      const isDone = await this.places.locks.request(
        lockOf(row.folder),
        { mode: "exclusive", ifAvailable: true },
        async (lock) => {
          if (!lock) return false;
          await this.#records.datasets.delete(datasetId);
          await this.#remove(row.folder);
          return true;
        },
      );
      if (!isDone) throw datasetInUse(row.record.name);
    });
  }

  /** All or nothing, and on the disk when it resolves. Returns false where the dataset exists already. */
  #commit(folder: string, record: DatasetRecord): Promise<boolean> {
    const { datasets } = this.#records;
    return guard("keep the prepared text", () =>
      this.#records.transaction("rw", datasets, async () => {
        if (await datasets.get(record.datasetId)) return false;
        await datasets.add({ datasetId: record.datasetId, folder, record });
        return true;
      }),
    );
  }

  /** Removes folders that no record names and that nobody is writing. */
  async #sweep(): Promise<void> {
    const names: string[] = [];
    for await (const name of (await this.#place()).keys()) names.push(name);
    const isKept = async (folder: string) =>
      (await this.#records.datasets.filter((row) => row.folder === folder).count()) > 0;
    for (const folder of names) {
      if (await isKept(folder)) continue;
      await this.places.locks.request(lockOf(folder), { ifAvailable: true }, async (lock) => {
        // Asked again: its writer may have committed before it let go.
        if (lock && !(await isKept(folder))) await this.#remove(folder);
      });
    }
  }

  async #remove(folder: string): Promise<void> {
    await (await this.#place()).removeEntry(folder, { recursive: true }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  async #place(): Promise<FileSystemDirectoryHandle> {
    return (await this.places.root()).getDirectoryHandle(PLACE, { create: true });
  }

  /** Takes the lock of a folder and keeps it until the returned function is called, or the worker dies. */
  #hold(folder: string, mode: LockMode): Promise<() => void> {
    return new Promise((resolve, reject) => {
      this.places.locks
        .request(lockOf(folder), { mode }, () => new Promise<void>((release) => resolve(release)))
        .catch(reject);
    });
  }
}

const browserPlaces = (): DatasetPlaces => ({
  root: () => navigator.storage.getDirectory(),
  locks: navigator.locks,
});

const lockOf = (folder: string): string => `vitrine-dataset-${folder}`;

const isMissing = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "NotFoundError";

/** Synchronous access handles can be flushed; they exist in workers only, where this runs. */
class Writer implements DatasetWriter {
  readonly #handles = new Map<string, FileSystemSyncAccessHandle>();
  #isOver = false;

  constructor(
    private readonly directory: FileSystemDirectoryHandle,
    private readonly store: {
      commit(record: DatasetRecord): Promise<boolean>;
      leave(isKept: boolean): Promise<void>;
    },
  ) {}

  append(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return guard("keep the prepared text", async () => {
      let handle = this.#handles.get(file);
      if (!handle) {
        const entry = await this.directory.getFileHandle(file, { create: true });
        handle = await entry.createSyncAccessHandle();
        this.#handles.set(file, handle);
      }
      const written = handle.write(bytes, { at: handle.getSize() });
      // A full disk writes what it can.
      if (written !== bytes.length)
        throw new DOMException(`${written} of ${bytes.length} bytes`, "QuotaExceededError");
    });
  }

  async commit(record: DatasetRecord): Promise<void> {
    await guard("keep the prepared text", () => {
      for (const handle of this.#handles.values()) handle.flush();
    });
    this.#close();
    const isKept = await this.store.commit(record);
    this.#isOver = true;
    await guard("keep the prepared text", () => this.store.leave(isKept));
  }

  async abort(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#close();
    await guard("clear away what was written", () => this.store.leave(false));
  }

  #close(): void {
    for (const handle of this.#handles.values()) handle.close();
    this.#handles.clear();
  }
}

class Reader implements DatasetFiles {
  private constructor(
    private readonly directory: FileSystemDirectoryHandle,
    private readonly handles: ReadonlyMap<string, FileSystemSyncAccessHandle>,
    private readonly release: () => void,
  ) {}

  static async open(
    directory: FileSystemDirectoryHandle,
    files: readonly string[],
    release: () => void,
  ): Promise<Reader> {
    const handles = new Map<string, FileSystemSyncAccessHandle>();
    try {
      for (const file of files) {
        const entry = await directory.getFileHandle(file);
        handles.set(file, await entry.createSyncAccessHandle({ mode: "read-only" }));
      }
    } catch (error) {
      for (const handle of handles.values()) handle.close();
      throw error;
    }
    return new Reader(directory, handles, release);
  }

  read(file: string, at: number, into: Uint8Array<ArrayBuffer>): void {
    const handle = this.handles.get(file);
    if (handle?.read(into, { at }) !== into.length) throw datasetTooShort(file);
  }

  readWhole(file: string): Promise<Uint8Array<ArrayBuffer>> {
    return guard("read the prepared text", async () => {
      const blob = await (await this.directory.getFileHandle(file)).getFile();
      return new Uint8Array(await blob.arrayBuffer());
    });
  }

  close(): void {
    for (const handle of this.handles.values()) handle.close();
    this.release();
  }
}
