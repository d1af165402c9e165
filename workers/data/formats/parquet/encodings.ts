// Parquet's encodings of whole numbers, read one at a time: nothing is laid out in memory that a few hostile
// bytes could make large.
// Source: https://github.com/apache/parquet-format/blob/master/Encodings.md

/** The bytes do not hold what they should. Callers turn it into a Fault that names the file. */
export class EncodingError extends Error {}

/** Bytes with a place to read from. */
export class Cursor {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  byte(): number {
    if (this.at >= this.end) throw new EncodingError("values are cut off");
    return this.bytes[this.at++] as number;
  }

  u32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  /** A view of the next bytes. */
  take(count: number): Uint8Array {
    if (count < 0 || count > this.end - this.at) throw new EncodingError("a value is cut off");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** Unsigned, base 128; of more than 32 bits the low ones count. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new EncodingError("a number does not end");
  }

  zigzag(): number {
    const value = this.varint();
    return (value >>> 1) ^ -(value & 1);
  }
}

/** Runs of equal numbers, and numbers packed into bits: levels, and places in a dictionary. */
export class RunReader {
  #left = 0;
  #value = 0;
  #isPacked = false;
  #buffer = 0;
  #bits = 0;

  /** @param width bits of a number, 0 to 32. */
  constructor(
    readonly cursor: Cursor,
    readonly width: number,
  ) {
    if (width > 32) throw new EncodingError(`numbers of ${width} bits`);
  }

  next(): number {
    if (this.#left === 0) this.#startRun();
    this.#left--;
    return this.#isPacked ? this.#unpack() : this.#value;
  }

  /** Passes over a run of numbers below `bound`, of at most `limit`; returns how many. */
  skipBelow(bound: number, limit: number): number {
    if (this.#left === 0) this.#startRun();
    if (this.#isPacked || this.#value >= bound) return 0;
    const count = Math.min(this.#left, limit);
    this.#left -= count;
    return count;
  }

  #startRun(): void {
    const { cursor, width } = this;
    // A width of 0 has nothing to say, and no runs.
    if (width === 0) {
      this.#left = Number.MAX_SAFE_INTEGER;
      return;
    }
    while (this.#left === 0) {
      const header = cursor.varint();
      this.#isPacked = (header & 1) === 1;
      this.#left = this.#isPacked ? (header >>> 1) * 8 : header >>> 1;
      this.#buffer = 0;
      this.#bits = 0;
      if (this.#isPacked) continue;
      this.#value = 0;
      for (let i = 0; i < (width + 7) >> 3; i++) this.#value |= cursor.byte() << (8 * i);
      this.#value >>>= 0;
    }
  }

  #unpack(): number {
    const { cursor, width } = this;
    let value = 0;
    for (let have = 0; have < width; ) {
      if (this.#bits === 0) {
        this.#buffer = cursor.byte();
        this.#bits = 8;
      }
      const count = Math.min(this.#bits, width - have);
      value |= (this.#buffer & ((1 << count) - 1)) << have;
      this.#buffer >>>= count;
      this.#bits -= count;
      have += count;
    }
    return value >>> 0;
  }
}

/** Whole numbers as differences: DELTA_BINARY_PACKED, for lengths, in 32 bits. */
export class DeltaReader {
  readonly count: number;
  readonly #perMiniblock: number;
  readonly #miniblocks: number;
  readonly #widths: number[] = [];
  #value: number;
  #minDelta = 0;
  #read = 0;
  #miniblock = 0;
  #leftInMiniblock = 0;
  #buffer = 0;
  #bits = 0;

  constructor(readonly cursor: Cursor) {
    const blockSize = cursor.varint();
    this.#miniblocks = cursor.varint();
    this.count = cursor.varint();
    this.#value = cursor.zigzag();
    this.#perMiniblock = blockSize / this.#miniblocks;
    if (
      !(this.#miniblocks >= 1 && this.#miniblocks <= 1_024) ||
      !(this.#perMiniblock >= 8 && this.#perMiniblock <= 65_536 && this.#perMiniblock % 8 === 0)
    )
      throw new EncodingError(`blocks of ${blockSize} in ${this.#miniblocks} parts`);
    this.#miniblock = this.#miniblocks;
  }

  next(): number {
    if (this.#read++ === 0) return this.#value;
    if (this.#leftInMiniblock === 0) this.#startMiniblock();
    this.#leftInMiniblock--;
    this.#value = (this.#value + this.#minDelta + this.#unpack()) | 0;
    return this.#value;
  }

  /** Goes to the first byte past all numbers. */
  skipAll(): void {
    for (let i = this.#read; i < this.count; i++) this.next();
    // What fills up the last part; parts of a block that hold nothing are not written.
    while (this.#leftInMiniblock > 0) {
      this.#leftInMiniblock--;
      this.#unpack();
    }
  }

  #startMiniblock(): void {
    const { cursor } = this;
    if (this.#miniblock === this.#miniblocks) {
      this.#minDelta = cursor.zigzag();
      for (let i = 0; i < this.#miniblocks; i++) {
        this.#widths[i] = cursor.byte();
        if ((this.#widths[i] as number) > 32)
          throw new EncodingError(`numbers of ${this.#widths[i]} bits`);
      }
      this.#miniblock = 0;
    }
    this.#miniblock++;
    this.#leftInMiniblock = this.#perMiniblock;
    this.#buffer = 0;
    this.#bits = 0;
  }

  #unpack(): number {
    const width = this.#widths[this.#miniblock - 1] as number;
    let value = 0;
    for (let have = 0; have < width; ) {
      if (this.#bits === 0) {
        this.#buffer = this.cursor.byte();
        this.#bits = 8;
      }
      const count = Math.min(this.#bits, width - have);
      value |= (this.#buffer & ((1 << count) - 1)) << have;
      this.#buffer >>>= count;
      this.#bits -= count;
      have += count;
    }
    return value;
  }
}
