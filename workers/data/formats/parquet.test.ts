import { gzipSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { faultFrom } from "../../testing/faults.ts";
import { parquet } from "./parquet.ts";
import { bytesFile, type FileSource } from "./source.ts";

const file = (bytes: ArrayBuffer | Uint8Array, name = "a.parquet") =>
  bytesFile(new Uint8Array(bytes), name);

async function documents(source: FileSource, column?: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of parquet.read(source, column)) texts.push(text);
  return texts;
}

const texts = Array.from({ length: 900 }, (_, i) =>
  i % 11 === 3 ? null : `row ${i}: ${"Grüße 漢字 🚀 ".repeat(i % 7)}${i % 5 ? "" : "\r\nend"}`,
);
const wanted = texts.filter((text) => text !== null).map((text) => text.replace("\r\n", "\n"));
const write = (options: object = {}, column: object = {}) =>
  parquetWriteBuffer({
    columnData: [
      { name: "id", data: texts.map((_, i) => i), type: "INT32" },
      { name: "text", data: texts, type: "STRING", ...column },
      { name: "kind", data: texts.map((_, i) => ["cat", "dog"][i % 2]), type: "STRING" },
    ],
    ...options,
  });

const gzip = (bytes: Uint8Array) => gzipSync(bytes);
const asItIs = (bytes: Uint8Array) => bytes;

/** Files of the first kind of page, which the writer above does not make; of pyarrow 25. */
const FIRST_KIND = {
  "a dictionary":
    "UEFSMRUEFRwVHEwVBBUAEgAAAwAAAG9uZQMAAAB0d28VABUSFRIsFQgVEBUGFQYcAAAAAgAAAAMLAQMGFQQZLDUAGAZzY2hlbWEVAgAVDCUCGAR0ZXh0JQBMHAAAABYIGRwZHCYAHBUMGTUABhAZGAR0ZXh0FQAWCBZwFnAmQCYIKSwVBBUAFQIAFQAVEBUCADwWEhkGGSYCBgAAABZwFggmCBZwACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNS4wLjEZHBwAAACSAAAAUEFSMQ==",
  "shared beginnings":
    "UEFSMRUAFWAVYCwVCBUOFQYVBhwAAAACAAAAAwuAAQQDAAACAAAADAAAAAAAAACAAQQDBgUCAAAAAwAAAAAAAABvbmV0d28VBBksNQAYBnNjaGVtYRUCABUMJQIYBHRleHQlAEwcAAAAFggZHBkcJgAcFQwZJQYOGRgEdGV4dBUAFggWhgEWhgEmCEkcFQAVDhUCADwWDBkGGSYCBgAAABaGARYIJggWhgEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI1LjAuMRkcHAAAAIwAAABQQVIx",
};

