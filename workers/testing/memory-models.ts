// A ModelStore in memory, whose every write can be made to fail.
import { FaultError } from "../../kernels/core/fault.ts";
import type { FolderFile } from "../api/models.ts";
import {
  KeptModels,
  type ModelDisk,
  type ModelRecords,
  type ModelRow,
} from "../storage/kept-models.ts";
import type { GrowingFile } from "../storage/model-store.ts";
import type { Files } from "./model-files.ts";

/** Disk and records that outlive a store, as a browser's outlive a tab. */
export class MemoryModelPlace implements ModelDisk, ModelRecords {
  readonly disk = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();
  readonly rows = new Map<string, ModelRow>();
  readonly held = new Set<string>();
  free: number | null = null;
  /** Writes so far. */
  writes = 0;
  /** The write that fails, counted from 1; after it nothing is written any more, as after a kill. */
  failAt = Number.POSITIVE_INFINITY;

  #write(): void {
    if (++this.writes < this.failAt) return;
    throw new FaultError("storage", `Write ${this.writes} must succeed; it was made to fail.`);
  }

  async folders(): Promise<readonly string[]> {
    return [...this.disk.keys()];
  }

  async hold(folder: string): Promise<(() => void) | null> {
    if (this.held.has(folder)) return null;
    this.held.add(folder);
    return () => this.held.delete(folder);
  }

  async open(folder: string, name: string): Promise<GrowingFile> {
    const files = this.disk.get(folder) ?? new Map<string, Uint8Array<ArrayBuffer>>();
    this.#write();
    this.disk.set(folder, files);
    const bytes = () => files.get(name) ?? new Uint8Array();
    files.set(name, bytes());
    return {
      get byteLength() {
        return bytes().length;
      },
      read: async (offset, length) => bytes().subarray(offset, offset + length),
      append: async (more) => {
        this.#write();
        files.set(name, new Uint8Array([...bytes(), ...more]));
      },
      clear: async () => {
        this.#write();
        files.set(name, new Uint8Array());
      },
      close: async () => this.#write(),
    };
  }

  async files(folder: string): Promise<ReadonlyMap<string, Blob>> {
    return new Map(
      [...(this.disk.get(folder) ?? [])].map(([name, bytes]) => [name, new Blob([bytes])]),
    );
  }

  async remove(folder: string): Promise<void> {
    this.#write();
    this.disk.delete(folder);
  }

  async freeBytes(): Promise<number | null> {
    return this.free;
  }

  async all(): Promise<readonly ModelRow[]> {
    return [...this.rows.values()];
  }

  async get(modelId: string): Promise<ModelRow | undefined> {
    return this.rows.get(modelId);
  }

  async put(row: ModelRow): Promise<void> {
    this.#write();
    this.rows.set(row.modelId, row);
  }

  async delete(modelId: string): Promise<void> {
    this.#write();
    this.rows.delete(modelId);
  }
}

/** @param place that of an earlier store, as after a reload. */
export const memoryModels = (place = new MemoryModelPlace(), now?: () => number): KeptModels =>
  new KeptModels(place, place, now);

/** Files as a folder that was dropped on the page. */
export const droppedFolder = (files: Files): readonly FolderFile[] =>
  Object.entries(files).map(([path, bytes]) => ({
    path,
    content: new Blob([bytes as Uint8Array<ArrayBuffer>]),
  }));
