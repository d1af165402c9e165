// How pages are unpacked. Every codec is told how much it may write.
import { snappyUncompress } from "hyparquet";
import {
  decompressGzip,
  decompressLz4,
  decompressLz4Raw,
  decompressZstd,
} from "hyparquet-compressors";

export interface Codec {
  readonly name: string;
  /** Null where files with it cannot be read here. */
  readonly unpack: ((bytes: Uint8Array, size: number) => Uint8Array) | null;
}

/** By their number in the file. */
export const CODECS: readonly Codec[] = [
  { name: "none", unpack: (bytes) => bytes },
  {
    name: "Snappy",
    unpack: (bytes, size) => {
      const page = new Uint8Array(size);
      snappyUncompress(bytes, page);
      return page;
    },
  },
  { name: "gzip", unpack: decompressGzip },
  { name: "LZO", unpack: null },
  // Its tables and windows take up to 40 MB, whatever the page holds.
  { name: "Brotli", unpack: null },
  { name: "LZ4", unpack: decompressLz4 },
  // With the output given the size that the frame tells of is not believed.
  { name: "Zstandard", unpack: (bytes, size) => decompressZstd(bytes, new Uint8Array(size)) },
  { name: "LZ4", unpack: decompressLz4Raw },
];
