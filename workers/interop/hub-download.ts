// One file of the hub onto a disk: begun, cut off, paused, gone on with after a reload, and checked
// against what the hub says of its content before anybody uses it.
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { FaultError } from "../../kernels/core/fault.ts";
import type { HubClient, HubDigest, HubFile, HubListing } from "./hub.ts";

/** A file that grows. What was appended is there again after a reload. */
export interface PartFile {
  readonly byteLength: number;
  read(offset: number, length: number): Promise<Uint8Array>;
  append(bytes: Uint8Array): Promise<void>;
  /** Drops all of it. */
  clear(): Promise<void>;
  /** What the host called the content that these bytes are of; null while unknown. */
  readonly etag: string | null;
  rememberEtag(etag: string | null): Promise<void>;
}

export interface DownloadOptions {
  /** Stops; what has arrived stays in the part. */
  readonly signal?: AbortSignal;
  /** Bytes of the file that are there. Less than before when it had to begin anew. */
  readonly onProgress?: (bytes: number) => void;
  /** Between two tries after a cut connection, in milliseconds; their number is that of tries. */
  readonly pauses?: readonly number[];
}

const PAUSES = [300, 1_000, 3_000];
/** A connection over which nothing comes for so long is dead, whatever the browser thinks. */
const SILENCE_MS = 30_000;
const READ_BYTES = 4 * 1024 * 1024;

/**
 * Fetches what is missing of a file.
 *
 * @returns the SHA-256 of its content, in hex.
 * @throws FaultError "network" if the connection breaks again and again, or if length or content are not
 *   what the hub says; "hub" if it may not be read; the signal's reason. All but the wrong content leave
 *   in the part what has arrived.
 */
export async function downloadFile(
  hub: HubClient,
  listing: Pick<HubListing, "kind" | "name" | "commit">,
  file: HubFile,
  part: PartFile,
  options: DownloadOptions = {},
): Promise<string> {
  const { signal, onProgress, pauses = PAUSES } = options;
  const download = new Download(hub, listing, file, part, signal, onProgress);
  let cuts = 0;
  await download.begin();
  for (;;) {
    signal?.throwIfAborted();
    try {
      await download.fetchRest();
      const digest = await download.check();
      if (digest) return digest;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Cut)) throw error;
      const pause = pauses[cuts++];
      if (pause === undefined) throw download.cutOff(error);
      await sleep(pause, signal);
    }
  }
}

/** The connection ended before the file did: worth another try. */
class Cut extends Error {}

class Download {
  #hash: ContentHash;
  /** Bytes of an earlier visit are among them. */
  #isResumed = false;

  constructor(
    private readonly hub: HubClient,
    private readonly listing: Pick<HubListing, "kind" | "name" | "commit">,
    private readonly file: HubFile,
    private readonly part: PartFile,
    private readonly signal: AbortSignal | undefined,
    private readonly onProgress: ((bytes: number) => void) | undefined,
  ) {
    this.#hash = new ContentHash(file);
  }

  /** Reads again what an earlier visit has left. */
  async begin(): Promise<void> {
    const { part, file } = this;
    if (part.byteLength > file.bytes) await this.#restart();
    this.#isResumed = part.byteLength > 0;
    for (let at = 0; at < part.byteLength; at += READ_BYTES) {
      this.signal?.throwIfAborted();
      this.#hash.update(await part.read(at, Math.min(READ_BYTES, part.byteLength - at)));
    }
    this.onProgress?.(part.byteLength);
  }

  async fetchRest(): Promise<void> {
    const { part, file, hub } = this;
    while (part.byteLength < file.bytes) {
      const response = await hub.open(this.listing, file.path, part.byteLength, this.signal);
      if (await this.#mustRestart(response)) {
        // An answer that begins at the beginning is used; any other is asked for again from there.
        await this.#restart();
        if (response.status !== 200) {
          await response.body?.cancel();
          continue;
        }
      }
      await part.rememberEtag(response.headers.get("etag"));
      await this.#take(response);
    }
  }

