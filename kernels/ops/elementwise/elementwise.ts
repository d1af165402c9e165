// Pointwise arithmetic and column copies: what models need between the ops that have names.
import type { AdapterProfile } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor, type OpPlan } from "../../core/plan.ts";
import { type DType, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { TANH_WGSL } from "../activation/functions.ts";
import accumulateCode from "./accumulate.wgsl?raw";
import addCode from "./add.wgsl?raw";
import castCode from "./cast.wgsl?raw";
import copyCode from "./copy.wgsl?raw";
import { placeColumnsRef, sliceRef, zipRef } from "./elementwise.ref.ts";
import multiplyCode from "./multiply.wgsl?raw";
import placeColumnsCode from "./place_columns.wgsl?raw";
import scaleCode from "./scale.wgsl?raw";
import { requireSameShape, rowsOf } from "./shapes.ts";
import sliceCode from "./slice.wgsl?raw";
import softcapCode from "./softcap.wgsl?raw";
import softcapBackwardCode from "./softcap_backward.wgsl?raw";
import { bindRows, blocksOfRows, planFlat } from "./windows.ts";

const sizeOfSpec = (spec: TensorSpec | null | undefined): number =>
  sizeOf((spec as TensorSpec).shape);

const flag = (on: boolean | undefined): number => (on ? 1 : 0);

/** Cost of an element whose result overwrites, or is added to what the output holds. */
const addingTo = (name: string, adds: boolean | undefined, flops: number) =>
  adds ? { flops: flops + 1, updated: [name] } : { flops };

const NO_SECOND = { none: "second derivatives are not needed by any trainer here" };

/** One of two types that holds both. */
const wider = (a: TensorSpec, b: TensorSpec): DType => (a.dtype === b.dtype ? a.dtype : "f32");

/**
 * y = a + b, all of one shape; f16 where both are, else f32.
 *
 * @throws ShapeError when the shapes differ: nothing is broadcast.
 */
export const add: OpDefinition = {
  name: "add",
  inputs: ["a", "b"],
  outputs: ["y"],
  infer([a, b]) {
    const { shape } = requireSameShape("add", { a, b });
    return [{ shape, dtype: wider(a as TensorSpec, b as TensorSpec) }];
  },
  plan: ({ inputs: [a], adapter }) =>
    planFlat("add", addCode, ["a", "b", "y"], sizeOfSpec(a), adapter, { flops: 1 }),
  gradient: {
    saves: [],
    build: (_, { dOutput }) => ({ a: dOutput("y"), b: dOutput("y") }),
  },
  reference: ([a, b]) => [zipRef((p, q) => p + q, a as NdArray, b as NdArray)],
};

/**
 * y = into + x in the buffer of `into`, all of one shape.
 *
 * @throws ShapeError when the shapes differ.
 */
export const accumulate: OpDefinition = {
  name: "accumulate",
  inputs: ["into", "x"],
  outputs: ["y"],
  inPlace: { y: "into" },
  infer: ([into, x]) => [requireSameShape("accumulate", { into, x })],
  plan: ({ inputs: [, x], adapter }) =>
    planFlat("accumulate", accumulateCode, ["x", "y"], sizeOfSpec(x), adapter, {
      flops: 1,
      updated: ["y"],
    }),
  gradient: {
    saves: [],
    build: (_, { dOutput }) => ({ into: dOutput("y"), x: dOutput("y") }),
  },
  reference: ([into, x]) => [zipRef((p, q) => p + q, into as NdArray, x as NdArray)],
};

/**
 * y = a * b, elementwise, all of one shape; f16 where both are, else f32.
 *
 * @throws ShapeError when the shapes differ: nothing is broadcast.
 */
export const multiply: OpDefinition = {
  name: "multiply",
  inputs: ["a", "b"],
  outputs: ["y"],
  accumulable: ["y"],
  infer([a, b]) {
    const { shape } = requireSameShape("multiply", { a, b });
    return [{ shape, dtype: wider(a as TensorSpec, b as TensorSpec) }];
  },
  plan: ({ inputs: [a], accumulate: [adds], adapter }) =>
    planFlat(
      "multiply",
      multiplyCode,
      ["a", "b", "y"],
      sizeOfSpec(a),
      adapter,
      addingTo("y", adds, 1),
      { accumulate: flag(adds) },
    ),
  gradient: {
    saves: ["a", "b"],
    build: (g, { input, dOutput, needs }) => {
      const dy = dOutput("y");
      const times = (other: string) => dy && (g.emit(multiply, [dy, input(other)], {})[0] ?? null);
      return { a: needs("a") ? times("b") : null, b: needs("b") ? times("a") : null };
    },
  },
  reference: ([a, b]) => [zipRef((p, q) => p * q, a as NdArray, b as NdArray)],
};

export interface ScaleAttrs {
  readonly factor: number;
}

/** y = factor * x, any shape. */
export const scale: OpDefinition<ScaleAttrs> = {
  name: "scale",
  inputs: ["x"],
  outputs: ["y"],
  accumulable: ["y"],
  infer: ([x]) => [x as TensorSpec],
  plan: ({ inputs: [x], attrs: { factor }, accumulate: [adds], adapter }) =>
    planFlat("scale", scaleCode, ["x", "y"], sizeOfSpec(x), adapter, addingTo("y", adds, 1), {
      factor: { f32: factor },
      accumulate: flag(adds),
    }),
  gradient: {
    saves: [],
    build: (g, { attrs, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(scale, [dy], attrs)[0] ?? null) };
    },
  },
  reference: ([x], { factor }) => [zipRef((v) => factor * v, x as NdArray)],
};

