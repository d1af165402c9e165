import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { FileSource } from "../data/formats/source.ts";

/** A file on the disk; opened when it is first read, and closed by the process's end or {@link NodeFile.close}. */
export class NodeFile implements FileSource {
  #handle: Promise<FileHandle> | null = null;

  private constructor(
    readonly path: string,
    readonly size: number,
  ) {}

  static async at(path: string): Promise<NodeFile> {
    return new NodeFile(path, (await stat(path)).size);
  }

  get name(): string {
    return basename(this.path);
  }

  async slice(from: number, to: number): Promise<Uint8Array> {
    this.#handle ??= open(this.path, "r");
    const bytes = new Uint8Array(to - from);
    const { bytesRead } = await (await this.#handle).read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await (await this.#handle)?.close();
    this.#handle = null;
  }
}
