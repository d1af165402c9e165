// Texts of the model hub: what a dataset's repository holds, what is in a file before it is fetched, and the
// file itself, fetched into the browser's storage so that it is read there as often as it takes.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { FaultError } from "../../kernels/core/fault.ts";
import type { HubDownload, HubFileRef, HubTextFile, HubTexts, TextFacts } from "../api/text.ts";
import { FORMATS, formatOf } from "../data/formats/formats.ts";
import { blobFile, type FileSource } from "../data/formats/source.ts";
import { HubClient, readRepo } from "../interop/hub.ts";
import { downloadFile, type PartFile } from "../interop/hub-download.ts";
import type { Download, DownloadStore } from "../storage/download-store.ts";

/** Files that can be trained on. */
const ENDINGS: ReadonlySet<string> = new Set(
  Object.values(FORMATS).flatMap(({ extensions }) => extensions),
);

interface Hub {
  readonly address: string;
  readonly token?: string;
}

export class HubLibrary {
  constructor(
    private readonly store: DownloadStore,
    /** For tests; the browser's own otherwise. */
    private readonly http: typeof fetch | undefined = undefined,
  ) {}

  /** @throws FaultError "hub", "network", "bad-config" as HubClient.list; "bad-data" where nothing in it is text. */
  async list(name: string, hub: Hub): Promise<HubTexts> {
    const client = this.#client(hub);
    const listing = await client.list(readRepo(name, "dataset"));
    const files = listing.files
      .filter(({ path }) => ENDINGS.has(endingOf(path)) && !/(^|\/)(readme|license)/i.test(path))
      .map((file): HubTextFile => {
        const { name: repo, commit } = listing;
        const ref = { address: client.address, repo, commit, ...file };
        return { ref, format: formatOf({ name: file.path }), ...placeOf(file.path) };
      })
      .sort((a, b) => (a.ref.path < b.ref.path ? -1 : 1));
    if (files.length === 0)
      throw new FaultError(
        "bad-data",
        `A dataset must hold parquet, jsonl, csv or text files; ${listing.name} holds ${listing.files.length} other files.`,
        "Choose another dataset. Many have a version in parquet on their branch refs/convert/parquet: NAME@refs/convert/parquet.",
      );
    return { address: client.address, repo: listing.name, commit: listing.commit, files };
  }

  /** Looks into a file on the hub: some hundred kilobytes of it are asked for. */
  async inspect(ref: HubFileRef, token?: string): Promise<TextFacts> {
    const source = this.#remote(ref, token);
    const format = formatOf(source);
    return { format, bytes: ref.bytes, ...(await FORMATS[format].inspect(source)) };
  }

  /**
   * The file, fetched if it is not here yet.
   *
   * @throws FaultError as downloadFile; the signal's reason. What has arrived stays.
   */
  async fetch(
    ref: HubFileRef,
    token: string | undefined,
    onProgress: (bytes: number) => void,
    signal?: AbortSignal,
  ): Promise<FileSource> {
    const downloadId = idOf(ref);
    const here = await this.store.whole(downloadId);
    if (here) return blobFile(here, nameOf(ref));
    const download = await this.store.open(downloadId, ref);
    try {
      const { repo: name, commit } = ref;
      await downloadFile(
        this.#client(hubOf(ref, token)),
        { kind: "dataset", name, commit },
        ref,
        new DownloadPart(download),
        { onProgress, ...(signal ? { signal } : {}) },
      );
      await download.remember({ isWhole: true });
    } finally {
      await download.close();
    }
    return blobFile((await this.store.whole(downloadId)) as Blob, nameOf(ref));
  }

  async downloads(): Promise<readonly HubDownload[]> {
    return (await this.store.list()).map(({ downloadId, ref, arrived, isWhole }) => ({
      downloadId,
      ref,
      arrived,
      isWhole,
    }));
  }

  delete(downloadId: string): Promise<void> {
    return this.store.remove(downloadId);
  }

  #client({ address, token }: Hub): HubClient {
    return new HubClient({
      address,
      ...(token ? { token } : {}),
      ...(this.http ? { fetch: this.http } : {}),
    });
  }

  /** A file that lies on the hub, read by ranges. */
  #remote(ref: HubFileRef, token: string | undefined): FileSource {
    const client = this.#client(hubOf(ref, token));
    const { repo: name, commit, path, bytes } = ref;
    return {
      name: nameOf(ref),
      size: bytes,
      slice: async (from, to) => {
        if (to <= from) return new Uint8Array();
        const response = await client.open({ kind: "dataset", name, commit }, path, from);
        if (from > 0 && response.status !== 206) {
          await response.body?.cancel();
          throw new FaultError(
            "network",
            `The host must send parts of ${path}; it sends the whole (status ${response.status}).`,
            "Fetch the file without looking into it first.",
          );
        }
        return readSome(response, to - from, path);
      },
    };
  }
}

/** The first bytes of an answer; the rest is left where it is. */
async function readSome(response: Response, count: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let at = 0;
  const reader = response.body?.getReader();
  while (reader && at < count) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(0, count - at);
    bytes.set(part, at);
    at += part.length;
  }
  await reader?.cancel();
  if (at < count)
    throw new FaultError(
      "network",
      `The host must send ${count} bytes of ${path}; it sent ${at}.`,
      "Try again.",
    );
  return bytes;
}

const hubOf = ({ address }: HubFileRef, token: string | undefined): Hub => ({
  address,
  ...(token ? { token } : {}),
});

const nameOf = ({ path }: HubFileRef): string => path.slice(path.lastIndexOf("/") + 1);

const endingOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1).toLowerCase();

/** The same for the same content, whatever page or tab asks. */
const idOf = ({ address, repo, commit, path }: HubFileRef): string =>
  bytesToHex(sha256(new TextEncoder().encode(JSON.stringify([address, repo, commit, path])))).slice(
    0,
    40,
  );

/**
 * Configuration and split as the hub's own naming has them: `config/train-00000-of-00004.parquet`,
 * `data/test.csv`. Both may be unknown.
 */
export function placeOf(path: string): {
  readonly config: string | null;
  readonly split: string | null;
} {
  const names = path.split("/");
  const folders = names.slice(0, -1).filter((name) => name !== "data" && name !== "default");
  // The folder nearest to the file may be the split: config/train/0000.parquet.
  const candidates = [names.at(-1) as string, ...folders.toReversed()];
  const splitIn = (name: string) =>
    /(?:^|[._-])(train|test|validation|valid|val|dev)(?=$|[._-])/i.exec(name)?.[1]?.toLowerCase();
  const told = candidates.find((name) => splitIn(name) !== undefined);
  const config = folders.find((name) => name !== told);
  return { config: config ?? null, split: told === undefined ? null : (splitIn(told) ?? null) };
}

/** A download whose ETag stands in its record. */
class DownloadPart implements PartFile {
  etag: string | null;

  constructor(private readonly download: Download) {
    this.etag = download.record.etag;
  }

  get byteLength(): number {
    return this.download.file.byteLength;
  }
  read(offset: number, length: number): Promise<Uint8Array> {
    return this.download.file.read(offset, length);
  }
  append(bytes: Uint8Array): Promise<void> {
    return this.download.file.append(bytes);
  }
  clear(): Promise<void> {
    return this.download.file.clear();
  }
  async rememberEtag(etag: string | null): Promise<void> {
    if (etag === this.etag) return;
    this.etag = etag;
    await this.download.remember({ etag });
  }
}