  /** Whether what is there cannot be gone on with: no ranges here, other bytes than asked for, a new file. */
  async #mustRestart(response: Response): Promise<boolean> {
    const { part } = this;
    if (part.byteLength === 0) return false;
    if (response.status !== 206) return true;
    const [, first] = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "") ?? [];
    if (first !== undefined && Number(first) !== part.byteLength) return true;
    const etag = response.headers.get("etag");
    return etag !== null && part.etag !== null && etag !== part.etag;
  }

  async #take(response: Response): Promise<void> {
    const { part, file } = this;
    const rest = file.bytes - part.byteLength;
    // Of a compressed answer this is the length on the wire.
    const said = response.headers.get("content-encoding")
      ? null
      : response.headers.get("content-length");
    if (said !== null && Number(said) !== rest) {
      await response.body?.cancel();
      throw this.#wrongLength(Number(said) - rest + file.bytes);
    }
    if (!response.body) throw new Cut("the answer was empty");
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await readSoon(reader);
      if (done) break;
      if (part.byteLength + value.length > file.bytes) {
        const met = part.byteLength + value.length;
        await reader.cancel();
        throw this.#wrongLength(met);
      }
      await part.append(value);
      this.#hash.update(value);
      this.onProgress?.(part.byteLength);
    }
    if (part.byteLength < file.bytes) throw new Cut("the answer ended early");
  }

  /** The content's SHA-256 if it is what the hub says; null if it must be fetched once more. */
  async check(): Promise<string | null> {
    const { file } = this;
    const { sha256: digest, isRight, met } = this.#hash.finish(file.digest);
    if (isRight) return digest;
    const isSecondTry = !this.#isResumed;
    await this.#restart();
    // The old part may have been damaged on the disk: a tab was killed while it was written.
    if (!isSecondTry) return null;
    throw new FaultError(
      "network",
      `${file.path} must be what the hub lists (${file.digest.kind} ${file.digest.hex}); what arrived is ${met}.`,
      "It was damaged on the way, or the host serves another file. Fetch it again; what arrived was thrown away.",
    );
  }

  async #restart(): Promise<void> {
    await this.part.clear();
    await this.part.rememberEtag(null);
    this.#hash = new ContentHash(this.file);
    this.#isResumed = false;
    this.onProgress?.(0);
  }

  #wrongLength(met: number): FaultError {
    const { file } = this;
    return new FaultError(
      "network",
      `${file.path} must have the ${file.bytes} bytes that the hub lists; the host sends ${met}${met > file.bytes ? " or more" : ""}.`,
      "The host serves another file than the hub lists, or a page in between. Try again later, or from another network.",
    );
  }

  cutOff(error: Cut): FaultError {
    const { file, part } = this;
    return new FaultError(
      "network",
      `${file.path} must arrive whole; the connection ended after ${part.byteLength} of ${file.bytes} bytes (${error.message}).`,
      "Look at the connection and resume: what has arrived is kept.",
      { cause: error },
    );
  }
}

/** The next piece. @throws Cut if the connection breaks or is silent for too long. */
async function readSoon(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    const told = new Cut(`nothing came for ${SILENCE_MS / 1_000} seconds`);
    timer = setTimeout(() => reject(told), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    reader.cancel().catch(() => {});
    if (error instanceof Cut) throw error;
    throw new Cut(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Hashes of a growing file: SHA-256 always, git's where the hub gives nothing else. */
class ContentHash {
  readonly #sha256 = sha256.create();
  readonly #git: ReturnType<typeof sha1.create> | null;

  constructor(file: HubFile) {
    this.#git =
      file.digest.kind === "git-blob"
        ? sha1.create().update(new TextEncoder().encode(`blob ${file.bytes}\0`))
        : null;
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#git?.update(bytes);
  }

  finish({ hex }: HubDigest): { sha256: string; isRight: boolean; met: string } {
    const digest = bytesToHex(this.#sha256.digest());
    const met = this.#git ? bytesToHex(this.#git.digest()) : digest;
    return { sha256: digest, isRight: met === hex, met };
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
