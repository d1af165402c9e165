// The browser's own storage: large files in the origin private file system, everything small in IndexedDB,
// where one strict transaction is what commits.
import Dexie, { type Table } from "dexie";
import { FaultError } from "../../kernels/core/fault.ts";
import { explainBrowser } from "./browser-fault.ts";
import type { Committed, Medium } from "./medium.ts";
import type { LogName } from "./run-store.ts";

interface CommittedRow extends Committed {
  readonly runId: string;
}

interface LogRow {
  readonly id?: number;
  readonly runId: string;
  readonly log: LogName;
  readonly lines: readonly object[];
}

const VERSION = 2;
/** Texts of format 1 lie here, and nothing names them. */
const OLD_TEXT = "text";

class Records extends Dexie {
  runs!: Table<{ readonly runId: string }, string>;
  committed!: Table<CommittedRow, [string, string]>;
  logs!: Table<LogRow, number>;
  /** Runs whose files are still to be removed. */
  removals!: Table<{ readonly runId: string }, string>;

  constructor(options: Pick<BrowserPlaces, "indexedDB" | "IDBKeyRange">) {
    // Strict: a committed transaction is on the disk, not only in the operating system's cache.
    super("vitrine", { ...options, chromeTransactionDurability: "strict" });
    this.version(1).stores({
      runs: "runId, savedAt",
      checkpoints: "[runId+step], runId",
      logs: "++id, [runId+log], runId",
    });
    this.version(VERSION)
      .stores({
        runs: "runId, savedAt",
        checkpoints: null,
        committed: "[runId+folder], runId",
        logs: "++id, [runId+log], runId",
        removals: "runId",
      })
      .upgrade(async (transaction) => {
        // As they are: formats.ts reads what version 1 wrote.
        const old = await transaction.table("checkpoints").toArray();
        await transaction.table("committed").bulkPut(
          old.map(({ runId, folder, meta, parts }) => ({
            runId,
            folder,
            manifest: { meta, parts },
          })),
        );
      });
  }
}

/** Where the browser keeps things; tests bring their own. */
export interface BrowserPlaces {
  readonly indexedDB?: IDBFactory;
  readonly IDBKeyRange?: typeof IDBKeyRange;
  readonly root: () => Promise<FileSystemDirectoryHandle>;
}

export class BrowserMedium implements Medium {
  /** Public for tests, which make its transactions fail. */
  readonly database: Records;
  #opened: Promise<Records> | null = null;

  constructor(
    private readonly places: BrowserPlaces = { root: () => navigator.storage.getDirectory() },
  ) {
    const { root: _, ...options } = places;
    this.database = new Records(options);
  }

  async writeFile(
    runId: string,
    folder: string,
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const directory = await this.#directory(runId, folder, true);
    const file = await directory.getFileHandle(name, { create: true });
    // Synchronous access handles can be flushed; they exist in workers only, where this runs.
    const access = await file.createSyncAccessHandle();
    try {
      access.truncate(0);
      const written = access.write(bytes, { at: 0 });
      if (written !== bytes.byteLength)
        throw new DOMException(`${written} of ${bytes.byteLength} bytes`, "QuotaExceededError");
      access.flush();
    } finally {
      access.close();
    }
  }

  readFile(runId: string, folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return orNull(async () => {
      const directory = await this.#directory(runId, folder, false);
      const file = await (await directory.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    });
  }

  async folders(runId: string): Promise<readonly string[]> {
    const names: string[] = [];
    const run = await orNull(async () => (await this.#runs(false)).getDirectoryHandle(runId));
    if (run) for await (const name of run.keys()) if (name !== OLD_TEXT) names.push(name);
    return names;
  }

  async removeFolder(runId: string, folder: string): Promise<void> {
    await orNull(async () => {
      const run = await (await this.#runs(false)).getDirectoryHandle(runId);
      await run.removeEntry(folder, { recursive: true });
    });
  }

  async commit(runId: string, folder: string, manifest: object): Promise<void> {
    await (await this.#open()).committed.put({ runId, folder, manifest });
  }

  async retract(runId: string, folder: string): Promise<void> {
    await (await this.#open()).committed.delete([runId, folder]);
  }

  async committed(runId: string): Promise<readonly Committed[]> {
    return (await this.#open()).committed.where({ runId }).toArray();
  }

  async changeRecord(runId: string, change: (old: unknown) => object): Promise<void> {
    const { runs } = await this.#open();
    await runs.db.transaction("rw", runs, async () => {
      await runs.put({ ...change(await runs.get(runId)), runId });
    });
  }

  async records(): Promise<readonly unknown[]> {
    const { runs, removals } = await this.#open();
    for (const { runId } of await removals.toArray()) await this.#finishRemoval(runId);
    return runs.toArray();
  }

  async appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    await (await this.#open()).logs.add({ runId, log, lines });
  }

  async readLog(runId: string, log: LogName): Promise<readonly object[]> {
    const rows = await (await this.#open()).logs.where({ runId, log }).sortBy("id");
    return rows.flatMap((row) => row.lines);
  }

  async filterLog(runId: string, log: LogName, keep: (line: object) => boolean): Promise<void> {
    const { logs } = await this.#open();
    await logs.db.transaction("rw", logs, async () => {
      for (const row of await logs.where({ runId, log }).toArray()) {
        const lines = row.lines.filter(keep);
        if (lines.length === row.lines.length) continue;
        if (lines.length > 0) await logs.put({ ...row, lines });
        else await logs.delete(row.id as number);
      }
    });
  }

  oldText(runId: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.readFile(runId, OLD_TEXT, "text.bin");
  }

  async removeRun(runId: string): Promise<void> {
    const { runs, committed, logs, removals } = await this.#open();
    await runs.db.transaction("rw", runs, committed, logs, removals, async () => {
      await removals.put({ runId });
      await runs.delete(runId);
      await committed.where({ runId }).delete();
      await logs.where({ runId }).delete();
    });
    await this.#finishRemoval(runId);
  }

  explain(what: string, error: unknown): Promise<FaultError> {
    return explainBrowser(what, error);
  }

  async #finishRemoval(runId: string): Promise<void> {
    await orNull(async () => {
      await (await this.#runs(false)).removeEntry(runId, { recursive: true });
    });
    await (await this.#open()).removals.delete(runId);
  }

  /** The records, opened. @throws FaultError `newer-version` for those of a later version, left as they are. */
  #open(): Promise<Records> {
    this.#opened ??= (async () => {
      const records = this.database;
      await records.open();
      // Dexie counts in tenths.
      const found = records.backendDB().version / 10;
      if (found <= VERSION) return records;
      records.close();
      throw new FaultError(
        "newer-version",
        `This version of Vitrine reads stored runs up to version ${VERSION}; those here have version ${found}.`,
        "A newer version wrote them. Reload the page to get it; until then nothing is changed.",
      );
    })().catch((error: unknown) => {
      // What was refused once may be granted later.
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #runs(create: boolean): Promise<FileSystemDirectoryHandle> {
    return (await this.places.root()).getDirectoryHandle("runs", { create });
  }

  async #directory(
    runId: string,
    folder: string,
    create: boolean,
  ): Promise<FileSystemDirectoryHandle> {
    const run = await (await this.#runs(create)).getDirectoryHandle(runId, { create });
    return run.getDirectoryHandle(folder, { create });
  }
}

/** Null where something on the way is not there. */
async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return null;
    throw error;
  }
}
