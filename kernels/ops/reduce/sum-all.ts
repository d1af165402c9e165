import type { AdapterProfile } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor, type OpPlan } from "../../core/plan.ts";
import { f32, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { fillFrom } from "./fill-from.ts";
import { sumAllRef } from "./reduce.ref.ts";
import code from "./sum_all.wgsl?raw";
import squaresBackwardCode from "./sum_of_squares_backward.wgsl?raw";

/** Elements one workgroup adds before a second pass is worth its dispatch; and most chunks of that pass. */
const CHUNK_SIZE = 4096;
const MAX_CHUNKS = 1024;

/** The dispatches that reduce tensor `x` to tensor `y` [1]; other ops embed them in their own plans. */
export function planSum(
  size: number,
  adapter: AdapterProfile,
  options: { label: string; x: string; y: string; squared: boolean; scale: number; temp: string },
): OpPlan {
  const { label, x, y, squared, scale, temp } = options;
  const chunkSize = Math.max(CHUNK_SIZE, Math.ceil(size / MAX_CHUNKS / 64) * 64);
  const chunks = Math.max(1, Math.ceil(size / chunkSize));
  const windows = rowWindows(label, size, 1, adapter, chunkSize);
  const last = chunks === 1;
  const partial = windows.map(
    ({ first, count, offset, length }): Dispatch => ({
      label: last ? label : `${label}/partial`,
      code,
      constants: { SQUARED: squared ? 1 : 0 },
      bindings: [{ name: x, offset, length }, last ? y : temp],
      params: {
        size: count,
        chunkSize,
        firstChunk: first / chunkSize,
        chunks: Math.max(1, Math.ceil(count / chunkSize)),
        scale: { f32: last ? scale : 1 },
      },
      workgroups: gridFor(Math.max(1, Math.ceil(count / chunkSize))),
      cost: { flops: count * (squared ? 2 : 1) },
    }),
  );
  if (last) return { dispatches: partial };
  return {
    temps: { [temp]: f32([chunks]) },
    dispatches: [
      ...partial,
      {
        label: `${label}/total`,
        code,
        constants: { SQUARED: 0 },
        bindings: [temp, y],
        params: {
          size: chunks,
          chunkSize: chunks,
          firstChunk: 0,
          chunks: 1,
          scale: { f32: scale },
        },
        workgroups: [1, 1, 1],
        cost: { flops: chunks },
      },
    ],
  };
}

export interface SumAllAttrs {
  /** Divide by the number of elements; the mean of an empty tensor is 0. */
  readonly mean?: boolean;
}

const scaleOf = (x: TensorSpec, attrs: SumAllAttrs): number =>
  attrs.mean ? 1 / Math.max(1, sizeOf(x.shape)) : 1;

/**
 * Sum, or mean, of every element. The order of additions is fixed.
 *
 * Input `x` `[...]` f32. Output `y` `[1]` f32.
 *
 * @see sum_all.wgsl for numerics; reduce.ref.ts for the CPU reference.
 */
export const sumAll: OpDefinition<SumAllAttrs> = {
  name: "sumAll",
  inputs: ["x"],
  outputs: ["y"],
  infer: () => [f32([1])],
  plan: ({ inputs: [x], attrs, adapter }) =>
    planSum(sizeOf((x as TensorSpec).shape), adapter, {
      label: "sumAll",
      x: "x",
      y: "y",
      squared: false,
      scale: scaleOf(x as TensorSpec, attrs),
      temp: "partial",
    }),
  gradient: {
    saves: [],
    build: (g, { attrs, dOutput, spec }) => {
      const dy = dOutput("y");
      const x = spec("x");
      const to = { shape: x.shape, factor: scaleOf(x, attrs) };
      return { x: dy && (g.emit(fillFrom, [dy], to)[0] ?? null) };
    },
  },
  reference: ([x], { mean }) => [sumAllRef(x as NdArray, mean ?? false)],
};

/**
 * Sum of the squares of every element: gradient norms, reconstruction errors. The order is fixed.
 *
 * Input `x` `[...]` f32. Output `y` `[1]` f32.
 *
 * @see sum_all.wgsl for numerics; reduce.ref.ts for the CPU reference.
 */
export const sumOfSquares: OpDefinition = {
  name: "sumOfSquares",
  inputs: ["x"],
  outputs: ["y"],
  infer: () => [f32([1])],
  plan: ({ inputs: [x], adapter }) =>
    planSum(sizeOf((x as TensorSpec).shape), adapter, {
      label: "sumOfSquares",
      x: "x",
      y: "y",
      squared: true,
      scale: 1,
      temp: "partial",
    }),
  gradient: {
    saves: ["x"],
    build: (g, { input, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(sumOfSquaresBackward, [input("x"), dy], {})[0] ?? null) };
    },
  },
  reference: ([x]) => [sumAllRef(x as NdArray, false, (v) => v * v)],
};

/** Gradient of {@link sumOfSquares}: from `x` and `ds` `[1]`, writes `dx = 2 x ds`, shaped like `x`. */
export const sumOfSquaresBackward: OpDefinition = {
  name: "sumOfSquaresBackward",
  inputs: ["x", "ds"],
  outputs: ["dx"],
  infer: ([x]) => [x as TensorSpec],
  plan({ inputs: [x], adapter }) {
    const windows = rowWindows("sumOfSquaresBackward", sizeOf((x as TensorSpec).shape), 1, adapter);
    return {
      dispatches: windows.map(({ offset, length }) => ({
        label: "sumOfSquaresBackward",
        code: squaresBackwardCode,
        bindings: [{ name: "x", offset, length }, "ds", { name: "dx", offset, length }],
        params: { size: length },
        workgroups: gridFor(Math.ceil(length / 256)),
        cost: { flops: 2 * length },
      })),
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([x, ds]) {
    const scale = 2 * ((ds as NdArray).data[0] as number);
    return [{ shape: (x as NdArray).shape, data: (x as NdArray).data.map((v) => scale * v) }];
  },
};
