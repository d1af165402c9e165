// A disk whose k-th write goes wrong, and which has lost what was not flushed once the process is dead.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { WriteFaults } from "../../testing/write-faults.ts";
import { DISK, type Disk } from "../disk.ts";

export class FaultyDisk implements Disk {
  /** What a crash would leave of files that have been written to and not flushed. */
  readonly #unflushed = new Map<string, Uint8Array>();

  constructor(private readonly faults: WriteFaults) {}

  /** To be called once the process has died, before anybody looks. */
  async crash(): Promise<void> {
    for (const [path, left] of this.#unflushed) if (await exists(path)) await writeFile(path, left);
    this.#unflushed.clear();
  }

  async makeFolder(path: string): Promise<void> {
    if (await exists(path)) return this.faults.alive();
    await this.faults.before();
    await DISK.makeFolder(path);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const half = bytes.subarray(0, bytes.length >> 1);
    await this.faults.before(async () => {
      await DISK.write(path, half);
      this.#unflushed.delete(path);
    });
    this.#unflushed.set(path, new Uint8Array());
    await DISK.write(path, bytes);
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const half = bytes.subarray(0, bytes.length >> 1);
    await this.faults.before(async () => {
      await DISK.append(path, half);
      this.#unflushed.delete(path);
    });
    if (!this.#unflushed.has(path)) this.#unflushed.set(path, await contentOf(path));
    await DISK.append(path, bytes);
  }

  async truncate(path: string, bytes: number): Promise<void> {
    await this.faults.before();
    await DISK.truncate(path, bytes);
    const left = this.#unflushed.get(path);
    if (left && left.length > bytes) this.#unflushed.set(path, left.subarray(0, bytes));
  }

  async sync(path: string): Promise<void> {
    // Only in the books: hundreds of real ones would take minutes.
    await this.faults.before();
    this.#unflushed.delete(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.faults.before();
    const left = this.#unflushed.get(from);
    this.#unflushed.delete(from);
    this.#unflushed.delete(to);
    if (left) this.#unflushed.set(to, left);
    await DISK.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    if (!(await exists(path))) return this.faults.alive();
    // A folder goes name by name.
    await this.faults.before(async () => {
      if (!(await stat(path)).isDirectory()) return;
      const names = await readdir(path);
      for (const name of names.slice(0, Math.ceil(names.length / 2)))
        await DISK.remove(join(path, name));
    });
    await DISK.remove(path);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const contentOf = (path: string): Promise<Uint8Array> =>
  readFile(path).catch(() => new Uint8Array());