describe("parquet", () => {
  it("tells what its columns hold, without reading them", async () => {
    const read: number[] = [];
    const bytes = new Uint8Array(write());
    const source: FileSource = {
      name: "a.parquet",
      size: bytes.length,
      slice: async (from, to) => {
        read.push(to - from);
        return bytes.slice(from, to);
      },
    };
    const facts = await parquet.inspect(source);
    expect(facts.columns.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      "id: int32",
      "text: text",
      "kind: text",
    ]);
    expect(facts).toMatchObject({ rows: 900, column: "text", sample: "row 0: \nend" });
    expect(facts.columns[2]?.samples).toEqual(["cat", "dog", "cat"]);
    expect(Math.abs(facts.characters / new Blob([wanted.join("")]).size - 1)).toBeLessThan(0.3);
  });

  it.each([
    ["Snappy", {}, {}],
    ["no compression", { codec: "UNCOMPRESSED" }, {}],
    ["gzip", { codec: "GZIP", compressors: { GZIP: gzip } }, {}],
    ["many row groups and pages", { rowGroupSize: 100, pageSize: 500 }, {}],
    ["no dictionary", {}, { encoding: "PLAIN" }],
    ["lengths first", {}, { encoding: "DELTA_LENGTH_BYTE_ARRAY" }],
    ["shared beginnings", {}, { encoding: "DELTA_BYTE_ARRAY" }],
  ])("reads a column: %s", async (_, options, column) => {
    const bytes = write(options, column);
    expect(await documents(file(bytes))).toEqual(wanted);
    expect((await documents(file(bytes), "kind")).length).toBe(900);
  });

  it("agrees with the library's own reader", async () => {
    const bytes = write({ rowGroupSize: 250 });
    const rows = await parquetReadObjects({ file: bytes, columns: ["kind"] });
    expect(await documents(file(bytes), "kind")).toEqual(rows.map(({ kind }) => kind));
  });

  it.each(Object.entries(FIRST_KIND))("reads pages of the first kind: %s", async (_, base64) => {
    const source = file(Buffer.from(base64, "base64"));
    expect(await documents(source)).toEqual(["one", "two", "two"]);
  });

  it("reads a column inside a structure", async () => {
    const bytes = parquetWriteBuffer({
      columnData: [{ name: "pair", data: [{ en: "one", fr: "un" }, { en: "two" }] }],
      schema: [
        { name: "root", num_children: 1 },
        { name: "pair", num_children: 2, repetition_type: "OPTIONAL" },
        { name: "en", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
        { name: "fr", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      ],
    });
    expect(await documents(file(bytes), "pair.en")).toEqual(["one", "two"]);
    expect(await documents(file(bytes), "pair.fr")).toEqual(["un"]);
  });

  it("never holds more than a page, and passes over other columns", async () => {
    const long = Array.from({ length: 200 }, (_, i) => `${i} ${"words ".repeat(1_000)}`);
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "other", data: long, type: "STRING" },
          { name: "text", data: long, type: "STRING", encoding: "PLAIN" },
        ],
        codec: "UNCOMPRESSED",
        pageSize: 50_000,
      }),
    );
    let largest = 0;
    let total = 0;
    const source: FileSource = {
      name: "a.parquet",
      size: bytes.length,
      slice: async (from, to) => {
        largest = Math.max(largest, to - from);
        total += to - from;
        return bytes.slice(from, to);
      },
    };
    expect(await documents(source)).toEqual(long);
    expect(largest).toBeLessThanOrEqual(1 << 18);
    expect(total).toBeLessThan(bytes.length);
  });

  it("refuses columns that hold no text", async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "n", data: [1, 2] },
        { name: "tags", data: [["a"], ["b", "c"]] },
        { name: "raw", data: [Uint8Array.of(0, 1), Uint8Array.of(255)] },
        { name: "none", data: [null, null] },
      ],
      schema: [
        { name: "root", num_children: 4 },
        { name: "n", type: "INT32", repetition_type: "REQUIRED" },
        { name: "tags", num_children: 1, repetition_type: "OPTIONAL", converted_type: "LIST" },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        {
          name: "element",
          type: "BYTE_ARRAY",
          converted_type: "UTF8",
          repetition_type: "OPTIONAL",
        },
        { name: "raw", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
        { name: "none", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      ],
    });
    for (const [column, message] of [
      ["n", 'must hold text; "n" of "a.parquet" holds values of type int32'],
      ["tags.list.element", "holds values of type list"],
      ["raw", "holds values of type bytes"],
      ["none", "is empty in every row"],
      ["text", 'must have the column "text"; its columns are n, tags'],
    ] as const)
      expect(await faultFrom(documents(file(bytes), column))).toMatchObject({
        code: "bad-data",
        message: expect.stringContaining(message),
        hint: expect.any(String),
      });
  });

  it("says of a codec that it does not know how to go on", async () => {
    const bytes = write({ codec: "BROTLI", compressors: { BROTLI: asItIs } });
    expect(await faultFrom(parquet.inspect(file(bytes)))).toMatchObject({
      message: expect.stringContaining("compressed with Brotli"),
      hint: expect.stringContaining("another compression"),
    });
  });

  it("refuses files that are cut off, of another kind, or encrypted", async () => {
    const bytes = new Uint8Array(write());
    for (const keep of [0, 3, 8, 100, bytes.length - 1])
      expect(await faultFrom(parquet.inspect(file(bytes.slice(0, keep))))).toMatchObject({
        code: "bad-data",
        message: expect.stringContaining("must end with PAR1"),
        hint: expect.stringContaining("download or write it again"),
      });
    const sealed = bytes.slice();
    sealed.set(new TextEncoder().encode("PARE"), bytes.length - 4);
    expect(await faultFrom(parquet.inspect(file(sealed)))).toMatchObject({
      message: expect.stringContaining("encrypted"),
    });
  });

  it("names the place of broken bytes", async () => {
    const bytes = new Uint8Array(write({ rowGroupSize: 300 }));
    // The footer's length, and the header of the first page.
    const longFooter = bytes.slice();
    longFooter.set([255, 255, 255, 127], bytes.length - 8);
    expect(await faultFrom(documents(file(longFooter)))).toMatchObject({
      message: expect.stringMatching(/damaged in its end: a footer of \d+ bytes/),
    });
    const zeroed = bytes.slice();
    zeroed.fill(255, 4, Math.floor(bytes.length / 3));
    expect(await faultFrom(documents(file(zeroed)))).toMatchObject({
      message: expect.stringMatching(/damaged in row group 1, column "text"/),
      hint: expect.any(String),
    });
  });

  it("believes no number of rows that the file has no room for", async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: "text", data: ["a", "b"], type: "STRING" }] }),
    );
    const footerBytes = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    const messages: (string | undefined)[] = [];
    for (let at = bytes.length - 8 - footerBytes; at < bytes.length - 9; at++) {
      // Every field with the number 2 in 64 bits; the file's number of rows is one of them.
      if (bytes[at] !== 0x16 || bytes[at + 1] !== 4) continue;
      // A number of five bytes in the place of one makes the footer four bytes longer.
      const lying = new Uint8Array(bytes.length + 4);
      lying.set(bytes.subarray(0, at + 1));
      lying.set([254, 255, 255, 255, 15], at + 1);
      lying.set(bytes.subarray(at + 2), at + 6);
      new DataView(lying.buffer).setUint32(lying.length - 8, footerBytes + 4, true);
      messages.push((await faultFrom(documents(file(lying))))?.message);
    }
    expect(messages.join()).toContain(`it tells of 2147483647 rows in ${bytes.length + 4} bytes`);
  });
});
