import type { NdArray } from "../core/op.ts";
import { sizeOf } from "../core/shape.ts";

/** Repeatable numbers for tests: mulberry32, uniform in [0, 1). */
export function testRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Uniform values in [-scale, scale), already rounded to f32 so that GPU and reference see the same. */
export function randomArray(shape: readonly number[], seed: number, scale = 1): NdArray {
  const next = testRandom(seed);
  const data = Float64Array.from({ length: sizeOf(shape) }, () =>
    Math.fround((next() * 2 - 1) * scale),
  );
  return { shape, data };
}

/** Integers in [0, below). */
export function randomInts(shape: readonly number[], seed: number, below: number): NdArray {
  const next = testRandom(seed);
  return {
    shape,
    data: Float64Array.from({ length: sizeOf(shape) }, () => Math.floor(next() * below)),
  };
}
