// A column of text, page by page: a page is the most that is in memory at once. docs/decisions.md says why the
// library's own reader does not serve.
import type { FileSource } from "../source.ts";
import { CODECS } from "./codecs.ts";
import { Cursor, DeltaReader, EncodingError, RunReader } from "./encodings.ts";
import type { Chunk, Leaf } from "./metadata.ts";
import { ThriftError, ThriftReader } from "./thrift.ts";

/** The largest page of any file, and what one may have in a small file. */
const MAX_PAGE_BYTES = 256 << 20;
const FREE_PAGE_BYTES = 4 << 20;
/** Bytes read ahead, and the longest header of a page. */
const WINDOW_BYTES = 1 << 18;
const MAX_HEADER_BYTES = 1 << 20;

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const DATA_PAGE_V2 = 3;

const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;

/** The values of one chunk that are not null, as views. @throws EncodingError, ThriftError where it is damaged. */
export async function* readChunk(
  source: FileSource,
  leaf: Leaf,
  chunk: Chunk,
): AsyncGenerator<Uint8Array, void, undefined> {
  const codec = CODECS[chunk.codec];
  if (!codec?.unpack) throw new UnknownCodec(codec?.name ?? `number ${chunk.codec}`);
  const { unpack } = codec;
  const pageLimit = Math.min(MAX_PAGE_BYTES, FREE_PAGE_BYTES + 1.5 * source.size);
  const window = new Window(source, chunk.end);
  let dictionary: Dictionary | null = null;
  let at = chunk.start;
  let left = chunk.values;
  while (left > 0 && at < chunk.end) {
    const { header, size } = await readHeader(window, at);
    at += size;
    if (header.packed < 0 || header.packed > chunk.end - at)
      throw new EncodingError(`a page of ${header.packed} bytes`);
    if (header.unpacked < 0 || header.unpacked > pageLimit)
      throw new EncodingError(`a page that unpacks to ${header.unpacked} bytes`);
    const bytes = await window.read(at, header.packed);
    at += header.packed;
    if (header.type === DICTIONARY_PAGE) {
      dictionary = new Dictionary(unpackPage(unpack, bytes, header.unpacked), header.values);
      continue;
    }
    if (header.type !== DATA_PAGE && header.type !== DATA_PAGE_V2) continue;
    if (header.values < 0 || header.values > left)
      throw new EncodingError(`a page of ${header.values} values`);
    left -= header.values;
    const page =
      header.type === DATA_PAGE
        ? openPage(unpackPage(unpack, bytes, header.unpacked), header, leaf)
        : openPageV2(unpack, bytes, header, leaf);
    yield* readPage(page, header, leaf, dictionary);
  }
  if (left > 0) throw new EncodingError(`${left} values are missing`);
}

/** The codec cannot be read here. */
export class UnknownCodec extends Error {}

interface PageHeader {
  type: number;
  unpacked: number;
  packed: number;
  values: number;
  encoding: number;
  /** Only of the second kind of data page. */
  levelBytes: number;
  repetitionBytes: number;
  isPacked: boolean;
}

async function readHeader(
  window: Window,
  at: number,
): Promise<{ readonly header: PageHeader; readonly size: number }> {
  for (let bytes = 4_096; ; bytes *= 16) {
    const slice = await window.read(at, Math.min(bytes, window.end - at));
    try {
      const reader = new ThriftReader(slice);
      const header = parseHeader(reader);
      return { header, size: reader.at };
    } catch (error) {
      // Perhaps only cut off: headers hold the least and the greatest value of their page.
      const canGrow = slice.length === bytes && bytes < MAX_HEADER_BYTES;
      if (!(error instanceof ThriftError && canGrow)) throw error;
    }
  }
}

function parseHeader(reader: ThriftReader): PageHeader {
  const header: PageHeader = {
    type: -1,
    unpacked: -1,
    packed: -1,
    values: 0,
    encoding: PLAIN,
    levelBytes: 0,
    repetitionBytes: 0,
    isPacked: true,
  };
  const readData = (isV2: boolean) => (field: number, type: number) => {
    if (field === 1) header.values = reader.i32();
    else if (field === (isV2 ? 4 : 2)) header.encoding = reader.i32();
    else if (isV2 && field === 5) header.levelBytes = reader.i32();
    else if (isV2 && field === 6) header.repetitionBytes = reader.i32();
    else {
      // A truth value is its own type.
      if (isV2 && field === 7) header.isPacked = type === 1;
      return false;
    }
    return true;
  };
  reader.struct((field) => {
    if (field === 1) header.type = reader.i32();
    else if (field === 2) header.unpacked = reader.i32();
    else if (field === 3) header.packed = reader.i32();
    else if (field === 5 || field === 7) reader.struct(readData(false));
    else if (field === 8) reader.struct(readData(true));
    else return false;
    return true;
  });
  return header;
}

type Unpack = (bytes: Uint8Array, size: number) => Uint8Array;

function unpackPage(unpack: Unpack, bytes: Uint8Array, size: number): Uint8Array {
  let page: Uint8Array;
  try {
    page = unpack(bytes, size);
  } catch (error) {
    // Codecs tell of broken bytes in many ways.
    throw new EncodingError("a page that cannot be unpacked", { cause: error });
  }
  if (page.length !== size)
    throw new EncodingError(`a page of ${page.length} bytes in place of ${size}`);
  return page;
}

interface Page {
  /** Definition levels, where values may be null. */
  readonly levels: RunReader | null;
  readonly values: Cursor;
}

const bitsOf = (largest: number): number => 32 - Math.clz32(largest);

