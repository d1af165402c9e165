import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { blobSource, bytesSource } from "./files.ts";
import {
  fromFloat32,
  parseSafetensors,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsDType,
  type StoredTensor,
  toFloat32,
  writeSafetensors,
} from "./safetensors.ts";

/** A file with this header text and this many bytes of data. */
function fileOf(header: string, dataBytes = 0, claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}
const headerOf = (entries: Record<string, unknown>) => JSON.stringify(entries);
const faultOf = (bytes: Uint8Array) => {
  try {
    parseSafetensors(bytes, "a.safetensors");
  } catch (error) {
    return error instanceof FaultError ? error.fault : error;
  }
  return null;
};
const bits = (values: Float32Array) => [...new Uint32Array(values.slice().buffer)];

const SIZES: Record<string, number> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
};
Object.assign(SIZES, { U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 });
const anyTensor = fc
  .record({
    name: fc.string({ unit: "binary", maxLength: 12 }).filter((name) => name !== "__metadata__"),
    dtype: fc.constantFrom(...(Object.keys(SIZES) as SafetensorsDType[])),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
  })
  .map(({ name, dtype, shape }): StoredTensor => {
    const length = shape.reduce((n, d) => n * d, SIZES[dtype] as number);
    return { name, dtype, shape, bytes: Uint8Array.from({ length }, (_, i) => (i * 37) % 256) };
  });
const anyFile = fc.record({
  tensors: fc.uniqueArray(anyTensor, { selector: (tensor) => tensor.name, maxLength: 5 }),
  metadata: fc.option(fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 })),
});

describe("parseSafetensors and writeSafetensors", () => {
  it("give back any tensors, in order, and the metadata", () => {
    fc.assert(
      fc.property(anyFile, ({ tensors, metadata }) => {
        const file = writeSafetensors(tensors, metadata);
        const read = parseSafetensors(file);
        expect(read.tensors).toEqual(tensors);
        expect(read.metadata).toEqual(metadata);
        expect(writeSafetensors(read.tensors, read.metadata)).toEqual(file);
      }),
    );
  });

  it("keep the order of names that look like numbers, and __proto__", () => {
    const tensors = ["2", "b", "1", "__proto__", "constructor"].map(
      (name): StoredTensor => ({
        name,
        dtype: "U8",
        shape: [1],
        bytes: Uint8Array.of(name.length),
      }),
    );
    expect(parseSafetensors(writeSafetensors(tensors)).tensors).toEqual(tensors);
  });

  it("put the data at a multiple of 8", () => {
    const file = writeSafetensors([
      { name: "a", dtype: "U8", shape: [3], bytes: new Uint8Array(3) },
    ]);
    expect((file.length - 3) % 8).toBe(0);
    expect(new DataView(file.buffer).getUint32(0, true) % 8).toBe(0);
  });

  it("refuse to write a name twice, or bytes that do not fill the shape", () => {
    const a: StoredTensor = { name: "a", dtype: "F32", shape: [2], bytes: new Uint8Array(8) };
    expect(() => writeSafetensors([a, a])).toThrow('"a" is taken');
    expect(() => writeSafetensors([{ ...a, shape: [3] }])).toThrow("takes 12 bytes and has 8");
    expect(() => writeSafetensors([{ ...a, name: "__metadata__" }])).toThrow("is taken");
  });

  it("read one tensor of a source without the rest", async () => {
    const tensors: StoredTensor[] = ["a", "b"].map((name, i) => ({
      name,
      dtype: "I16",
      shape: [2, 2],
      bytes: Uint8Array.from({ length: 8 }, (_, k) => 10 * i + k),
    }));
    const file = writeSafetensors(tensors, { format: "pt" });
    const reads: [number, number][] = [];
    const source = {
      byteLength: file.length,
      read: async (offset: number, length: number) => {
        reads.push([offset, length]);
        return file.subarray(offset, offset + length);
      },
    };
    const header = await readSafetensorsHeader(source, "a");
    expect(header.metadata).toEqual({ format: "pt" });
    const entry = header.entries[1];
    expect(entry && (await readTensor(source, entry))).toEqual(tensors[1]);
    expect(reads.at(-1)).toEqual([file.length - 8, 8]);
    const blob = blobSource(new Blob([file as Uint8Array<ArrayBuffer>]));
    expect(await readSafetensorsHeader(blob, "a")).toEqual(header);
  });
});

