// Against a decoder of its own, written from the format alone: it shares nothing with what it checks.
import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { eventFile, eventFileName, tfRecord } from "./tensorboard.ts";

/** CRC-32C bit by bit. */
function slowCrc(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function slowMask(bytes: Uint8Array): number {
  const crc = BigInt(slowCrc(bytes));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

interface Event {
  wallTime?: number;
  step?: bigint;
  version?: string;
  scalars: Record<string, number>;
}

/** Fields of a message: number, wire type, and where the value lies. */
function* fields(bytes: Buffer): Generator<{ field: number; type: number; value: Buffer }> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes.readUInt8(at++));
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const type = key & 7;
    const start = at;
    let value: Buffer;
    if (type === 0) {
      varint();
      value = bytes.subarray(start, at);
    } else {
      const length = type === 1 ? 8 : type === 5 ? 4 : Number(varint());
      value = bytes.subarray(at, at + length);
      at += length;
    }
    expect(value.length).toBeGreaterThan(0);
    yield { field: key >> 3, type, value };
  }
  expect(at).toBe(bytes.length);
}

function readVarint(bytes: Buffer): bigint {
  return [...bytes].reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 127), 0n);
}

function decode(file: Buffer): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(slowMask(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(slowMask(data));
    at += 16 + length;
    const event: Event = { scalars: {} };
    for (const { field, type, value } of fields(data)) {
      if (field === 1 && type === 1) event.wallTime = value.readDoubleLE();
      else if (field === 2 && type === 0) event.step = readVarint(value);
      else if (field === 3 && type === 2) event.version = value.toString("utf8");
      else if (field === 5 && type === 2)
        for (const entry of fields(value)) {
          expect([entry.field, entry.type]).toEqual([1, 2]);
          const [tag, simple, ...rest] = [...fields(entry.value)];
          if (!tag || !simple || rest.length > 0) throw new Error("a value has a tag and a number");
          expect([tag.field, tag.type, simple.field, simple.type]).toEqual([1, 2, 2, 5]);
          event.scalars[tag.value.toString("utf8")] = simple.value.readFloatLE();
        }
      else throw new Error(`an event has no field ${field} of type ${type}`);
    }
    events.push(event);
  }
  return events;
}

const run = (history: Parameters<typeof appendColumns>[1], startedAt: number): Event[] =>
  decode(Buffer.concat([...eventFile(appendColumns(EMPTY_COLUMNS, history), startedAt)]));

it("computes the checksums of RFC 3720, B.4", () => {
  const bytes = (make: (index: number) => number) =>
    Uint8Array.from({ length: 32 }, (_, i) => make(i));
  expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
  expect(crc32c(bytes(() => 0xff))).toBe(0x62a8ab43);
  expect(crc32c(bytes((i) => i))).toBe(0x46dd794e);
  expect(crc32c(bytes((i) => 31 - i))).toBe(0x113fdb5c);
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

it("begins as every event file does: 24 bytes of version, under the checksum that they all have", () => {
  const [chunk] = eventFile(EMPTY_COLUMNS, 0);
  const start = Buffer.from(chunk as Uint8Array);
  expect(start.subarray(0, 12).toString("hex")).toBe("1800000000000000a37f4b22");
  expect(decode(start)).toEqual([{ wallTime: 0, version: "brain.Event:2", scalars: {} }]);
});

it("masks a checksum and frames the data with two", () => {
  const data = new TextEncoder().encode("some data");
  expect(maskedCrc32c(data)).toBe(slowMask(data));
  const record = Buffer.from(tfRecord(data));
  expect(record.length).toBe(data.length + 16);
  expect(record.readBigUInt64LE()).toBe(BigInt(data.length));
});

it("tells step, wall time and every finite value of each logged step", () => {
  const startedAt = Date.UTC(2026, 0, 2);
  const [version, ...events] = run(
    {
      step: [1, 2, 300],
      tokens: [10, 20, 3_000],
      seconds: [0.25, 0.5, 75],
      series: {
        "train/loss": [4.5, Number.NaN, 1.25],
        "val/loss": [Number.NaN, Number.NaN, 1.5],
        "train/ü": [1, Number.POSITIVE_INFINITY, -0.5],
      },
    },
    startedAt,
  );
  expect(version?.version).toBe("brain.Event:2");
  expect(events).toEqual([
    { wallTime: startedAt / 1_000 + 0.25, step: 1n, scalars: { "train/loss": 4.5, "train/ü": 1 } },
    {
      wallTime: startedAt / 1_000 + 75,
      step: 300n,
      scalars: { "train/loss": 1.25, "val/loss": 1.5, "train/ü": -0.5 },
    },
  ]);
});

it("writes large steps whole, and long runs in pieces that fit together", () => {
  const steps = Array.from({ length: 800 }, (_, row) => 2 ** 31 + row);
  const columns = appendColumns(EMPTY_COLUMNS, {
    step: steps,
    tokens: steps,
    seconds: steps,
    series: { "train/loss": Float32Array.from(steps, (_, row) => row), ["x".repeat(400)]: steps },
  });
  const chunks = [...eventFile(columns, 0)];
  expect(chunks.length).toBeGreaterThan(1);
  const events = decode(Buffer.concat(chunks));
  expect(events.length).toBe(801);
  expect(events.at(-1)?.step).toBe(2n ** 31n + 799n);
  expect(events.at(-1)?.scalars["train/loss"]).toBe(799);
});

it("names the file so that TensorBoard finds it", () => {
  expect(eventFileName(1_700_000_000_123)).toBe("events.out.tfevents.1700000000.vitrine");
});