function openPage(bytes: Uint8Array, _header: PageHeader, { maxLevel }: Leaf): Page {
  const cursor = new Cursor(bytes);
  if (maxLevel === 0) return { levels: null, values: cursor };
  const size = cursor.u32();
  cursor.take(size);
  const levels = new Cursor(bytes, cursor.at - size, cursor.at);
  return { levels: new RunReader(levels, bitsOf(maxLevel)), values: cursor };
}

function openPageV2(
  unpack: Unpack,
  bytes: Uint8Array,
  { repetitionBytes, levelBytes, unpacked, isPacked }: PageHeader,
  { maxLevel }: Leaf,
): Page {
  const before = repetitionBytes + levelBytes;
  if (repetitionBytes < 0 || levelBytes < 0 || before > bytes.length || before > unpacked)
    throw new EncodingError(`levels of ${before} bytes`);
  const levels = new Cursor(bytes, repetitionBytes, before);
  const body = bytes.subarray(before);
  const size = unpacked - before;
  const values = isPacked && size > 0 ? unpackPage(unpack, body, size) : body;
  return {
    levels: maxLevel > 0 ? new RunReader(levels, bitsOf(maxLevel)) : null,
    values: new Cursor(values),
  };
}

function* readPage(
  { levels, values }: Page,
  header: PageHeader,
  { maxLevel }: Leaf,
  dictionary: Dictionary | null,
): Generator<Uint8Array, void, undefined> {
  let next: (() => Uint8Array) | null = null;
  for (let left = header.values; left > 0; ) {
    // Runs of nulls are passed over at once: a few bytes may stand for millions.
    const nulls = levels ? levels.skipBelow(maxLevel, left) : 0;
    left -= nulls;
    if (nulls > 0) continue;
    left--;
    if (levels && levels.next() < maxLevel) continue;
    // Not before there is a value: a page of nulls may hold nothing at all.
    next ??= decoderOf(header, values, dictionary);
    yield next();
  }
}

/** What gives the values of a page, one at a time. */
function decoderOf(
  { encoding, values: count }: PageHeader,
  cursor: Cursor,
  dictionary: Dictionary | null,
): () => Uint8Array {
  if (encoding === PLAIN) return () => cursor.take(cursor.u32());
  if (encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY) {
    if (!dictionary) throw new EncodingError("a page without its dictionary");
    const places = new RunReader(cursor, cursor.byte());
    return () => dictionary.at(places.next());
  }
  if (encoding === DELTA_LENGTH_BYTE_ARRAY) {
    const [lengths] = readLengths(cursor, 1, count);
    return () => cursor.take((lengths as DeltaReader).next());
  }
  if (encoding === DELTA_BYTE_ARRAY) {
    const [prefixes, suffixes] = readLengths(cursor, 2, count);
    let last = new Uint8Array();
    return () => {
      const prefix = (prefixes as DeltaReader).next();
      const suffix = cursor.take((suffixes as DeltaReader).next());
      if (prefix < 0 || prefix > last.length) throw new EncodingError("a value's beginning");
      const value = new Uint8Array(prefix + suffix.length);
      value.set(last.subarray(0, prefix));
      value.set(suffix, prefix);
      last = value;
      return value;
    };
  }
  throw new EncodingError(`values in encoding ${encoding}`);
}

/** Lists of lengths that stand before the bytes they are of; the cursor goes past them. */
function readLengths(cursor: Cursor, lists: number, most: number): DeltaReader[] {
  return Array.from({ length: lists }, () => {
    const reader = new DeltaReader(new Cursor(cursor.bytes, cursor.at, cursor.end));
    if (reader.count > most) throw new EncodingError(`${reader.count} lengths of ${most} values`);
    const ahead = new DeltaReader(cursor);
    ahead.skipAll();
    return reader;
  });
}

/** Values that pages name by their place. */
class Dictionary {
  readonly #starts: Uint32Array;

  constructor(
    readonly bytes: Uint8Array,
    count: number,
  ) {
    // Each value is four bytes or more.
    if (count < 0 || count > bytes.length / 4)
      throw new EncodingError(`a dictionary of ${count} values in ${bytes.length} bytes`);
    this.#starts = new Uint32Array(count);
    const cursor = new Cursor(bytes);
    for (let i = 0; i < count; i++) {
      this.#starts[i] = cursor.at;
      cursor.take(cursor.u32());
    }
  }

  at(place: number): Uint8Array {
    const start = this.#starts[place];
    if (start === undefined) throw new EncodingError(`value ${place} of the dictionary`);
    const cursor = new Cursor(this.bytes, start);
    return cursor.take(cursor.u32());
  }
}

/** Reads ahead, so that small pages do not cost a read each. */
class Window {
  #bytes = new Uint8Array();
  #from = 0;

  constructor(
    readonly source: FileSource,
    readonly end: number,
  ) {}

  async read(from: number, length: number): Promise<Uint8Array> {
    const isHere = from >= this.#from && from + length <= this.#from + this.#bytes.length;
    if (!isHere) {
      const to = Math.min(this.end, from + Math.max(length, WINDOW_BYTES));
      const bytes = await this.source.slice(from, to);
      if (bytes.length < length) throw new EncodingError("the file ends too early");
      // A large page is kept by who asked for it.
      if (length > WINDOW_BYTES) return bytes;
      this.#bytes = bytes as Uint8Array<ArrayBuffer>;
      this.#from = from;
    }
    return this.#bytes.subarray(from - this.#from, from - this.#from + length);
  }
}
