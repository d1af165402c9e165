// Thrift's compact protocol, as far as parquet uses it. Nothing is built but what the caller asks for, and
// no length is believed before the bytes are there: a footer is written by a stranger.
// Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

/** Types of the compact protocol. */
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;

/** Structures inside structures; parquet has 8 or so. */
const MAX_DEPTH = 32;

/** The bytes are no thrift, or end too early. Callers turn it into a Fault that names the file. */
export class ThriftError extends Error {}

export class ThriftReader {
  #depth = 0;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  /**
   * Reads a structure: `visit` reads the field with this id and returns true, or returns false to have it
   * passed over.
   */
  struct(visit: (field: number, type: number) => boolean): void {
    if (++this.#depth > MAX_DEPTH) throw new ThriftError("structures are nested too deeply");
    let field = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) break;
      const type = header & 15;
      field = header >> 4 === 0 ? this.i32() : field + (header >> 4);
      if (!visit(field, type)) this.#skip(type);
    }
    this.#depth--;
  }

  /** Calls `read` for each element of a list. */
  list(read: (index: number, type: number) => void): number {
    const header = this.#byte();
    const type = header & 15;
    const size = header >> 4 === 15 ? this.#varint() : header >> 4;
    // An element is one byte or more.
    if (size > this.bytes.length - this.at) throw new ThriftError(`a list of ${size} is cut off`);
    for (let i = 0; i < size; i++) read(i, type);
    return size;
  }

  /** A 16- or 32-bit integer. */
  i32(): number {
    const zigzag = (this.#varint() % 4294967296) >>> 0;
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** A 64-bit integer that must be one JavaScript can count with. */
  i64(): number {
    const zigzag = this.#varint();
    const value = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    if (!Number.isSafeInteger(value)) throw new ThriftError("a number is too large");
    return value;
  }

  /** A view of the bytes of a string. */
  binary(): Uint8Array {
    const size = this.#varint();
    if (size > this.bytes.length - this.at) throw new ThriftError(`a text of ${size} is cut off`);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  #skip(type: number): void {
    if (type === TRUE || type === FALSE) return;
    if (type === BYTE) this.at += 1;
    else if (type === I16 || type === I32 || type === I64) this.#varint();
    else if (type === DOUBLE) this.at += 8;
    else if (type === BINARY) this.binary();
    else if (type === STRUCT) this.struct(() => false);
    else if (type === LIST || type === SET) {
      if (++this.#depth > MAX_DEPTH) throw new ThriftError("lists are nested too deeply");
      // In a list a truth value is a byte.
      this.list((_, element) => this.#skip(element === TRUE || element === FALSE ? BYTE : element));
      this.#depth--;
    } else throw new ThriftError(`there is no type ${type}`);
  }

  #byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new ThriftError("the bytes end too early");
    return byte;
  }

  /** Base 128, the low end first; exact up to 2^53. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new ThriftError("a number does not end");
  }
}
