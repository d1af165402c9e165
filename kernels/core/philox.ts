// The counter-based generator behind every random number here, GPU and CPU alike. A draw is a pure
// function of (seed, stream, step, index), so a resumed or recomputed run draws the same numbers.
import wgsl from "./philox.wgsl?raw";

/** WGSL of the same generator; prepend it to a kernel's code. */
export const philoxCode: string = wgsl;

/** High 32 bits of the product of two u32. */
function mulHi(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const mid = Math.floor((a0 * b0) / 65536) + (p01 % 65536) + (p10 % 65536);
  return (
    (a1 * b1 + Math.floor(p01 / 65536) + Math.floor(p10 / 65536) + Math.floor(mid / 65536)) >>> 0
  );
}

/**
 * Philox4x32-10 (Salmon et al. 2011).
 *
 * @param counter four u32; @param key two u32.
 * @returns four u32 of uniform bits.
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let i = 0; i < 10; i++) {
    const h0 = mulHi(0xd2511f53, c0);
    const l0 = Math.imul(0xd2511f53, c0) >>> 0;
    const h1 = mulHi(0xcd9e8d57, c2);
    const l1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1, (h0 ^ c3 ^ k1) >>> 0, l0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Named streams: two that differ never share a number. Parameters take PARAMETERS + index. */
export const STREAMS = { data: 1, dropout: 0x10000, sampling: 2, corpus: 3, parameters: 0x20000 };

/** A stream of numbers on the CPU: counter = (index, step, stream, 0), key = the seed's two words. */
export class RandomStream {
  #index = 0;
  #words: readonly number[] = [];

  constructor(
    readonly seed: number,
    readonly stream: number,
    readonly step = 0,
  ) {}

  /** The next u32. */
  nextU32(): number {
    const lane = this.#index % 4;
    if (lane === 0)
      this.#words = philox([this.#index >>> 2, this.step, this.stream, 0], seedKey(this.seed));
    this.#index++;
    return this.#words[lane] as number;
  }

  /** Uniform in [0, 1), 32 bits. */
  next(): number {
    return this.nextU32() / 4294967296;
  }

  /** Uniform integer in [0, below). @throws RangeError unless 0 < below <= 2^32. */
  below(below: number): number {
    if (!(below > 0 && below <= 4294967296))
      throw new RangeError(`RandomStream: below must be in (0, 2^32]; it is ${below}`);
    return Math.floor(this.next() * below);
  }

  /** Standard normal (Box-Muller, one of the pair). */
  normal(): number {
    const u = 1 - this.next(); // (0, 1]: its logarithm is finite
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.next());
  }
}

/** A seed (integer up to 2^53) as the generator's key. */
export function seedKey(seed: number): [number, number] {
  return [seed >>> 0, Math.floor(seed / 4294967296) >>> 0];
}
