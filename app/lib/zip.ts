// A store-only zip archive: what a browser without a folder picker gets when it saves a model. Weights do
// not compress, so nothing is lost by not trying. Format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

export interface ZipEntry {
  /** Path inside the archive, with forward slashes. */
  readonly path: string;
  readonly bytes: ArrayBuffer;
}

/** An entry whose bytes have been counted and summed up as they were made; see {@link sumUp}. */
export interface SummedEntry {
  readonly path: string;
  readonly content: Blob;
  readonly crc: number;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309), as an unsigned number; goes on from that of the bytes before, if there were any. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const UTF8_NAMES = 0x0800;
const MAX_BYTES = 0xffffffff;
const MAX_ENTRIES = 0xffff;

/** Little-endian fields of 2 or 4 bytes. */
function record(
  fields: readonly (readonly [value: number, size: 2 | 4])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fields.reduce((sum, [, size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

/**
 * An entry of pieces that need never be in memory together: the browser keeps a Blob where there is room, on the disk
 * if it is large. Between two pieces the page may draw.
 */
export async function sumUp(
  path: string,
  pieces:
    | Iterable<string | Uint8Array<ArrayBuffer>>
    | AsyncIterable<string | Uint8Array<ArrayBuffer>>,
): Promise<SummedEntry> {
  const encoder = new TextEncoder();
  const parts: Blob[] = [];
  let crc = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
    crc = crc32(bytes, crc);
    parts.push(new Blob([bytes]));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { path, content: new Blob(parts), crc };
}

const PIECE_BYTES = 4 * 1024 * 1024;

/** An entry of something that lies elsewhere, read piece by piece: the archive refers to it and copies nothing. */
export async function sumBlob(path: string, content: Blob): Promise<SummedEntry> {
  let crc = 0;
  for (let at = 0; at < content.size; at += PIECE_BYTES)
    crc = crc32(new Uint8Array(await content.slice(at, at + PIECE_BYTES).arrayBuffer()), crc);
  return { path, content, crc };
}

/**
 * The archive, as a Blob that references the given bytes without copying them.
 *
 * @throws RangeError if the archive would pass 4 GiB or 65,535 files, which this format without its 64-bit extension
 * cannot hold.
 */
export function zipFiles(entries: readonly (ZipEntry | SummedEntry)[]): Blob {
  const parts: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let offset = 0;
  let directoryBytes = 0;
  if (entries.length > MAX_ENTRIES)
    throw new RangeError(
      `zip: an archive must have at most ${MAX_ENTRIES} files; it would have ${entries.length}`,
    );
  for (const entry of entries) {
    const { path } = entry;
    const name = new TextEncoder().encode(path);
    const content = "content" in entry ? entry.content : entry.bytes;
    const size = content instanceof Blob ? content.size : content.byteLength;
    const crc = "content" in entry ? entry.crc : crc32(new Uint8Array(entry.bytes));
    // Version 2.0, flags, method 0 (stored), time 00:00, date 1980-01-01, sizes, name length, no extra.
    const shared: (readonly [number, 2 | 4])[] = [
      [20, 2],
      [UTF8_NAMES, 2],
      [0, 2],
      [0, 2],
      [0x21, 2],
      [crc, 4],
      [size, 4],
      [size, 4],
      [name.length, 2],
      [0, 2],
    ];
    const local = record([[0x04034b50, 4], ...shared]);
    const central = record([
      [0x02014b50, 4],
      [20, 2],
      ...shared,
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [offset, 4],
    ]);
    parts.push(local, name, content);
    directory.push(central, name);
    offset += local.length + name.length + size;
    directoryBytes += central.length + name.length;
    if (offset + directoryBytes > MAX_BYTES)
      throw new RangeError(
        `zip: the archive must stay under 4 GiB; ${path} would take it to ${offset} bytes. Save as a folder instead`,
      );
  }
  const end = record([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [entries.length, 2],
    [entries.length, 2],
    [directoryBytes, 4],
    [offset, 4],
    [0, 2],
  ]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
