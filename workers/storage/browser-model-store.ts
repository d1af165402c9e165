// The browser's disk and table for models: files in the origin private file system, records in a
// database of their own, so that neither runs nor texts touch them.
import Dexie, { type Table } from "dexie";
import { guardBrowser as guard } from "./browser-fault.ts";
import { KeptModels, type ModelDisk, type ModelRecords, type ModelRow } from "./kept-models.ts";
import type { GrowingFile, ModelStore } from "./model-store.ts";

/** Where the browser keeps things; tests bring their own. */
export interface BrowserPlaces {
  readonly indexedDB?: IDBFactory;
  readonly IDBKeyRange?: typeof IDBKeyRange;
  readonly root: () => Promise<FileSystemDirectoryHandle>;
  readonly locks: Pick<LockManager, "request">;
}

/** The ModelStore of this browser. @param database for tests, which make its transactions fail. */
export function openBrowserModels(
  places: BrowserPlaces = {
    root: () => navigator.storage.getDirectory(),
    locks: navigator.locks,
  },
  database = new ModelDatabase(places),
): ModelStore {
  return new KeptModels(new OriginDisk(places), new DatabaseRecords(database));
}

export class ModelDatabase extends Dexie {
  models!: Table<ModelRow, string>;

  constructor({ indexedDB, IDBKeyRange }: Pick<BrowserPlaces, "indexedDB" | "IDBKeyRange">) {
    // Strict: a committed transaction is on the disk, not only in the operating system's cache.
    super("vitrine-models", {
      ...(indexedDB ? { indexedDB } : {}),
      ...(IDBKeyRange ? { IDBKeyRange } : {}),
      chromeTransactionDurability: "strict",
    });
    this.version(1).stores({ models: "modelId" });
  }
}

class DatabaseRecords implements ModelRecords {
  constructor(private readonly database: ModelDatabase) {}

  all(): Promise<readonly ModelRow[]> {
    return guard("list the models", () => this.database.models.toArray());
  }

  get(modelId: string): Promise<ModelRow | undefined> {
    return guard("read the record of a model", () => this.database.models.get(modelId));
  }

  async put(row: ModelRow): Promise<void> {
    await guard("write the record of a model", () => this.database.models.put(row));
  }

  async delete(modelId: string): Promise<void> {
    await guard("forget a model", () => this.database.models.delete(modelId));
  }
}

class OriginDisk implements ModelDisk {
  constructor(private readonly places: BrowserPlaces) {}

  folders(): Promise<readonly string[]> {
    return guard("list what is kept", async () => {
      const names: string[] = [];
      for await (const name of (await this.#models()).keys()) names.push(name);
      return names;
    });
  }

  hold(folder: string): Promise<(() => void) | null> {
    return guard("let one tab write at a time", () => this.#lock(`vitrine-model-${folder}`));
  }

  open(folder: string, name: string): Promise<GrowingFile> {
    return guard(`open ${name}`, async () => {
      const directory = await (await this.#models()).getDirectoryHandle(folder, {
        create: true,
      });
      const file = await directory.getFileHandle(name, { create: true });
      return new OriginFile(name, await file.createSyncAccessHandle());
    });
  }

  files(folder: string): Promise<ReadonlyMap<string, Blob>> {
    return guard("read a model's files", async () => {
      const files = new Map<string, Blob>();
      const root = await this.#models();
      const directory = await root.getDirectoryHandle(folder).catch(nullIfMissing);
      if (!directory) return files;
      for await (const name of directory.keys())
        files.set(name, await (await directory.getFileHandle(name)).getFile());
      return files;
    });
  }

  async remove(folder: string): Promise<void> {
    await guard("drop a model's files", async () =>
      (await this.#models()).removeEntry(folder, { recursive: true }).catch(nullIfMissing),
    );
  }

  async freeBytes(): Promise<number | null> {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
  }

  async #models(): Promise<FileSystemDirectoryHandle> {
    return (await this.places.root()).getDirectoryHandle("models", { create: true });
  }

  /** A lock among the tabs of this browser, freed when the tab dies; null while another tab has it. */
  #lock(name: string): Promise<(() => void) | null> {
    return new Promise((resolve, reject) => {
      this.places.locks
        .request(name, { ifAvailable: true }, (lock) => {
          if (!lock) return resolve(null);
          return new Promise<void>((letGo) => resolve(letGo));
        })
        .catch(reject);
    });
  }
}

/** Synchronous access handles write in place and can be flushed; they exist in workers only. */
export class OriginFile implements GrowingFile {
  #bytes: number;

  constructor(
    private readonly name: string,
    private readonly access: FileSystemSyncAccessHandle,
  ) {
    this.#bytes = access.getSize();
  }

  get byteLength(): number {
    return this.#bytes;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return guard(`read ${this.name}`, () => {
      const bytes = new Uint8Array(length);
      const read = this.access.read(bytes, { at: offset });
      return bytes.subarray(0, read);
    });
  }

  async append(bytes: Uint8Array): Promise<void> {
    await guard(`write ${bytes.length} bytes of ${this.name}`, () => {
      const written = this.access.write(bytes, { at: this.#bytes });
      this.#bytes += written;
      if (written < bytes.length)
        throw new DOMException(`only ${written} were written`, "QuotaExceededError");
    });
  }

  async clear(): Promise<void> {
    await guard(`empty ${this.name}`, () => this.access.truncate(0));
    this.#bytes = 0;
  }

  async close(): Promise<void> {
    await guard(`flush ${this.name}`, () => {
      try {
        this.access.flush();
      } finally {
        this.access.close();
      }
    });
  }
}

function nullIfMissing(error: unknown): null {
  if (error instanceof DOMException && error.name === "NotFoundError") return null;
  throw error;
}
