// The one ModelStore there is, over a disk and a table of records: those of the browser, or of a test.
import { FaultError } from "../../kernels/core/fault.ts";
import type { SavedModel } from "../api/models.ts";
import type { FetchRecord, GrowingFile, ModelDraft, ModelStore } from "./model-store.ts";

/** Folders of files. Each is a model, or one in the making. */
export interface ModelDisk {
  folders(): Promise<readonly string[]>;
  /** Keeps others from writing into a folder, which need not exist; null while another does. */
  hold(folder: string): Promise<(() => void) | null>;
  /** Makes folder and file where they do not exist. */
  open(folder: string, name: string): Promise<GrowingFile>;
  /** None where there is no such folder. */
  files(folder: string): Promise<ReadonlyMap<string, Blob>>;
  /** Without a word where there is no such folder. */
  remove(folder: string): Promise<void>;
  freeBytes(): Promise<number | null>;
}

export type ModelRow =
  | {
      readonly modelId: string;
      readonly kind: "model";
      readonly model: SavedModel;
      /** Milliseconds since 1970, once it is set aside. */
      readonly asideAt?: number;
    }
  | { readonly modelId: string; readonly kind: "fetch"; readonly fetch: FetchRecord };

/** Rows by `modelId`. A put is on the disk when it resolves. */
export interface ModelRecords {
  all(): Promise<readonly ModelRow[]>;
  get(modelId: string): Promise<ModelRow | undefined>;
  put(row: ModelRow): Promise<void>;
  delete(modelId: string): Promise<void>;
}

/** Another tab may still offer to bring a model back for so long. */
const ASIDE_MS = 60_000;

export class KeptModels implements ModelStore {
  #swept: Promise<void> | null = null;

  constructor(
    private readonly disk: ModelDisk,
    private readonly records: ModelRecords,
    private readonly now: () => number = Date.now,
  ) {}

  async list(): Promise<readonly SavedModel[]> {
    await this.#sweepOnce();
    return (await this.records.all())
      .flatMap((row) => (row.kind === "model" && row.asideAt === undefined ? [row.model] : []))
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  async get(modelId: string): Promise<SavedModel | null> {
    return (await this.#row(modelId))?.model ?? null;
  }

  async files(modelId: string): Promise<ReadonlyMap<string, Blob>> {
    const model = await this.get(modelId);
    const files = model ? await this.disk.files(modelId) : new Map<string, Blob>();
    for (const { name, bytes } of model?.files ?? []) {
      const met = files.get(name)?.size;
      if (met !== bytes)
        throw new FaultError(
          "storage",
          `${name} of a kept model must have ${bytes} bytes; ${met === undefined ? "it is gone" : `it has ${met}`}.`,
          "The browser's storage was cleared or damaged. Delete the model, and keep or fetch it again.",
        );
    }
    return new Map((model?.files ?? []).map(({ name }) => [name, files.get(name) as Blob]));
  }

  async draft(modelId: string): Promise<ModelDraft> {
    await this.#sweepOnce();
    const release = await this.disk.hold(modelId);
    if (!release)
      throw new FaultError(
        "storage",
        "A model must be written by one tab at a time; another tab is at it.",
        "Go on in the other tab, or close it.",
      );
    return new Draft(modelId, this.disk, this.records, release);
  }

  async update(model: SavedModel): Promise<boolean> {
    const row = await this.#row(model.modelId);
    if (row) await this.records.put({ ...row, model });
    return row !== null;
  }

  async setAside(modelId: string): Promise<void> {
    const row = await this.#row(modelId);
    if (row) await this.records.put({ ...row, asideAt: this.now() });
  }

  async bringBack(modelId: string): Promise<SavedModel | null> {
    const row = await this.#row(modelId);
    if (!row) return null;
    const { asideAt: _, ...back } = row;
    await this.records.put(back);
    return row.model;
  }

  /** The record first: a model without files would be a lie, files without a record are swept. */
  async remove(modelId: string): Promise<void> {
    await this.records.delete(modelId);
    await this.disk.remove(modelId);
  }

  async fetches(): Promise<readonly FetchRecord[]> {
    await this.#sweepOnce();
    return (await this.records.all()).flatMap((row) => (row.kind === "fetch" ? [row.fetch] : []));
  }

  async arrived(modelId: string): Promise<ReadonlyMap<string, number>> {
    const files = await this.disk.files(modelId);
    return new Map([...files].map(([name, { size }]) => [name, size]));
  }

  freeBytes(): Promise<number | null> {
    return this.disk.freeBytes();
  }

  async #row(modelId: string): Promise<Extract<ModelRow, { kind: "model" }> | null> {
    const row = await this.records.get(modelId);
    return row?.kind === "model" ? row : null;
  }

  #sweepOnce(): Promise<void> {
    this.#swept ??= this.#sweep().catch((error: unknown) => {
      this.#swept = null;
      throw error;
    });
    return this.#swept;
  }

  /** Drops what a kill has left behind, and what was set aside and not brought back. */
  async #sweep(): Promise<void> {
    const rows = await this.records.all();
    for (const row of rows)
      if (row.kind === "model" && row.asideAt !== undefined && this.now() - row.asideAt > ASIDE_MS)
        await this.remove(row.modelId);
    const known = new Set(rows.map(({ modelId }) => modelId));
    for (const folder of await this.disk.folders()) {
      if (known.has(folder)) continue;
      const release = await this.disk.hold(folder);
      if (!release) continue;
      // Another tab may have committed it since the rows were read.
      if (!(await this.records.get(folder))) await this.disk.remove(folder);
      release();
    }
  }
}

class Draft implements ModelDraft {
  readonly #open = new Set<GrowingFile>();

  constructor(
    readonly modelId: string,
    private readonly disk: ModelDisk,
    private readonly records: ModelRecords,
    private readonly letGo: () => void,
  ) {}

  async open(name: string): Promise<GrowingFile> {
    const file = await this.disk.open(this.modelId, name);
    this.#open.add(file);
    return {
      get byteLength() {
        return file.byteLength;
      },
      read: (offset, length) => file.read(offset, length),
      append: (bytes) => file.append(bytes),
      clear: () => file.clear(),
      close: async () => {
        if (this.#open.delete(file)) await file.close();
      },
    };
  }

  files(): Promise<ReadonlyMap<string, Blob>> {
    return this.disk.files(this.modelId);
  }

  async commit(model: SavedModel): Promise<void> {
    await this.#closeAll();
    await this.records.put({ modelId: this.modelId, kind: "model", model });
    this.letGo();
  }

  async remember(fetch: FetchRecord): Promise<void> {
    await this.records.put({ modelId: this.modelId, kind: "fetch", fetch });
  }

  async release(): Promise<void> {
    try {
      await this.#closeAll();
    } finally {
      this.letGo();
    }
  }

  async discard(): Promise<void> {
    try {
      await this.#closeAll();
      await this.records.delete(this.modelId);
      await this.disk.remove(this.modelId);
    } finally {
      this.letGo();
    }
  }

  async #closeAll(): Promise<void> {
    for (const file of this.#open) {
      this.#open.delete(file);
      await file.close();
    }
  }
}