/**
 * y = x, bit for bit; any shape, f32, u32 or i32.
 *
 * @throws ShapeError for f16, whose elements are not whole words.
 */
export const copy: OpDefinition = {
  name: "copy",
  inputs: ["x"],
  outputs: ["y"],
  infer([x]) {
    const spec = x as TensorSpec;
    if (spec.dtype === "f16")
      throw new ShapeError("copy", "x must have four-byte elements; it is f16. Cast it first.");
    return [spec];
  },
  plan: ({ inputs: [x], adapter }) =>
    planFlat("copy", copyCode, ["x", "y"], sizeOfSpec(x), adapter, { flops: 0 }),
  gradient: {
    saves: [],
    build: (_, { dOutput }) => ({ x: dOutput("y") }),
  },
  reference: ([x]) => [zipRef((v) => v, x as NdArray)],
};

export interface CastAttrs {
  readonly dtype: "f32" | "f16";
}

/**
 * y = x as another type, f32 or f16; any shape. Where `into` is given, y lies in its buffer: the copy
 * of parameters that is kept beside them.
 *
 * @throws ShapeError when x holds integers, or into does not fit.
 * @see cast.wgsl for rounding.
 */
export const cast: OpDefinition<CastAttrs> = {
  name: "cast",
  inputs: ["x", "into?"],
  outputs: ["y"],
  inPlace: { y: "into" },
  accumulable: ["y"],
  infer([x, into], { dtype }) {
    const { shape, dtype: from } = requireSameShape("cast", { x, ...(into ? { into } : {}) });
    if (from === "u32" || from === "i32" || (into && into.dtype !== dtype))
      throw new ShapeError(
        "cast",
        `x must be f32 or f16, and into ${dtype}; x is ${from}, into ${into?.dtype ?? "left out"}`,
      );
    return [{ shape, dtype }];
  },
  plan: ({ inputs: [x], accumulate: [adds], adapter }) =>
    planFlat("cast", castCode, ["x", "y"], sizeOfSpec(x), adapter, addingTo("y", adds, 0), {
      accumulate: flag(adds),
    }),
  gradient: {
    saves: [],
    build: (_, { dOutput }) => ({ x: dOutput("y") }),
  },
  reference: ([x]) => [zipRef((v) => v, x as NdArray)],
};

export interface SoftcapAttrs {
  /** Results stay within (-cap, cap). */
  readonly cap: number;
}

/**
 * y = cap * tanh(x / cap), in the buffer of `x`; f32 of any shape.
 *
 * @throws ShapeError unless cap is positive and finite.
 * @see softcap.wgsl for source.
 */
export const softcap: OpDefinition<SoftcapAttrs> = {
  name: "softcap",
  inputs: ["x"],
  outputs: ["y"],
  inPlace: { y: "x" },
  infer([x], { cap }) {
    if (!(cap > 0 && cap < Number.POSITIVE_INFINITY))
      throw new ShapeError("softcap", `cap must be a positive number; it is ${cap}`);
    return [x as TensorSpec];
  },
  plan: ({ inputs: [x], attrs: { cap }, adapter }) =>
    planFlat(
      "softcap",
      TANH_WGSL + softcapCode,
      ["y"],
      sizeOfSpec(x),
      adapter,
      { flops: 9, updated: ["y"] },
      { cap: { f32: cap } },
    ),
  gradient: {
    saves: ["y"],
    build: (g, { attrs, output, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(softcapBackward, [output("y"), dy], attrs)[0] ?? null) };
    },
  },
  reference: ([x], { cap }) => [zipRef((v) => cap * Math.tanh(v / cap), x as NdArray)],
};

/**
 * Gradient of {@link softcap}: from `y` (saved output) and `dy`, writes `dx` in the buffer of `dy`.
 *
 * @throws ShapeError when the shapes differ.
 */
export const softcapBackward: OpDefinition<SoftcapAttrs> = {
  name: "softcapBackward",
  inputs: ["y", "dy"],
  outputs: ["dx"],
  inPlace: { dx: "dy" },
  infer: ([y, dy]) => [requireSameShape("softcapBackward", { y, dy })],
  plan: ({ inputs: [y], attrs: { cap }, adapter }) =>
    planFlat(
      "softcapBackward",
      softcapBackwardCode,
      ["y", "dx"],
      sizeOfSpec(y),
      adapter,
      { flops: 5, updated: ["dx"] },
      { cap: { f32: cap } },
    ),
  gradient: NO_SECOND,
  reference: ([y, dy], { cap }) => [
    zipRef((v, d) => d * (1 - v / cap) * (1 + v / cap), y as NdArray, dy as NdArray),
  ],
};

