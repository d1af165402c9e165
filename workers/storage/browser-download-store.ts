// Downloads in the browser: files in the origin private file system, records in a database of their own.
import Dexie, { type Table } from "dexie";
import { FaultError } from "../../kernels/core/fault.ts";
import type { HubFileRef } from "../api/text.ts";
import { guardBrowser as guard } from "./browser-fault.ts";
import { OriginFile } from "./browser-model-store.ts";
import type { Download, DownloadRecord, DownloadStore } from "./download-store.ts";

class Records extends Dexie {
  downloads!: Table<DownloadRecord, string>;

  constructor() {
    super("vitrine-downloads", { chromeTransactionDurability: "strict" });
    this.version(1).stores({ downloads: "downloadId" });
  }
}

const PLACE = "downloads";

export class BrowserDownloadStore implements DownloadStore {
  readonly #records = new Records();

  list() {
    return guard("list the downloads", async () => {
      const records = await this.#records.downloads.toArray();
      const found = await Promise.all(
        records.map(async (record) => ({
          ...record,
          arrived: await this.#size(record.downloadId),
        })),
      );
      return found.sort((a, b) => b.startedAt - a.startedAt);
    });
  }

  open(downloadId: string, ref: HubFileRef): Promise<Download> {
    return guard("keep the download", async () => {
      const release = await this.#hold(downloadId);
      if (!release)
        throw new FaultError(
          "storage",
          `A file can be fetched in one tab at a time; another one fetches ${ref.path}.`,
          "Wait for it, or stop it there.",
        );
      try {
        const known = await this.#records.downloads.get(downloadId);
        let record: DownloadRecord = known ?? {
          downloadId,
          ref,
          startedAt: Date.now(),
          etag: null,
          isWhole: false,
        };
        await this.#records.downloads.put(record);
        const handle = await (await this.#place()).getFileHandle(downloadId, { create: true });
        const file = new OriginFile(ref.path, await handle.createSyncAccessHandle());
        return {
          record,
          file,
          remember: (change) =>
            guard("keep the download", async () => {
              record = { ...record, ...change };
              await this.#records.downloads.put(record);
            }),
          close: async () => {
            await file.close();
            release();
          },
        };
      } catch (error) {
        release();
        throw error;
      }
    });
  }

  whole(downloadId: string): Promise<Blob | null> {
    return guard("read the download", async () => {
      const record = await this.#records.downloads.get(downloadId);
      if (!record?.isWhole || (await this.#size(downloadId)) !== record.ref.bytes) return null;
      return (await (await this.#place()).getFileHandle(downloadId)).getFile();
    });
  }

  async remove(downloadId: string): Promise<void> {
    await guard("delete the download", async () => {
      await this.#records.downloads.delete(downloadId);
      await (await this.#place()).removeEntry(downloadId).catch(nullIfMissing);
    });
  }

  async #size(downloadId: string): Promise<number> {
    const handle = await (await this.#place()).getFileHandle(downloadId).catch(nullIfMissing);
    return handle ? (await handle.getFile()).size : 0;
  }

  async #place(): Promise<FileSystemDirectoryHandle> {
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle(PLACE, { create: true });
  }

  /** A lock among the tabs of this browser, freed when the tab dies; null while another tab has it. */
  #hold(downloadId: string): Promise<(() => void) | null> {
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(`vitrine-download-${downloadId}`, { ifAvailable: true }, (lock) => {
          if (!lock) return resolve(null);
          return new Promise<void>((letGo) => resolve(letGo));
        })
        .catch(reject);
    });
  }
}

function nullIfMissing(error: unknown): null {
  if (error instanceof DOMException && error.name === "NotFoundError") return null;
  throw error;
}
