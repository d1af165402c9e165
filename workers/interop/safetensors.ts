// The safetensors format: 8 bytes of header length, a JSON header, tensors end to end. A file comes
// from strangers, so nothing the header says is believed before it is checked.
// Source: https://github.com/huggingface/safetensors, README section "Format".
import { FaultError } from "../../kernels/core/fault.ts";
import { type ByteSource, type FileParts, joinParts } from "./files.ts";

/** Element types by the names the format gives them. */
export type SafetensorsDType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL"
  | "F8_E4M3"
  | "F8_E5M2";

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Of the first byte, from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** A tensor and its bytes: little endian, row-major. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Free text that a file carries. */
export type SafetensorsMetadata = Readonly<Record<string, string>>;

/** A header that has been checked: every entry lies within the file, and none over another. */
export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly entries: readonly TensorEntry[];
  /** Null if the file has none. */
  readonly metadata: SafetensorsMetadata | null;
}

interface DTypeRow {
  readonly bytes: number;
  /** Values as f32; null where we cannot say what the bytes mean. */
  readonly toFloat32: ((bytes: Uint8Array) => Float32Array<ArrayBufferLike>) | null;
  /** f32 as bytes; null where nothing of ours is stored so. */
  readonly fromFloat32: ((values: Float32Array) => Uint8Array) | null;
}

const DTYPES: { readonly [K in SafetensorsDType]: DTypeRow } = {
  F64: {
    bytes: 8,
    toFloat32: (bytes) => Float32Array.from(new Float64Array(aligned(bytes))),
    fromFloat32: (values) => bytesOf(Float64Array.from(values)),
  },
  F32: { bytes: 4, toFloat32: viewFloat32, fromFloat32: (values) => bytesOf(values) },
  F16: { bytes: 2, toFloat32: float16ToFloat32, fromFloat32: float32ToFloat16 },
  BF16: { bytes: 2, toFloat32: bfloat16ToFloat32, fromFloat32: float32ToBfloat16 },
  I64: {
    bytes: 8,
    toFloat32: (bytes) => Float32Array.from(new BigInt64Array(aligned(bytes)), Number),
    fromFloat32: null,
  },
  U64: {
    bytes: 8,
    toFloat32: (bytes) => Float32Array.from(new BigUint64Array(aligned(bytes)), Number),
    fromFloat32: null,
  },
  I32: integers(4, (buffer) => new Int32Array(buffer)),
  U32: integers(4, (buffer) => new Uint32Array(buffer)),
  I16: integers(2, (buffer) => new Int16Array(buffer)),
  U16: integers(2, (buffer) => new Uint16Array(buffer)),
  I8: integers(1, (buffer) => new Int8Array(buffer)),
  U8: integers(1, (buffer) => new Uint8Array(buffer)),
  BOOL: integers(1, (buffer) => new Uint8Array(buffer)),
  F8_E4M3: { bytes: 1, toFloat32: null, fromFloat32: null },
  F8_E5M2: { bytes: 1, toFloat32: null, fromFloat32: null },
};

/** Types that weights can be stored in. */
export type FloatDType = "F64" | "F32" | "F16" | "BF16";

/** The format's own limit; also keeps a lying length from filling memory. */
const MAX_HEADER_BYTES = 100_000_000;
/** Header, entry, list: a little more is let by. */
const MAX_DEPTH = 8;
const HINT =
  "The file is damaged or is no safetensors file: download it again, or export it again.";

function bad(name: string, must: string, met: string, cause?: unknown): FaultError {
  return new FaultError("bad-model", `${name}: ${must}; ${met}.`, HINT, { cause });
}

/**
 * Reads and checks a header.
 *
 * @param name how messages call the file.
 * @throws FaultError "bad-model" that says what must hold and what was met.
 */
export async function readSafetensorsHeader(
  source: ByteSource,
  name: string,
): Promise<SafetensorsHeader> {
  const headLength = Math.min(8, source.byteLength);
  const length = headerLength(await source.read(0, headLength), source.byteLength, name);
  return parseHeader(await source.read(8, length), source.byteLength, name);
}

