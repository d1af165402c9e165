import type { HubFileRef } from "../api/text.ts";
import type { Download, DownloadRecord, DownloadStore } from "../storage/download-store.ts";

/** A DownloadStore in memory. */
export class MemoryDownloadStore implements DownloadStore {
  readonly downloads = new Map<
    string,
    { record: DownloadRecord; bytes: Uint8Array<ArrayBuffer> }
  >();

  async list() {
    return [...this.downloads.values()].map(({ record, bytes }) => ({
      ...record,
      arrived: bytes.length,
    }));
  }

  async open(downloadId: string, ref: HubFileRef): Promise<Download> {
    const entry = this.downloads.get(downloadId) ?? {
      record: { downloadId, ref, startedAt: 0, etag: null, isWhole: false },
      bytes: new Uint8Array(),
    };
    this.downloads.set(downloadId, entry);
    return {
      record: entry.record,
      file: {
        get byteLength() {
          return entry.bytes.length;
        },
        read: async (offset, length) => entry.bytes.subarray(offset, offset + length),
        append: async (more) => {
          const whole = new Uint8Array(entry.bytes.length + more.length);
          whole.set(entry.bytes);
          whole.set(more, entry.bytes.length);
          entry.bytes = whole;
        },
        clear: async () => {
          entry.bytes = new Uint8Array();
        },
        close: async () => {},
      },
      remember: async (change) => {
        entry.record = { ...entry.record, ...change };
      },
      close: async () => {},
    };
  }

  async whole(downloadId: string): Promise<Blob | null> {
    const entry = this.downloads.get(downloadId);
    return entry?.record.isWhole ? new Blob([entry.bytes]) : null;
  }

  async remove(downloadId: string): Promise<void> {
    this.downloads.delete(downloadId);
  }
}
