// The browser back-end of RunStore: large files in the origin private file system, records and logs
// in IndexedDB. A checkpoint's files are written and flushed first; one strict transaction then makes
// them the run's last checkpoint, so a tab killed at any moment keeps the one before it.
import Dexie, { type Table } from "dexie";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Checkpoint, CheckpointMeta, LogName, RunRecord, RunStore } from "./run-store.ts";

/** Checkpoints kept per run, the newest included. */
const KEPT = 3;

interface CheckpointRow {
  readonly runId: string;
  readonly step: number;
  readonly folder: string;
  readonly meta: CheckpointMeta;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

interface LogRow {
  readonly id?: number;
  readonly runId: string;
  readonly log: LogName;
  readonly lines: readonly object[];
}

class Records extends Dexie {
  runs!: Table<RunRecord, string>;
  checkpoints!: Table<CheckpointRow, [string, number]>;
  logs!: Table<LogRow, number>;

  constructor() {
    // Strict: a committed transaction is on the disk, not only in the operating system's cache.
    super("vitrine", { chromeTransactionDurability: "strict" });
    this.version(1).stores({
      runs: "runId, savedAt",
      checkpoints: "[runId+step], runId",
      logs: "++id, [runId+log], runId",
    });
  }
}

export class BrowserStore implements RunStore {
  readonly #records = new Records();

  async putRecord(record: RunRecord): Promise<void> {
    await guard("record the run", () => this.#records.runs.put(record));
  }

  listRecords(): Promise<readonly RunRecord[]> {
    return guard("list the runs", () => this.#records.runs.toArray());
  }

  async saveCheckpoint(runId: string, { meta, parts }: Checkpoint): Promise<void> {
    await guard(`keep the checkpoint of step ${meta.step}`, async () => {
      const folder = `${String(meta.step).padStart(8, "0")}-${crypto.randomUUID()}`;
      const directory = await directoryOf(runId, folder, true);
      for (const { name, bytes } of parts) await writeFlushed(directory, name, bytes);
      await this.#records.checkpoints.put({
        runId,
        step: meta.step,
        folder,
        meta,
        parts: parts.map(({ name, bytes }) => ({ name, bytes: bytes.byteLength })),
      });
      await this.#sweep(runId);
    });
  }

  loadCheckpoint(runId: string): Promise<Checkpoint | null> {
    return guard("read the checkpoint", async () => {
      const [row] = await this.#rows(runId);
      if (!row) return null;
      const directory = await directoryOf(runId, row.folder, false);
      const parts = await Promise.all(
        row.parts.map(async ({ name, bytes }) => {
          const file = await (await directory.getFileHandle(name)).getFile();
          if (file.size !== bytes)
            throw new FaultError(
              "storage",
              `${name} of checkpoint ${row.step} must hold ${bytes} bytes; it holds ${file.size}.`,
              "Start the run anew.",
            );
          return { name, bytes: new Uint8Array(await file.arrayBuffer()) };
        }),
      );
      return { meta: row.meta, parts };
    });
  }

  async appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    if (lines.length === 0) return;
    await guard("append to the log", () => this.#records.logs.add({ runId, log, lines }));
  }

  readLog(runId: string, log: LogName): Promise<readonly object[]> {
    return guard("read the log", async () => {
      const rows = await this.#records.logs.where({ runId, log }).sortBy("id");
      return rows.flatMap((row) => row.lines);
    });
  }

  async truncateLogs(runId: string, step: number): Promise<void> {
    await guard("cut the log", () =>
      this.#records.transaction("rw", this.#records.logs, async () => {
        for (const row of await this.#records.logs.where({ runId }).toArray()) {
          const lines = row.lines.filter((line) => (line as { step: number }).step <= step);
          if (lines.length === row.lines.length) continue;
          if (lines.length > 0) await this.#records.logs.put({ ...row, lines });
          else if (row.id !== undefined) await this.#records.logs.delete(row.id);
        }
      }),
    );
  }

  async saveText(runId: string, text: Uint8Array<ArrayBuffer>): Promise<void> {
    await guard("keep the text", async () =>
      writeFlushed(await directoryOf(runId, "text", true), "text.bin", text),
    );
  }

  loadText(runId: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return guard("read the text", async () => {
      try {
        const directory = await directoryOf(runId, "text", false);
        const file = await (await directory.getFileHandle("text.bin")).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        if (error instanceof DOMException && error.name === "NotFoundError") return null;
        throw error;
      }
    });
  }

  async deleteRun(runId: string): Promise<void> {
    await guard("delete the run", async () => {
      const { runs, checkpoints, logs } = this.#records;
      await this.#records.transaction("rw", runs, checkpoints, logs, async () => {
        await runs.delete(runId);
        await checkpoints.where({ runId }).delete();
        await logs.where({ runId }).delete();
      });
      const root = await runsDirectory();
      await root.removeEntry(runId, { recursive: true }).catch(ignoreMissing);
    });
  }

  /** Newest first. */
  async #rows(runId: string): Promise<CheckpointRow[]> {
    const rows = await this.#records.checkpoints.where({ runId }).toArray();
    return rows.sort((a, b) => b.step - a.step);
  }

  /** Drops old checkpoints, and folders that no committed record names (a kill left them). */
  async #sweep(runId: string): Promise<void> {
    const rows = await this.#rows(runId);
    const kept = new Set(rows.slice(0, KEPT).map((row) => row.folder));
    for (const row of rows.slice(KEPT))
      await this.#records.checkpoints.delete([row.runId, row.step]);
    const directory = await (await runsDirectory()).getDirectoryHandle(runId);
    for await (const name of directory.keys())
      if (name !== "text" && !kept.has(name))
        await directory.removeEntry(name, { recursive: true }).catch(ignoreMissing);
  }
}

async function runsDirectory(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("runs", { create: true });
}

async function directoryOf(
  runId: string,
  name: string,
  create: boolean,
): Promise<FileSystemDirectoryHandle> {
  const run = await (await runsDirectory()).getDirectoryHandle(runId, { create });
  return run.getDirectoryHandle(name, { create });
}

/** Synchronous access handles can be flushed; they exist in workers only, where this runs. */
async function writeFlushed(
  directory: FileSystemDirectoryHandle,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const file = await directory.getFileHandle(name, { create: true });
  const access = await file.createSyncAccessHandle();
  try {
    access.truncate(0);
    access.write(bytes, { at: 0 });
    access.flush();
  } finally {
    access.close();
  }
}

const ignoreMissing = (error: unknown): void => {
  if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
};

/** What the browser refuses as a fault. */
export async function guard<T>(what: string, work: () => PromiseLike<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FaultError) throw error;
    const full = error instanceof Error && /quota/i.test(`${error.name} ${error.message}`);
    throw new FaultError(
      "storage",
      `The browser's storage must ${what}; ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}.`,
      full
        ? "The storage is full. Delete old runs, or free disk space."
        : "Private windows may forbid storage. Open Vitrine in an ordinary window.",
      { cause: error },
    );
  }
}
