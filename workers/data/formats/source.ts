// A file, wherever it lies: dropped on the page, in storage, on disk. Readers see a name and ranges of
// bytes, so a file of gigabytes is never held whole.

/** Bytes that can be read from anywhere in the middle. */
export interface FileSource {
  /** How messages call it, ending included. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes `from` .. `to - 1`; the caller keeps within `size`. The result may be a view. */
  slice(from: number, to: number): Promise<Uint8Array>;
}

/** A Blob or File; nothing is read before it is asked for. */
export const blobFile = (blob: Blob, name: string): FileSource => ({
  name,
  size: blob.size,
  slice: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()),
});

/** Bytes in memory. */
export const bytesFile = (bytes: Uint8Array, name: string): FileSource => ({
  name,
  size: bytes.length,
  slice: async (from, to) => bytes.subarray(from, to),
});
