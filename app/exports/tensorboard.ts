// Event files as TensorBoard reads them. A file is a row of TFRecords (length, CRC, data, CRC), each an `Event`
// message in protobuf's wire format. Sources: tensorflow/core/lib/io/record_writer.h,
// tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto.
import { type Columns, columnOf, seriesNames } from "../lib/columns.ts";
import { maskedCrc32c } from "./crc32c.ts";

/** Field numbers and wire types: `(number << 3) | type`; 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
const EVENT_WALL_TIME = (1 << 3) | 1;
const EVENT_STEP = (2 << 3) | 0;
const EVENT_FILE_VERSION = (3 << 3) | 2;
const EVENT_SUMMARY = (5 << 3) | 2;
const SUMMARY_VALUE = (1 << 3) | 2;
const VALUE_TAG = (1 << 3) | 2;
const VALUE_SIMPLE = (2 << 3) | 5;

/** The first record of every event file says this. */
const FILE_VERSION = "brain.Event:2";

/** Bytes of a record beside its data. */
const FRAME_BYTES = 16;

/** About this many bytes are handed out at a time. */
const CHUNK_BYTES = 1 << 18;

/** One scalar by name; the name is encoded once for all of a run's events. */
interface Scalar {
  readonly tag: Uint8Array;
  readonly value: number;
}

/** Bytes that a whole number takes as a varint; numbers up to 2^53. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes forward into a buffer that is known to be long enough. */
class Writer {
  at = 0;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.at++] = (rest % 128) | 128;
    this.bytes[this.at++] = rest;
  }

  double(value: number): void {
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  float(value: number): void {
    this.#view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  unsigned(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}

/** One TFRecord around some data: length (u64), its masked CRC, the data, its masked CRC; little-endian. */
export function tfRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new Writer(data.length + FRAME_BYTES);
  writer.unsigned(data.length % 2 ** 32);
  writer.unsigned(Math.floor(data.length / 2 ** 32));
  writer.unsigned(maskedCrc32c(writer.bytes.subarray(0, 8)));
  writer.raw(data);
  writer.unsigned(maskedCrc32c(data));
  return writer.bytes;
}

/** `Event { wall_time: 1, file_version: 3 }` */
function versionEvent(wallTime: number): Uint8Array {
  const text = new TextEncoder().encode(FILE_VERSION);
  const writer = new Writer(9 + 1 + varintBytes(text.length) + text.length);
  writer.varint(EVENT_WALL_TIME);
  writer.double(wallTime);
  writer.varint(EVENT_FILE_VERSION);
  writer.varint(text.length);
  writer.raw(text);
  return writer.bytes;
}

/** `Event { wall_time: 1, step: 2, summary: 5 { value: 1 { tag: 1, simple_value: 2 } } }` */
function scalarEvent(wallTime: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const lengths = scalars.map(({ tag }) => 1 + varintBytes(tag.length) + tag.length + 5);
  const summary = lengths.reduce((sum, length) => sum + 1 + varintBytes(length) + length, 0);
  const writer = new Writer(9 + 1 + varintBytes(step) + 1 + varintBytes(summary) + summary);
  writer.varint(EVENT_WALL_TIME);
  writer.double(wallTime);
  writer.varint(EVENT_STEP);
  writer.varint(step);
  writer.varint(EVENT_SUMMARY);
  writer.varint(summary);
  scalars.forEach(({ tag, value }, index) => {
    writer.varint(SUMMARY_VALUE);
    writer.varint(lengths[index] as number);
    writer.varint(VALUE_TAG);
    writer.varint(tag.length);
    writer.raw(tag);
    writer.varint(VALUE_SIMPLE);
    writer.float(value);
  });
  return writer.bytes;
}

/**
 * A run's event file, piece by piece: an event for each logged step, with what was measured there. Values that are not
 * finite are left out, since a row without a value and one of NaN look the same here.
 *
 * @param startedAt when the run began, milliseconds since 1970: wall times are this plus seconds of training.
 */
export function* eventFile(
  history: Columns,
  startedAt: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const series = seriesNames(history).map((name) => ({
    tag: encoder.encode(name),
    column: columnOf(history, name),
  }));
  const { step, seconds } = history.values;
  let records: Uint8Array<ArrayBuffer>[] = [tfRecord(versionEvent(startedAt / 1_000))];
  let bytes = 0;
  for (let row = 0; row < history.length; row++) {
    const scalars = series
      .map(({ tag, column }) => ({ tag, value: column[row] as number }))
      .filter(({ value }) => Number.isFinite(value));
    if (scalars.length === 0) continue;
    const elapsed = seconds[row] as number;
    const wallTime = startedAt / 1_000 + (Number.isFinite(elapsed) ? elapsed : 0);
    const record = tfRecord(scalarEvent(wallTime, step[row] as number, scalars));
    records.push(record);
    bytes += record.length;
    if (bytes < CHUNK_BYTES) continue;
    yield join(records);
    records = [];
    bytes = 0;
  }
  yield join(records);
}

/** What TensorBoard looks for: `events.out.tfevents.<seconds>.<host>`. */
export const eventFileName = (startedAt: number): string =>
  `events.out.tfevents.${String(Math.floor(startedAt / 1_000)).padStart(10, "0")}.vitrine`;

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
