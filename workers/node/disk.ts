// The few calls that change a disk. Tests put one in their place that fails, tears, or loses what was not flushed.
import { appendFile, mkdir, open, rename, rm, truncate, writeFile } from "node:fs/promises";

export interface Disk {
  /** With all above it; it may be there already. */
  makeFolder(path: string): Promise<void>;
  /** Creates a file, or replaces what is in it. On the disk after {@link sync}. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  truncate(path: string, bytes: number): Promise<void>;
  /** Flushes a file, or the names in a folder. */
  sync(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** A file, or a folder with all below it; nothing where there is none. */
  remove(path: string): Promise<void>;
}

export const DISK: Disk = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  write: (path, bytes) => writeFile(path, bytes),
  append: (path, bytes) => appendFile(path, bytes),
  truncate: (path, bytes) => truncate(path, bytes),
  async sync(path) {
    const file = await open(path, "r+").catch((error: { code?: string }) => {
      if (error.code === "EISDIR") return open(path, "r");
      throw error;
    });
    try {
      await file.sync();
    } catch (error) {
      // Windows flushes no folders; there the rename itself is what counts.
      if ((error as { code?: string }).code !== "EPERM") throw error;
    } finally {
      await file.close();
    }
  },
  rename,
  async remove(path) {
    await rm(path, { recursive: true, force: true });
  },
};
