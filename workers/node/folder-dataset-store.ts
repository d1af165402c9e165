// Prepared texts in a folder: one folder for each, and dataset.json in it. A folder is written under another
// name, flushed, and begins to exist by one rename.
import { closeSync, openSync, readSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FaultError } from "../../kernels/core/fault.ts";
import {
  type DatasetFiles,
  type DatasetRecord,
  type DatasetStore,
  type DatasetWriter,
  datasetGone,
  datasetTooShort,
} from "../storage/dataset-store.ts";

const RECORD = "dataset.json";
const PARTIAL = ".partial";

export class FolderDatasetStore implements DatasetStore {
  /** @param root one process at a time uses it. */
  constructor(readonly root: string) {}

  async list(): Promise<readonly DatasetRecord[]> {
    const records: DatasetRecord[] = [];
    for (const name of await namesIn(this.root)) {
      const record = name.endsWith(PARTIAL) ? null : await this.get(name);
      if (record) records.push(record);
    }
    return records.sort((a, b) => b.createdAt - a.createdAt);
  }

  async get(datasetId: string): Promise<DatasetRecord | null> {
    try {
      const text = await readFile(join(this.root, datasetId, RECORD), "utf8");
      return JSON.parse(text) as DatasetRecord;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async create(): Promise<DatasetWriter> {
    for (const name of await namesIn(this.root))
      if (name.endsWith(PARTIAL)) await rm(join(this.root, name), { recursive: true, force: true });
    const folder = join(this.root, `${crypto.randomUUID()}${PARTIAL}`);
    await mkdir(folder, { recursive: true });
    return new FolderWriter(this.root, folder);
  }

  async open(datasetId: string): Promise<DatasetFiles> {
    const record = await this.get(datasetId);
    if (!record) throw datasetGone();
    return new FolderFiles(join(this.root, datasetId));
  }

  async delete(datasetId: string): Promise<void> {
    await rm(join(this.root, datasetId), { recursive: true, force: true });
  }
}

class FolderWriter implements DatasetWriter {
  readonly #files = new Map<string, FileHandle>();
  #isOver = false;

  constructor(
    private readonly root: string,
    private readonly folder: string,
  ) {}

  append(file: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#guard(async () => {
      let handle = this.#files.get(file);
      if (!handle) {
        handle = await open(join(this.folder, file), "a");
        this.#files.set(file, handle);
      }
      await handle.appendFile(bytes);
    });
  }

  commit(record: DatasetRecord): Promise<void> {
    return this.#guard(async () => {
      await this.append(RECORD, new TextEncoder().encode(JSON.stringify(record, null, 2)));
      for (const handle of this.#files.values()) await handle.sync();
      await this.#close();
      this.#isOver = true;
      const final = join(this.root, record.datasetId);
      const isThere = (await namesIn(this.root)).includes(record.datasetId);
      if (isThere) await rm(this.folder, { recursive: true, force: true });
      else await rename(this.folder, final);
    });
  }

  async abort(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #close(): Promise<void> {
    for (const handle of this.#files.values()) await handle.close();
    this.#files.clear();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new FaultError(
        "storage",
        `The prepared text must be written to ${this.root}; ${error instanceof Error ? error.message : String(error)}.`,
        "Free some space or choose another folder.",
        { cause: error },
      );
    }
  }
}

class FolderFiles implements DatasetFiles {
  readonly #descriptors = new Map<string, number>();

  constructor(private readonly folder: string) {}

  read(file: string, at: number, into: Uint8Array<ArrayBuffer>): void {
    let descriptor = this.#descriptors.get(file);
    if (descriptor === undefined) {
      descriptor = openSync(join(this.folder, file), "r");
      this.#descriptors.set(file, descriptor);
    }
    if (readSync(descriptor, into, 0, into.length, at) !== into.length) throw datasetTooShort(file);
  }

  async readWhole(file: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await readFile(join(this.folder, file)));
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }
}

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === "ENOENT";

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