describe("a lying header", () => {
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), /8 bytes of header length; it has 0/],
    ["seven bytes", new Uint8Array(7), /it has 7 bytes/],
    ["longer than the file", fileOf("{}", 0, 50n), /claims 50 bytes and 2 are left/],
    ["2^63", fileOf("{}", 0, 1n << 63n), /may have 100000000 bytes; it claims 9223372036854775808/],
    ["just over the limit", fileOf("{}", 0, 100_000_001n), /claims 100000001/],
    ["empty header", fileOf(""), /must be JSON/],
    ["not JSON", fileOf("{a: 1}"), /must be JSON/],
    ["not UTF-8", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff), /must be JSON in UTF-8/],
    ["a list", fileOf("[]"), /must be a JSON object; it is \[\]/],
    ["null", fileOf("null"), /must be a JSON object/],
    ["entry is a number", fileOf('{"a":1}'), /an entry must be an object; "a" is 1/],
    [
      "unknown type",
      fileOf(headerOf({ a: { ...entry, dtype: "F4" } }), 8),
      /must be one of .*"F4"/,
    ],
    [
      "type of Object",
      fileOf(headerOf({ a: { ...entry, dtype: "toString" } }), 8),
      /must be one of/,
    ],
    ["no shape", fileOf(headerOf({ a: { dtype: "F32", data_offsets: [0, 8] } }), 8), /has nothing/],
    ["negative size", fileOf(headerOf({ a: { ...entry, shape: [-2] } }), 8), /whole numbers/],
    ["half a size", fileOf(headerOf({ a: { ...entry, shape: [2.5] } }), 8), /whole numbers/],
    [
      "size past 2^53",
      fileOf('{"a":{"dtype":"U8","shape":[1e300],"data_offsets":[0,8]}}', 8),
      /whole/,
    ],
    [
      "product past 2^53",
      fileOf(headerOf({ a: { ...entry, shape: [4294967296, 4294967296, 4294967296] } }), 8),
      /takes more than 2\^53 bytes and has 8/,
    ],
    [
      "shape too large",
      fileOf(headerOf({ a: { ...entry, shape: [3] } }), 8),
      /takes 12 bytes and has 8/,
    ],
    [
      "one offset",
      fileOf(headerOf({ a: { ...entry, data_offsets: [0] } }), 8),
      /two whole numbers/,
    ],
    [
      "negative offset",
      fileOf(headerOf({ a: { ...entry, data_offsets: [-8, 0] } }), 8),
      /two whole/,
    ],
    [
      "end first",
      fileOf(headerOf({ a: { ...entry, data_offsets: [8, 0] } }), 8),
      /within the 8 bytes/,
    ],
    [
      "past the end",
      fileOf(headerOf({ a: { ...entry, data_offsets: [8, 16] } }), 8),
      /within the 8/,
    ],
    ["truncated", fileOf(headerOf({ a: entry }), 7), /within the 7 bytes of data/],
    ["bytes too many", fileOf(headerOf({ a: entry }), 9), /1 bytes are left after "a"/],
    [
      "overlap",
      fileOf(headerOf({ a: entry, b: { ...entry, data_offsets: [4, 12] } }), 12),
      /"b" begins 4 bytes before the end of "a"/,
    ],
    [
      "the same bytes twice",
      fileOf(headerOf({ a: entry, b: entry }), 8),
      /"b" begins 8 bytes before the end of "a"/,
    ],
    [
      "gap",
      fileOf(headerOf({ a: entry, b: { ...entry, data_offsets: [12, 20] } }), 20),
      /"b" begins 4 bytes after "a"/,
    ],
    [
      "gap at the start",
      fileOf(headerOf({ a: { ...entry, data_offsets: [8, 16] } }), 16),
      /8 bytes after/,
    ],
    [
      "a name twice",
      fileOf(`{"a":${JSON.stringify(entry)},"\\u0061":${JSON.stringify(entry)}}`, 8),
      /"a" occurs again/,
    ],
    [
      "a field twice",
      fileOf('{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
      /"dtype" occurs again/,
    ],
    ["metadata is a list", fileOf('{"__metadata__":[]}'), /map names to texts/],
    ["metadata of numbers", fileOf('{"__metadata__":{"a":1}}'), /map names to texts/],
    [
      "nested deeply",
      fileOf(
        `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`,
      ),
      /nested deeply/,
    ],
  ];

  it.each(cases)("is refused: %s", async (_, file, message) => {
    const fault = {
      code: "bad-model",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("download it again"),
    };
    expect(faultOf(file)).toMatchObject(fault);
    await expect(readSafetensorsHeader(bytesSource(file), "a.safetensors")).rejects.toMatchObject(
      fault,
    );
  });

  it("never throws anything but a Fault, whatever is done to a file", () => {
    const edit = fc.tuple(fc.nat(400), fc.nat(255), fc.constantFrom("set", "cut", "insert"));
    fc.assert(
      fc.property(anyFile, fc.array(edit, { minLength: 1, maxLength: 4 }), (content, edits) => {
        let file = [...writeSafetensors(content.tensors, content.metadata)];
        for (const [place, value, kind] of edits) {
          const at = place % file.length;
          if (kind === "set") file[at] = value;
          else if (kind === "cut") file = file.slice(0, at + 1);
          else file.splice(at, 0, value);
        }
        const fault = faultOf(Uint8Array.from(file));
        if (fault !== null) expect(fault).toMatchObject({ code: "bad-model" });
      }),
      { numRuns: 1500 },
    );
  });

  it("never throws anything but a Fault, whatever the JSON", () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.constant(null),
      fc.maxSafeNat(),
    );
    const loose = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom(...Object.keys(SIZES)), leaf),
        shape: fc.oneof(
          fc.array(fc.oneof(fc.nat(4), fc.maxSafeNat(), leaf), { maxLength: 4 }),
          leaf,
        ),
        data_offsets: fc.oneof(fc.array(fc.oneof(fc.nat(20), leaf), { maxLength: 3 }), leaf),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constant("__metadata__"), fc.string()), fc.oneof(loose, leaf)),
        fc.nat(40),
        (header, dataBytes) => {
          const fault = faultOf(fileOf(JSON.stringify(header), dataBytes));
          if (fault !== null) expect(fault).toMatchObject({ code: "bad-model" });
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe("toFloat32 and fromFloat32", () => {
  const tensor = (dtype: SafetensorsDType, bytes: Uint8Array, elements: number): StoredTensor => ({
    name: "w",
    dtype,
    shape: [elements],
    bytes,
  });
  const bytesOf = (array: ArrayBufferView) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

  it("bring all 65,536 f16 and bf16 patterns back, NaN payloads included", () => {
    const all = bytesOf(Uint16Array.from({ length: 65536 }, (_, i) => i));
    for (const dtype of ["F16", "BF16"] as const)
      expect(Buffer.compare(fromFloat32(toFloat32(tensor(dtype, all, 65536)), dtype), all)).toBe(0);
  });

  it("read f16 as its definition says", () => {
    const of = (half: number) => {
      const sign = half & 0x8000 ? -1 : 1;
      const exponent = (half >> 10) & 31;
      const fraction = half & 1023;
      if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
      return (
        sign *
        (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14)
      );
    };
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const read = toFloat32(tensor("F16", bytesOf(all), 65536));
    const wrong = [...all].filter((i) => !Object.is(read[i], of(i)));
    expect(wrong).toEqual([]);
  });

  it.each(["F16", "BF16"] as const)("round to the nearest %s, ties to even", (dtype) => {
    const back = (value: number) =>
      toFloat32(tensor(dtype, fromFloat32(Float32Array.of(value), dtype), 1))[0] as number;
    // Neighbours of a pattern, and the values a quarter, half and three quarters of the way.
    const patterns = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
    const values = toFloat32(tensor(dtype, bytesOf(patterns), patterns.length));
    fc.assert(
      fc.property(fc.nat(0x7bfe), fc.constantFrom(1, -1), (pattern, sign) => {
        const low = values[pattern] as number;
        const high = values[pattern + 1] as number;
        const at = (share: number) => sign * Math.fround(low + (high - low) * share);
        const even = pattern % 2 === 0 ? low : high;
        expect(back(at(0.25))).toBe(sign * low);
        expect(back(at(0.75))).toBe(sign * high);
        // A tie exists where f32 can hold it: not among the smallest bf16.
        if (Math.abs(at(0.5)) === low + (high - low) / 2) expect(back(at(0.5))).toBe(sign * even);
      }),
      { numRuns: 500 },
    );
  });

  it("round to infinity only past the largest value", () => {
    const half = (value: number) => [...fromFloat32(Float32Array.of(value), "F16")];
    expect(half(65519)).toEqual([0xff, 0x7b]);
    expect(half(65520)).toEqual([0, 0x7c]);
    expect(half(-1e30)).toEqual([0, 0xfc]);
    expect(half(2 ** -25)).toEqual([0, 0]);
    expect(half(2 ** -25 * 1.001)).toEqual([1, 0]);
    expect([...fromFloat32(Float32Array.of(3.4e38), "BF16")]).toEqual([0x80, 0x7f]);
  });

  it("read f64, integers and booleans", () => {
    const read = (dtype: SafetensorsDType, array: ArrayBufferView, n: number) => [
      ...toFloat32(tensor(dtype, bytesOf(array), n)),
    ];
    expect(read("F64", Float64Array.of(0.1, -1e300), 2)).toEqual([Math.fround(0.1), -Infinity]);
    expect(read("I64", BigInt64Array.of(-5n, 1n << 40n), 2)).toEqual([-5, 2 ** 40]);
    expect(read("U64", BigUint64Array.of(7n), 1)).toEqual([7]);
    expect(read("I32", Int32Array.of(-3), 1)).toEqual([-3]);
    expect(read("U32", Uint32Array.of(4e9), 1)).toEqual([4e9]);
    expect(read("I16", Int16Array.of(-2), 1)).toEqual([-2]);
    expect(read("U16", Uint16Array.of(65535), 1)).toEqual([65535]);
    expect(read("I8", Int8Array.of(-1), 1)).toEqual([-1]);
    expect(read("U8", Uint8Array.of(255), 1)).toEqual([255]);
    expect(read("BOOL", Uint8Array.of(1, 0), 2)).toEqual([1, 0]);
  });

  it("read from any place in a file", () => {
    const values = Float32Array.of(1, -2, Number.NaN, 4);
    const shifted = new Uint8Array(21);
    shifted.set(bytesOf(values), 5);
    expect(bits(toFloat32(tensor("F32", shifted.subarray(5), 4)) as Float32Array)).toEqual(
      bits(values),
    );
  });

  it("refuse 8-bit floats with what to do", () => {
    expect(() => toFloat32(tensor("F8_E4M3", new Uint8Array(1), 1))).toThrow(
      "w: weights must be F32, F16, BF16 or F64; they are F8_E4M3.",
    );
  });
});