/** The bytes of one entry. */
export const readTensor = async (
  source: ByteSource,
  entry: TensorEntry,
): Promise<StoredTensor> => ({
  name: entry.name,
  dtype: entry.dtype,
  shape: entry.shape,
  bytes: await source.read(entry.offset, entry.byteLength),
});

/**
 * All tensors of a file in memory, as views of `bytes`, in the order of the header.
 *
 * @throws FaultError "bad-model" as {@link readSafetensorsHeader}.
 */
export function parseSafetensors(
  bytes: Uint8Array,
  name = "model.safetensors",
): { readonly tensors: readonly StoredTensor[]; readonly metadata: SafetensorsMetadata | null } {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, name);
  const { entries, metadata } = parseHeader(bytes.subarray(8, 8 + length), bytes.length, name);
  return {
    metadata,
    tensors: entries.map(({ offset, byteLength, ...tensor }) => ({
      ...tensor,
      bytes: bytes.subarray(offset, offset + byteLength),
    })),
  };
}

/**
 * A file as pieces: header, then every tensor's bytes as they are. Names stand in the order given, and
 * the header is filled up with spaces so that tensors begin at a multiple of 8.
 *
 * @throws FaultError "bad-model" for a name twice, the name `__metadata__`, or bytes that do not fill the shape.
 */
export function safetensorsParts(
  tensors: readonly StoredTensor[],
  metadata: SafetensorsMetadata | null = null,
): FileParts {
  const fields: string[] = [];
  if (metadata) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  const names = new Set(["__metadata__"]);
  let offset = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    if (names.has(name))
      throw bad("safetensors", "a tensor name must be new", `${JSON.stringify(name)} is taken`);
    names.add(name);
    const wanted = byteLengthOf(dtype, shape);
    if (wanted !== bytes.length)
      throw bad(
        "safetensors",
        "bytes must fill the shape",
        `${name} ${dtype} [${shape.join(", ")}] takes ${wanted} bytes and has ${bytes.length}`,
      );
    const entry = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset += bytes.length;
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return [head, ...tensors.map((tensor) => tensor.bytes)];
}

/** {@link safetensorsParts} in one array. */
export const writeSafetensors = (
  tensors: readonly StoredTensor[],
  metadata: SafetensorsMetadata | null = null,
): Uint8Array => joinParts(safetensorsParts(tensors, metadata));

/**
 * Values as f32; integers and booleans too. An F32 tensor that lies at a multiple of 4 is returned as a
 * view of the same memory.
 *
 * @throws FaultError "bad-model" for 8-bit floats, which carry scales elsewhere.
 */
export function toFloat32(tensor: StoredTensor): Float32Array<ArrayBufferLike> {
  const { toFloat32: convert } = DTYPES[tensor.dtype];
  if (!convert)
    throw new FaultError(
      "bad-model",
      `${tensor.name}: weights must be F32, F16, BF16 or F64; they are ${tensor.dtype}.`,
      "Use a copy of the model that is not quantised.",
    );
  return convert(tensor.bytes);
}

/** f32 values as the bytes of a type; F16 and BF16 round to nearest, ties to even. F32 shares memory. */
export function fromFloat32(values: Float32Array, dtype: FloatDType): Uint8Array {
  const { fromFloat32: convert } = DTYPES[dtype];
  if (!convert) throw new RangeError(`safetensors: nothing is stored as ${dtype}`);
  return convert(values);
}

/** True for types that f32 holds without loss, so that reading and writing gives the same bytes. */
export const isExactInFloat32 = (dtype: SafetensorsDType): boolean =>
  dtype === "F32" || dtype === "F16" || dtype === "BF16";

/** True for types that weights can be written in. */
export const isFloatDType = (dtype: SafetensorsDType): dtype is FloatDType =>
  DTYPES[dtype].fromFloat32 !== null;

/** Bytes that a tensor takes; NaN if no array can be that long. */
function byteLengthOf(dtype: SafetensorsDType, shape: readonly number[]): number {
  let bytes = DTYPES[dtype].bytes;
  if (shape.includes(0)) return 0;
  for (const size of shape) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) return Number.NaN;
  }
  return bytes;
}

