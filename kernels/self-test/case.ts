// What a device's own test is made of: an op on numbers that are the same everywhere.
import { roundArray } from "../core/half.ts";
import type { NdArray, OpDefinition } from "../core/op.ts";
import type { Fed } from "../core/run-op.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { OPS, OpName } from "../index.ts";

/** One problem that an op is tried on. */
export interface SelfCase<A extends object = object> {
  /** What is tried: shapes, and what is unusual. */
  readonly name: string;
  readonly attrs: A;
  /** In the op's input order; null leaves out an optional input. Made when the case is run. */
  readonly inputs: () => readonly (Fed | null)[];
  /** Largest max|got - want| / max|want| that passes; {@link TOLERANCE} where absent, and 0 means the same values. */
  readonly tolerance?: number;
  /** Inputs that 16-mixed keeps in f16: the case is tried so as well where the device has it. */
  readonly halves?: readonly string[];
  /** Attributes and tolerance that go with that. */
  readonly inHalves?: { readonly attrs?: Partial<A>; readonly tolerance?: number };
}

/** Cases of these ops. The first of each is the one that a quick test takes. */
export type SelfCases<K extends OpName> = {
  readonly [P in K]: readonly SelfCase<(typeof OPS)[P] extends OpDefinition<infer A> ? A : never>[];
};

/** Sums of some hundred numbers in another order, functions as exact as WGSL asks of them. */
export const TOLERANCE = 2e-5;

/** mulberry32, uniform in [0, 1): half a million numbers must take no time. */
function uniforms(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Uniform in [-scale, scale), rounded to f32 so that GPU and reference see the same. */
export function numbers(shape: Shape, seed: number, scale = 1): NdArray {
  const next = uniforms(seed);
  const data = Float64Array.from({ length: sizeOf(shape) }, () =>
    Math.fround((2 * next() - 1) * scale),
  );
  return { shape, data };
}

export const floats = (shape: Shape, seed: number, scale = 1): Fed => ({
  array: numbers(shape, seed, scale),
});

/** At least 0.1. */
export const positive = (shape: Shape, seed: number): Fed => {
  const { data } = numbers(shape, seed);
  return { array: { shape, data: data.map((v) => Math.fround(Math.abs(v) + 0.1)) } };
};

/** Integers in [0, below). */
export function integers(
  shape: Shape,
  seed: number,
  below: number,
  dtype: "u32" | "i32" = "u32",
): Fed {
  const next = uniforms(seed);
  const data = Float64Array.from({ length: sizeOf(shape) }, () => Math.floor(next() * below));
  return { array: { shape, data }, dtype };
}

/** Just these numbers. */
export const exactly = (values: readonly number[], dtype: "f32" | "u32" | "i32" = "f32"): Fed => ({
  array: {
    shape: [values.length],
    data: Float64Array.from(values, dtype === "f32" ? Math.fround : Number),
  },
  dtype,
});

export const table = (rows: readonly (readonly number[])[]): Fed => ({
  array: {
    shape: [rows.length, rows[0]?.length ?? 0],
    data: Float64Array.from(rows.flat(), Math.fround),
  },
});

/** A mask: 0 where `hides` says so, else 1. */
export const mask = (shape: Shape, hides: (index: number) => boolean): Fed => ({
  array: {
    shape,
    data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => (hides(i) ? 0 : 1)),
  },
  dtype: "u32",
});

/** A result of a reference as an input of the next op, rounded as the GPU keeps it. */
export const kept = (array: NdArray | undefined): Fed => {
  if (!array) throw new Error("self-test: the reference must give this output");
  return { array: { shape: array.shape, data: array.data.map(Math.fround) } };
};

/** The case with its `halves` in f16: the reference sees them rounded. */
export function halved<A extends object>(
  { name, attrs, inputs, halves = [], inHalves = {}, tolerance }: SelfCase<A>,
  names: readonly string[],
): SelfCase<A> {
  return {
    name,
    attrs: { ...attrs, ...inHalves.attrs },
    inputs: () =>
      inputs().map((fed, i) =>
        fed && halves.includes((names[i] as string).replace(/\?$/, ""))
          ? { array: roundArray(fed.array), dtype: "f16" }
          : fed,
      ),
    tolerance: inHalves.tolerance ?? tolerance ?? TOLERANCE,
  };
}
