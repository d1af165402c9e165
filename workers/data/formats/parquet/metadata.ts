// A parquet file's footer: its columns, and where the chunks of each lie.
// Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
import { FaultError } from "../../../../kernels/core/fault.ts";
import { MAX_COLUMNS, sampleOf } from "../format.ts";
import type { FileSource } from "../source.ts";
import { ThriftError, ThriftReader } from "./thrift.ts";

/** A column with values of its own, as opposed to one that holds others. */
export interface Leaf {
  /** Names from the root down, joined by dots. */
  readonly name: string;
  readonly type: string;
  readonly isText: boolean;
  /** Bytes without any word about what they mean: text in files of some older writers. */
  readonly isUnlabelled: boolean;
  /** A value is there where its definition level is this; below, it is null. */
  readonly maxLevel: number;
}

/** A column's part of a row group. */
export interface Chunk {
  readonly codec: number;
  readonly values: number;
  /** Bytes of the file. */
  readonly start: number;
  readonly end: number;
}

export interface ParquetMetadata {
  readonly rows: number;
  readonly leaves: readonly Leaf[];
  /** Bytes of each leaf before compression. */
  readonly leafBytes: Float64Array;
  /** Of each leaf of text, its chunk in the first row group. */
  readonly first: readonly (Chunk | undefined)[];
  /** All chunks of the leaf that was asked for. */
  readonly chunks: readonly Chunk[];
}

/** The last four bytes: plain, or with an encrypted footer. */
const MAGIC = "PAR1";
const MAGIC_ENCRYPTED = "PARE";

/** The physical types, by number. */
const TYPES = [
  "boolean",
  "int32",
  "int64",
  "int96",
  "float",
  "double",
  "bytes",
  "fixed bytes",
] as const;
const BYTE_ARRAY = 6;
/** What makes text of bytes: UTF8, ENUM, JSON; the same as logical types STRING, ENUM, JSON. */
const TEXT_CONVERTED = [0, 4, 19];
const TEXT_LOGICAL = [1, 4, 12];
const REQUIRED = 0;
const REPEATED = 2;

/** A tree deeper than this is no table. */
const MAX_DEPTH = 32;
/** Rows that a file of no size may have, and what each of its bytes may add: all rows alike take few bytes. */
const FREE_ROWS = 200_000;
const ROWS_PER_BYTE = 64;

/**
 * Reads the footer.
 *
 * @param leaf name of the leaf whose chunks are wanted.
 * @throws FaultError "bad-data" where it is cut off, damaged or encrypted.
 */
export async function readMetadata(source: FileSource, leaf?: string): Promise<ParquetMetadata> {
  const bytes = await readFooter(source);
  try {
    return parseMetadata(source, bytes, leaf);
  } catch (error) {
    if (error instanceof ThriftError) throw damaged(source, `its footer: ${error.message}`);
    throw error;
  }
}

/** What every damaged place is told as. */
export const damaged = (source: FileSource, where: string): FaultError =>
  new FaultError(
    "bad-data",
    `"${source.name}" must be a whole parquet file; it is damaged in ${where}.`,
    "Download or write the file again.",
  );

async function readFooter(source: FileSource): Promise<Uint8Array> {
  const tail = await source.slice(Math.max(0, source.size - 8), source.size);
  const magic = String.fromCharCode(...tail.subarray(-4));
  if (magic === MAGIC_ENCRYPTED) throw encrypted(source, "its footer is");
  if (source.size < 12 || magic !== MAGIC)
    throw new FaultError(
      "bad-data",
      `A parquet file must end with ${MAGIC}; "${source.name}" (${source.size} bytes) does not.`,
      "It may be cut off, or not be parquet: download or write it again.",
    );
  const size = new DataView(tail.buffer, tail.byteOffset, 8).getUint32(0, true);
  if (size > source.size - 12)
    throw damaged(source, `its end: a footer of ${size} bytes in a file of ${source.size}`);
  return source.slice(source.size - 8 - size, source.size - 8);
}

function encrypted(source: FileSource, what: string): FaultError {
  return new FaultError(
    "bad-data",
    `A parquet file must be readable; "${source.name}" is not: ${what} encrypted.`,
    "Write it again without encryption.",
  );
}

interface Element {
  readonly type: number | null;
  readonly repetition: number;
  readonly name: string;
  readonly children: number;
  readonly isText: boolean;
  readonly isLabelled: boolean;
}

