// Both places that keep runs, for tests that go through the same things in each.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type Dexie from "dexie";
import type { DBCore, Middleware } from "dexie";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { BrowserMedium } from "../../storage/browser-medium.ts";
import { KeptRuns } from "../../storage/kept-runs.ts";
import type { RunStore } from "../../storage/run-store.ts";
import { MemoryOpfs } from "../../testing/memory-opfs.ts";
import { WriteFaults } from "../../testing/write-faults.ts";
import { FolderStore } from "../folder-store.ts";
import { FaultyDisk } from "./faulty-disk.ts";

/** A place that outlives the processes that use it. */
export interface StorePlace {
  /** The store of a new process. */
  open(faults?: WriteFaults): RunStore;
  /** After a process has died, and before the next one begins: what was not flushed is lost. */
  settle(): Promise<void>;
  /** Paths of all files. */
  paths(): Promise<string[]>;
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

export const STORE_PLACES: Readonly<Record<string, () => Promise<StorePlace>>> = {
  folder: async () => folderPlace(await mkdtemp(join(tmpdir(), "vitrine-store-"))),
  browser: async () => browserPlace(new IDBFactory(), new MemoryOpfs()),
};

/** @param files what is there already, by path, in base 64. */
export async function folderPlace(
  root: string,
  files: Readonly<Record<string, string>> = {},
): Promise<StorePlace> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), Buffer.from(content, "base64"));
  }
  let disk = new FaultyDisk(new WriteFaults());
  return {
    open(faults = new WriteFaults()) {
      disk = new FaultyDisk(faults);
      return new FolderStore(root, disk);
    },
    settle: () => disk.crash(),
    async paths() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .sort();
    },
    async damage(path, change) {
      await writeFile(join(root, path), change(await readFile(join(root, path))));
    },
    async close() {
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function browserPlace(indexedDB: IDBFactory, opfs: MemoryOpfs): StorePlace {
  const opened: Dexie[] = [];
  const closeAll = async () => {
    for (const database of opened.splice(0)) database.close();
  };
  return {
    open(faults = new WriteFaults()) {
      const root = opfs.rootFor(faults);
      const medium = new BrowserMedium({ indexedDB, IDBKeyRange, root: async () => root });
      medium.database.use(failing(faults));
      opened.push(medium.database);
      return new KeptRuns(medium);
    },
    settle: closeAll,
    paths: async () => opfs.paths(),
    async damage(path, change) {
      opfs.damage(path, (bytes) => change(bytes));
    },
    close: closeAll,
  };
}

/** A transaction of a dead process never comes to its end: nothing of it is kept. */
export const failing = (faults: WriteFaults): Middleware<DBCore> => ({
  stack: "dbcore",
  name: "faults",
  create: (down) => ({
    ...down,
    table(name) {
      const table = down.table(name);
      return {
        ...table,
        mutate(request) {
          // At once: a transaction in which nothing is asked for ends.
          const verdict = faults.verdict();
          if (verdict === "go") return table.mutate(request);
          if (verdict === "refuse") return Promise.reject(faults.refusal());
          (request.trans as unknown as IDBTransaction).abort();
          return new Promise(() => {});
        },
      };
    },
  }),
});
