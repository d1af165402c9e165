// A model folder, wherever it lies: dropped on the page, in storage, on disk. Readers see only names
// and byte ranges, so a file of gigabytes is never held whole.
import { FaultError } from "../../kernels/core/fault.ts";

/** Bytes that can be read from anywhere in the middle. */
export interface ByteSource {
  readonly byteLength: number;
  /** Bytes `offset` .. `offset + length - 1`; the caller keeps within `byteLength`. The result may be a view. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Files by name. Names have no folder in front. */
export type ModelFolder = ReadonlyMap<string, ByteSource>;

/** A file to be written, in pieces that follow each other: a Blob or a stream takes them as they are. */
export type FileParts = readonly Uint8Array<ArrayBufferLike>[];

/** Files to be written, in order. */
export type WrittenFolder = ReadonlyMap<string, FileParts>;

/** Bytes in memory as a source. */
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  byteLength: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

/** A Blob or File as a source; nothing is read before it is asked for. */
export const blobSource = (blob: Blob): ByteSource => ({
  byteLength: blob.size,
  read: async (offset, length) =>
    new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
});

/** A folder from bytes by name. */
export function folderOfBytes(files: Iterable<readonly [string, Uint8Array]>): ModelFolder {
  return new Map([...files].map(([name, bytes]) => [name, bytesSource(bytes)]));
}

/** A written folder as one to read, for a copy or a test. */
export function folderOfWritten(written: WrittenFolder): ModelFolder {
  return folderOfBytes([...written].map(([name, parts]) => [name, joinParts(parts)]));
}

/** All pieces in one array; the piece itself if there is one. */
export function joinParts(parts: FileParts): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole file. */
export const readAll = (source: ByteSource): Promise<Uint8Array> =>
  source.read(0, source.byteLength);

/** A config file is a few kilobytes; the largest tokenizer.json is some 30 MB. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/**
 * A JSON file of a folder, with its text.
 *
 * @throws FaultError "bad-model" if it is missing, too large, not UTF-8 or not a JSON object.
 */
export async function readJson(
  folder: ModelFolder,
  name: string,
): Promise<{ readonly value: Readonly<Record<string, unknown>>; readonly bytes: Uint8Array }> {
  const source = folder.get(name);
  if (!source)
    throw new FaultError(
      "bad-model",
      `A model folder must hold ${name}; this one holds ${listNames([...folder.keys()])}.`,
      "Choose the folder of a Hugging Face model, with all its files.",
    );
  const bytes = await readWhole(source, name);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FaultError(
      "bad-model",
      `${name} must be JSON in UTF-8; it cannot be read: ${reason}.`,
      "Download the file again: it may be cut off.",
      { cause: error },
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FaultError(
      "bad-model",
      `${name} must be a JSON object; it is ${Array.isArray(value) ? "a list" : String(value)}.`,
      "Use another copy of the model.",
    );
  return { value: value as Readonly<Record<string, unknown>>, bytes };
}

/** A text file. @throws FaultError "bad-model" if it is too large or not UTF-8. */
export async function readText(source: ByteSource, name: string): Promise<string> {
  const bytes = await readWhole(source, name);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new FaultError(
      "bad-model",
      `${name} must be text in UTF-8; it has bytes that are none.`,
      "Download the file again.",
      { cause: error },
    );
  }
}

async function readWhole(source: ByteSource, name: string): Promise<Uint8Array> {
  if (source.byteLength > MAX_TEXT_BYTES)
    throw new FaultError(
      "bad-model",
      `${name} must be at most ${MAX_TEXT_BYTES} bytes; it has ${source.byteLength}.`,
      "Use another copy of the model.",
    );
  return readAll(source);
}

/** `a, b, c and 40 more`, for messages. */
export function listNames(names: readonly string[], shown = 6): string {
  if (names.length === 0) return "nothing";
  const head = names.slice(0, shown).join(", ");
  return names.length > shown ? `${head} and ${names.length - shown} more` : head;
}