function headerLength(head: Uint8Array, fileLength: number, name: string): number {
  if (head.length < 8)
    throw bad(
      name,
      "a file must begin with 8 bytes of header length",
      `it has ${fileLength} bytes`,
    );
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw bad(name, `a header may have ${MAX_HEADER_BYTES} bytes`, `it claims ${length}`);
  if (Number(length) > fileLength - 8)
    throw bad(
      name,
      "the header must end within the file",
      `it claims ${length} bytes and ${fileLength - 8} are left`,
    );
  return Number(length);
}

function parseHeader(bytes: Uint8Array, fileLength: number, name: string): SafetensorsHeader {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw bad(name, "the header must be JSON in UTF-8", `it is not: ${cut(reason)}`, error);
  }
  if (!isRecord(json)) throw bad(name, "the header must be a JSON object", `it is ${cut(text)}`);
  const dataStart = 8 + bytes.length;
  const dataLength = fileLength - dataStart;
  const entries: TensorEntry[] = [];
  let metadata: SafetensorsMetadata | null = null;
  for (const key of keysInOrder(text, name)) {
    if (key === "__metadata__") metadata = checkMetadata(json[key], name);
    else entries.push(checkEntry(key, json[key], dataStart, dataLength, name));
  }
  checkCover(entries, dataStart, dataLength, name);
  return { entries, metadata };
}

function checkMetadata(value: unknown, name: string): SafetensorsMetadata {
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === "string"))
    throw bad(name, "__metadata__ must map names to texts", `it is ${cut(JSON.stringify(value))}`);
  return value as SafetensorsMetadata;
}