export interface SliceAttrs {
  /** First column taken. */
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/**
 * Columns `[from, to)` of the last axis: `x` `[..., cols]` to `y` `[..., to - from]`.
 *
 * @throws ShapeError unless 0 <= from < to <= cols.
 */
export const slice: OpDefinition<SliceAttrs> = {
  name: "slice",
  inputs: ["x"],
  outputs: ["y"],
  accumulable: ["y"],
  infer([x], { from, to }) {
    const { shape, dtype } = x as TensorSpec;
    const { cols } = rowsOf("slice", "x", x as TensorSpec);
    if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= cols))
      throw new ShapeError(
        "slice",
        `columns [${from}, ${to}) must lie within the last axis; x is ${showShape(shape)}`,
      );
    return [{ shape: [...shape.slice(0, -1), to - from], dtype }];
  },
  plan: ({ inputs: [x], outputs: [y], attrs: { from }, accumulate: [adds], adapter }) =>
    planColumns("slice", sliceCode, x as TensorSpec, y as TensorSpec, from, adds, adapter),
  gradient: {
    saves: [],
    build: (g, { attrs: { from }, spec, dOutput }) => {
      const dy = dOutput("y");
      const width = spec("x").shape.at(-1) as number;
      return { x: dy && (g.emit(placeColumns, [dy], { from, width })[0] ?? null) };
    },
  },
  reference: ([x], { from, to }) => [sliceRef(x as NdArray, from, to)],
};

export interface PlaceColumnsAttrs {
  /** Column of `y` where `x` starts. */
  readonly from: number;
  /** Columns of `y`. */
  readonly width: number;
}

/**
 * The inverse of {@link slice}: `x` `[..., cols]` becomes columns `[from, from + cols)` of `y`
 * `[..., width]`, which is zero elsewhere. Accumulating, it touches only those columns.
 *
 * @throws ShapeError unless the columns fit the width.
 */
export const placeColumns: OpDefinition<PlaceColumnsAttrs> = {
  name: "placeColumns",
  inputs: ["x"],
  outputs: ["y"],
  accumulable: ["y"],
  infer([x], { from, width }) {
    const { shape, dtype } = x as TensorSpec;
    const { cols } = rowsOf("placeColumns", "x", x as TensorSpec);
    if (!(Number.isInteger(from) && Number.isInteger(width) && 0 <= from && from + cols <= width))
      throw new ShapeError(
        "placeColumns",
        `columns from ${from} must lie within width ${width}; x is ${showShape(shape)}`,
      );
    return [{ shape: [...shape.slice(0, -1), width], dtype }];
  },
  plan: ({ inputs: [x], outputs: [y], attrs: { from }, accumulate: [adds], adapter }) =>
    planColumns(
      "placeColumns",
      placeColumnsCode,
      x as TensorSpec,
      y as TensorSpec,
      from,
      adds,
      adapter,
    ),
  gradient: {
    saves: [],
    build: (g, { attrs: { from }, spec, dOutput }) => {
      const dy = dOutput("y");
      const to = from + (spec("x").shape.at(-1) as number);
      return { x: dy && (g.emit(slice, [dy], { from, to })[0] ?? null) };
    },
  },
  reference: ([x], { from, width }) => [placeColumnsRef(x as NdArray, from, width)],
};

/** Both column copies: one invocation per four columns of `y`, in windows of rows where needed. */
function planColumns(
  label: string,
  code: string,
  x: TensorSpec,
  y: TensorSpec,
  start: number,
  adds: boolean | undefined,
  adapter: AdapterProfile,
): OpPlan {
  const { rows, cols: xCols } = rowsOf(label, "x", x);
  const { cols: yCols } = rowsOf(label, "y", y);
  const windows = blocksOfRows(label, rows, Math.max(xCols, yCols), adapter);
  return {
    dispatches: windows.map((window) => ({
      label,
      code,
      bindings: [bindRows("x", window, rows, xCols), bindRows("y", window, rows, yCols)],
      params: { rows: window.count, xCols, yCols, start, accumulate: flag(adds) },
      workgroups: gridFor(Math.ceil((window.count * Math.ceil(yCols / 4)) / 64)),
      // Both touch the narrower of the two only; placed without adding, the rest becomes zero.
      cost: {
        flops: adds ? window.count * Math.min(xCols, yCols) : 0,
        bytes:
          4 *
          window.count *
          (Math.min(xCols, yCols) * (adds ? 2 : 1) + (adds ? Math.min(xCols, yCols) : yCols)),
      },
    })),
  };
}