function parseMetadata(
  source: FileSource,
  bytes: Uint8Array,
  wanted: string | undefined,
): ParquetMetadata {
  const reader = new ThriftReader(bytes);
  const elements: Element[] = [];
  let leaves: readonly Leaf[] = [];
  let leafBytes = new Float64Array();
  let rows = 0;
  const first: Chunk[] = [];
  const chunks: Chunk[] = [];
  reader.struct((field) => {
    if (field === 2)
      reader.list(() => {
        if (elements.length > 2 * MAX_COLUMNS) throw new ThriftError("too many columns");
        elements.push(readElement(reader));
      });
    else if (field === 3) rows = reader.i64();
    else if (field === 4) {
      leaves = leavesOf(elements);
      leafBytes = new Float64Array(leaves.length);
      const index = leaves.findIndex(({ name }) => name === wanted);
      reader.list((group) =>
        reader.struct((inner) => {
          if (inner !== 1) return false;
          reader.list((column) => {
            const leaf = leaves[column];
            const isWanted = column === index;
            const isText = leaf?.isText === true || leaf?.isUnlabelled === true;
            const keeps = isWanted || (isText && group === 0);
            const { bytes, chunk } = readChunk(source, reader, keeps);
            if (leaf) leafBytes[column] = (leafBytes[column] as number) + bytes;
            if (chunk && isWanted) chunks.push(chunk);
            if (chunk && group === 0) first[column] = chunk;
          });
          return true;
        }),
      );
    } else if (field === 8) throw encrypted(source, "columns are");
    else return false;
    return true;
  });
  if (leaves.length === 0) throw new ThriftError("there are no columns");
  if (rows < 0 || rows > FREE_ROWS + ROWS_PER_BYTE * source.size)
    throw new ThriftError(`it tells of ${rows} rows in ${source.size} bytes`);
  return { rows, leaves, leafBytes, first, chunks };
}

const utf8 = new TextDecoder();

function readElement(reader: ThriftReader): Element {
  let type: number | null = null;
  let repetition = REQUIRED;
  let name = "";
  let children = 0;
  let isText = false;
  let isLabelled = false;
  reader.struct((field) => {
    if (field === 1) type = reader.i32();
    else if (field === 3) repetition = reader.i32();
    else if (field === 4) name = sampleOf(utf8.decode(reader.binary()), 1_000);
    else if (field === 5) children = reader.i32();
    else if (field === 6) {
      isLabelled = true;
      if (TEXT_CONVERTED.includes(reader.i32())) isText = true;
    } else if (field === 10) {
      isLabelled = true;
      reader.struct((kind) => {
        if (TEXT_LOGICAL.includes(kind)) isText = true;
        return false;
      });
    } else return false;
    return true;
  });
  return { type, repetition, name, children, isText, isLabelled };
}

/** The leaves in the order of the schema, which is that of the chunks in a row group. */
function leavesOf(elements: readonly Element[]): readonly Leaf[] {
  const leaves: Leaf[] = [];
  let at = 0;
  const visit = (path: string, maxLevel: number, isList: boolean, depth: number): void => {
    const element = elements[at++];
    if (!element) throw new ThriftError("a column is missing");
    if (depth > MAX_DEPTH) throw new ThriftError("columns are nested too deeply");
    const isRoot = depth === 0;
    const name = isRoot ? "" : path === "" ? element.name : `${path}.${element.name}`;
    const level = maxLevel + (isRoot || element.repetition === REQUIRED ? 0 : 1);
    const inList = isList || (!isRoot && element.repetition === REPEATED);
    if (element.type === null) {
      for (let i = 0; i < element.children; i++) visit(name, level, inList, depth + 1);
      return;
    }
    const isBytes = element.type === BYTE_ARRAY && !inList;
    leaves.push({
      name,
      type: inList ? "list" : isBytes && element.isText ? "text" : (TYPES[element.type] ?? "?"),
      isText: isBytes && element.isText,
      isUnlabelled: isBytes && !element.isLabelled,
      maxLevel: level,
    });
  };
  visit("", 0, false, 0);
  return leaves;
}

function readChunk(source: FileSource, reader: ThriftReader, isWanted: boolean) {
  let bytes = 0;
  let type = -1;
  let codec = 0;
  let values = 0;
  let size = 0;
  let data = 0;
  let dictionary = 0;
  reader.struct((field) => {
    if (field === 8 || field === 9) {
      if (isWanted) throw encrypted(source, "this column is");
      return false;
    }
    if (field !== 3) return false;
    reader.struct((inner) => {
      if (inner === 1) type = reader.i32();
      else if (inner === 4) codec = reader.i32();
      else if (inner === 5) values = reader.i64();
      else if (inner === 6) bytes = reader.i64();
      else if (inner === 7) size = reader.i64();
      else if (inner === 9) data = reader.i64();
      else if (inner === 11) dictionary = reader.i64();
      else return false;
      return true;
    });
    return true;
  });
  if (!isWanted) return { bytes: Math.max(0, bytes), chunk: null };
  // Some writers leave the dictionary's place out, others write 0.
  const start = dictionary > 0 ? Math.min(dictionary, data) : data;
  const end = start + size;
  if (type !== BYTE_ARRAY || start < 4 || size < 0 || end > source.size - 8)
    throw new ThriftError(`a column lies at ${start}..${end} of ${source.size} bytes`);
  return { bytes: Math.max(0, bytes), chunk: { codec, values, start, end } };
}