function checkEntry(
  tensor: string,
  value: unknown,
  dataStart: number,
  dataLength: number,
  name: string,
): TensorEntry {
  const label = cut(JSON.stringify(tensor));
  if (!isRecord(value))
    throw bad(name, "an entry must be an object", `${label} is ${cut(JSON.stringify(value))}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype))
    throw bad(
      name,
      `a type must be one of ${Object.keys(DTYPES).join(", ")}`,
      `${label} has ${cut(JSON.stringify(dtype))}`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw bad(
      name,
      "a shape must be a list of whole numbers",
      `${label} has ${cut(JSON.stringify(shape))}`,
    );
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw bad(
      name,
      "data_offsets must be two whole numbers",
      `${label} has ${cut(JSON.stringify(offsets))}`,
    );
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataLength)
    throw bad(
      name,
      `data_offsets must lie within the ${dataLength} bytes of data`,
      `${label} has [${begin}, ${end}]`,
    );
  const wanted = byteLengthOf(dtype as SafetensorsDType, shape);
  if (wanted !== end - begin)
    throw bad(
      name,
      "shape and type must fill the bytes",
      `${label} ${dtype} ${cut(`[${shape.join(", ")}]`)} takes ${Number.isNaN(wanted) ? "more than 2^53" : wanted} bytes and has ${end - begin}`,
    );
  return {
    name: tensor,
    dtype: dtype as SafetensorsDType,
    shape,
    offset: dataStart + begin,
    byteLength: end - begin,
  };
}

/** Tensors must lie end to end: bytes of two tensors, or of none, are how a file hides something. */
function checkCover(
  entries: readonly TensorEntry[],
  dataStart: number,
  dataLength: number,
  name: string,
): void {
  const ends = (entry: TensorEntry) => entry.offset + entry.byteLength;
  const sorted = [...entries].sort((a, b) => a.offset - b.offset || ends(a) - ends(b));
  let at = dataStart;
  let before = "the header";
  for (const entry of sorted) {
    if (entry.offset !== at)
      throw bad(
        name,
        "tensors must lie end to end",
        `${cut(JSON.stringify(entry.name))} begins ${entry.offset < at ? `${at - entry.offset} bytes before the end of` : `${entry.offset - at} bytes after`} ${before}`,
      );
    at = ends(entry);
    before = cut(JSON.stringify(entry.name));
  }
  if (at !== dataStart + dataLength)
    throw bad(
      name,
      "tensors must fill the file",
      `${dataStart + dataLength - at} bytes are left after ${before}`,
    );
}

/**
 * Top-level keys in the order of the text, which JSON.parse loses for keys like "0".
 *
 * @param text valid JSON, an object. @throws FaultError for a key that any object of it has twice.
 */
function keysInOrder(text: string, name: string): readonly string[] {
  const top: string[] = [];
  const seen: Set<string>[] = [];
  // Per level: an object whose next string is a key, one whose next string is not, or a list.
  const isKeyNext: boolean[] = [];
  const enter = (isObject: boolean) => {
    if (seen.length === MAX_DEPTH)
      throw bad(name, "a header must be a flat list of tensors", "it is nested deeply");
    seen.push(new Set());
    isKeyNext.push(isObject);
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
      if (isKeyNext.at(-1)) {
        const key = JSON.parse(text.slice(start, i + 1)) as string;
        const keys = seen.at(-1) as Set<string>;
        if (keys.has(key))
          throw bad(name, "a name must occur once", `${cut(JSON.stringify(key))} occurs again`);
        keys.add(key);
        if (seen.length === 1) top.push(key);
        isKeyNext[isKeyNext.length - 1] = false;
      }
    } else if (character === "{" || character === "[") {
      enter(character === "{");
    } else if (character === "}" || character === "]") {
      seen.pop();
      isKeyNext.pop();
    } else if (character === ",") {
      // After a comma comes a key in an object, and a value in a list: lists never wait for a key.
      const level = isKeyNext.length - 1;
      if ((seen[level] as Set<string>).size > 0) isKeyNext[level] = true;
    }
  }
  return top;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function cut(text: string | undefined, length = 80): string {
  if (text === undefined) return "nothing";
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

// Numbers. Typed arrays are little endian on every machine that has WebGPU.

function integers(bytes: number, view: (buffer: ArrayBuffer) => ArrayLike<number>): DTypeRow {
  return {
    bytes,
    toFloat32: (data) => Float32Array.from(view(aligned(data))),
    fromFloat32: null,
  };
}

/** The bytes in a buffer of their own: typed arrays ask for offsets that are multiples of the element. */
const aligned = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

const bytesOf = (array: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function viewFloat32(bytes: Uint8Array): Float32Array<ArrayBufferLike> {
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Float32Array(aligned(bytes));
}

/** Conversions work on bit patterns, so that a NaN keeps its payload and bytes come back as they were. */
function bfloat16ToFloat32(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const half = new Uint16Array(aligned(bytes));
  const bits = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) bits[i] = (half[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

function float32ToBfloat16(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const half = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i] as number;
    const isNan = (x & 0x7fffffff) > 0x7f800000;
    // Half an ulp, less one where the last kept bit is even. A NaN is cut, and stays one.
    half[i] = isNan
      ? (x >>> 16) | (x & 0x7f0000 ? 0 : 0x40)
      : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return new Uint8Array(half.buffer);
}

let float16Table: Uint32Array | undefined;

/** f32 bits of every f16, 256 KiB, built once. */
function float16Bits(): Uint32Array {
  if (float16Table) return float16Table;
  const table = new Uint32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    let fraction = half & 1023;
    if (exponent === 31) table[half] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) table[half] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) table[half] = sign;
    else {
      // Subnormal: shift until the leading one falls off.
      let shift = 0;
      for (; (fraction & 1024) === 0; shift++) fraction <<= 1;
      table[half] = sign | ((113 - shift) << 23) | ((fraction & 1023) << 13);
    }
  }
  float16Table = table;
  return table;
}

function float16ToFloat32(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const half = new Uint16Array(aligned(bytes));
  const table = float16Bits();
  const bits = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) bits[i] = table[half[i] as number] as number;
  return new Float32Array(bits.buffer);
}

function float32ToFloat16(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const half = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) half[i] = float16Of(bits[i] as number);
  return new Uint8Array(half.buffer);
}

function float16Of(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 1023 || 0x200);
  // From 65520 on, half way between the largest f16 and the next power of two, rounding gives infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  // Below 2^-25, half the smallest subnormal, nothing is left.
  if (magnitude < 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0));
}
