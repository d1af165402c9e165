// Texts to train on, in every format: looked into and read to the end.
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { FORMATS, type FormatName } from "../../../data/formats/formats.ts";
import { bytesFile } from "../../../data/formats/source.ts";
import { type Mutator, mutateBytes, mutateText } from "../mutate.ts";
import type { Draws } from "../random.ts";
import type { FuzzTarget } from "../target.ts";

const TEXT = "The hen saw Anna.\r\nShe ran; 12 eggs fell — 漢字, 𝕏 and é.\n".repeat(8);
const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) =>
  new Uint8Array(
    Uint16Array.of(0xfeff, ...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)))
      .buffer,
  );

async function readAll(format: FormatName, bytes: Uint8Array): Promise<number> {
  const source = bytesFile(bytes, `fuzz.${FORMATS[format].extensions[0]}`);
  await FORMATS[format].inspect(source);
  let characters = 0;
  for await (const { text } of FORMATS[format].read(source)) characters += text.length;
  return characters;
}

/** Bytes as often as pieces of the text. */
const either =
  (vocabulary: readonly string[] = []): Mutator =>
  (bytes, draws) =>
    (draws.chance(0.5) ? mutateBytes : mutateText(vocabulary))(bytes, draws);

const rows = Array.from({ length: 12 }, (_, i) => ({
  id: i,
  meta: { lang: "en", score: i / 3 },
  text: `row ${i}: "${TEXT.slice(i, 40 + i)}"`,
}));

const textFile: FuzzTarget = {
  name: "text file",
  seeds: () => [utf8(TEXT), utf8(`\ufeff${TEXT}`), utf16(TEXT)],
  mutate: either(),
  parse: (bytes) => readAll("text", bytes),
};

const jsonlFile: FuzzTarget = {
  name: "jsonl",
  seeds: () => [utf8(rows.map((row) => JSON.stringify(row)).join("\n"))],
  mutate: either(["\n", '"text":', "[[[[", '{"a":', "\\u0000"]),
  parse: (bytes) => readAll("jsonl", bytes),
};

const csvFile: FuzzTarget = {
  name: "csv",
  seeds: () =>
    [",", "\t", ";"].map((delimiter) =>
      utf8(
        [
          ["id", "text"].join(delimiter),
          ...rows.map(({ id, text }) => [id, `"${text.replaceAll('"', '""')}"`].join(delimiter)),
        ].join("\r\n"),
      ),
    ),
  mutate: either(['"', '""', ",", "\n", '"\n"', ";", "\t"]),
  parse: (bytes) => readAll("csv", bytes),
};

const gzip = (bytes: Uint8Array) => gzipSync(bytes);

function parquetSeed(options: object, column: object): Uint8Array {
  const written = parquetWriteBuffer({
    columnData: [
      { name: "id", data: rows.map(({ id }) => id) },
      {
        name: "text",
        data: rows.map(({ id, text }) => (id % 5 === 3 ? null : text)),
        type: "STRING",
        ...column,
      },
    ],
    rowGroupSize: 5,
    ...options,
  });
  return new Uint8Array(written);
}

const parquetFile: FuzzTarget = {
  name: "parquet",
  seeds: () => [
    parquetSeed({}, {}),
    parquetSeed({ codec: "UNCOMPRESSED" }, { encoding: "PLAIN" }),
    parquetSeed({ codec: "GZIP", compressors: { GZIP: gzip } }, { encoding: "PLAIN" }),
    parquetSeed({ codec: "UNCOMPRESSED" }, { encoding: "DELTA_LENGTH_BYTE_ARRAY" }),
    parquetSeed({ codec: "UNCOMPRESSED" }, { encoding: "DELTA_BYTE_ARRAY" }),
    // Made by pyarrow: the first kind of page, with a dictionary, and a page of Zstandard.
    ...PYARROW.map((base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))),
  ],
  mutate: (bytes, draws) => (draws.chance(0.4) ? mutateBytes : mutateBody)(bytes, draws),
  parse: (bytes) => readAll("parquet", bytes),
};

/** Single bytes of pages and their headers; the footer that says where they are stays as it is. */
function mutateBody(bytes: Uint8Array, draws: Draws): Uint8Array {
  const footer = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  const copy = bytes.slice();
  for (let edit = 0; edit < 1 + draws.below(3); edit++) {
    const at = 4 + draws.below(bytes.length - 12 - footer);
    copy[at] = draws.pick([0, 1, 0x7f, 0x80, 0xff, draws.below(256)]);
  }
  return copy;
}

const PYARROW = [
  "UEFSMRUEFXYVdkwVBhUAEgAAAwAAAG9uZQMAAAB0d28pAAAAdHdvIHdvcmRzIGFuZCB0d28gbW9yZSB3b3JkcyBhbmQgdHdvIG1vcmUVABUaFRosFSAVEBUGFQYcAAAAAwAAAAW7uwIFJEmSABUEGSw1ABgGc2NoZW1hFQIAFQwlAhgEdGV4dCUATBwAAAAWIBkcGRwmABwVDBk1AAYQGRgEdGV4dBUAFiAW0gEW0gEmmgEmCCksFQQVABUCABUAFRAVAgA8FvgCGQYZJggYAAAAFtIBFiAmCBbSAQAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjUuMC4xGRwcAAAAmAAAAFBBUjE=",
  "UEFSMRUAFeYDFX4sFSAVABUGFQYcAAAAKLUv/SDztQEAlAIDAAAABbu7AwAAAG9uZQMAAAB0d28pIHdvcmRzIGFuZCB0d28gbW9yZQMALq8o0GYKNBQxFQQZLDUAGAZzY2hlbWEVAgAVDCUCGAR0ZXh0JQBMHAAAABYgGRwZHCYAHBUMGSUGABkYBHRleHQVDBYgFo4EFqYBJghJHBUAFQAVAgA8FvgCGQYZJggYAAAAFo4EFiAmCBamAQAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjUuMC4xGRwcAAAAjQAAAFBBUjE=",
];

export const textFormats: readonly FuzzTarget[] = [textFile, jsonlFile, csvFile, parquetFile];
