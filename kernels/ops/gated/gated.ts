// Gated MLPs: silu gives SwiGLU, gelu_tanh gives GeGLU.
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor, type OpPlan } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { type ActivationKind, activationRow, withActivation } from "../activation/functions.ts";
import { placeColumnsRef, sliceRef, zipRef } from "../elementwise/elementwise.ref.ts";
import { requireSameShape, rowsOf } from "../elementwise/shapes.ts";
import { bindRows, blocksOfRows, planFlat } from "../elementwise/windows.ts";
import { gatedBackwardRef, gatedRef } from "./gated.ref.ts";
import forwardCode from "./gated.wgsl?raw";
import backwardCode from "./gated_backward.wgsl?raw";
import packedForwardCode from "./gated_packed.wgsl?raw";
import packedBackwardCode from "./gated_packed_backward.wgsl?raw";

export interface GatedAttrs {
  /** Applied to the gate. */
  readonly kind: ActivationKind;
}

/** Operations per element of y: act(gate) up, and dy up act'(gate), dy act(gate). */
const forwardFlops = (kind: ActivationKind): number => activationRow(kind).flops + 1;
const backwardFlops = (kind: ActivationKind): number =>
  activationRow(kind).flops + activationRow(kind).derivativeFlops + 3;

/**
 * y = act(gate) * up, all f32 of one shape.
 *
 * @throws ShapeError when the shapes differ.
 * @see gated.wgsl for source.
 */
export const gated: OpDefinition<GatedAttrs> = {
  name: "gated",
  inputs: ["gate", "up"],
  outputs: ["y"],
  infer: ([gate, up]) => [requireSameShape("gated", { gate, up })],
  plan: ({ inputs: [gate], attrs: { kind }, adapter }) =>
    planFlat(
      `gated/${kind}`,
      withActivation(kind, forwardCode),
      ["gate", "up", "y"],
      sizeOf((gate as TensorSpec).shape),
      adapter,
      { flops: forwardFlops(kind) },
    ),
  gradient: {
    saves: ["gate", "up"],
    build: (g, { attrs, input, dOutput }) => {
      const dy = dOutput("y");
      if (!dy) return {};
      const [gate = null, up = null] = g.emit(
        gatedBackward,
        [input("gate"), input("up"), dy],
        attrs,
      );
      return { gate, up };
    },
  },
  reference: ([gate, up], { kind }) => [gatedRef(gate as NdArray, up as NdArray, kind)],
};

/**
 * Gradient of {@link gated}: from `gate`, `up` and `dy`, writes `dgate` and `dup`, all of one shape.
 *
 * @throws ShapeError when the shapes differ.
 */
export const gatedBackward: OpDefinition<GatedAttrs> = {
  name: "gatedBackward",
  inputs: ["gate", "up", "dy"],
  outputs: ["dgate", "dup"],
  infer([gate, up, dy]) {
    const spec = requireSameShape("gatedBackward", { gate, up, dy });
    return [spec, spec];
  },
  plan: ({ inputs: [gate], attrs: { kind }, adapter }) =>
    planFlat(
      `gatedBackward/${kind}`,
      withActivation(kind, backwardCode),
      ["gate", "up", "dy", "dgate", "dup"],
      sizeOf((gate as TensorSpec).shape),
      adapter,
      { flops: backwardFlops(kind) },
    ),
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([gate, up, dy], { kind }) =>
    gatedBackwardRef(gate as NdArray, up as NdArray, dy as NdArray, kind),
};

function packedRows(op: string, x: TensorSpec): { rows: number; hidden: number } {
  const { rows, cols } = rowsOf(op, "x", x);
  if (cols % 2 !== 0)
    throw new ShapeError(
      op,
      `the last axis of x must be even, gate then up; x is ${showShape(x.shape)}`,
    );
  return { rows, hidden: cols / 2 };
}

/** Splits packed rows into gate and up. */
const unpack = (x: NdArray): [NdArray, NdArray] => {
  const width = x.shape.at(-1) as number;
  return [sliceRef(x, 0, width / 2), sliceRef(x, width / 2, width)];
};

/**
 * {@link gated} of one tensor: `x` `[..., 2 * hidden]` f32 holds gate, then up, on its last axis;
 * `y` is `[..., hidden]`.
 *
 * @throws ShapeError if the last axis is empty or odd.
 * @see gated_packed.wgsl for source.
 */
export const gatedPacked: OpDefinition<GatedAttrs> = {
  name: "gatedPacked",
  inputs: ["x"],
  outputs: ["y"],
  infer([x]) {
    const { hidden } = packedRows("gatedPacked", x as TensorSpec);
    const { shape, dtype } = x as TensorSpec;
    return [{ shape: [...shape.slice(0, -1), hidden], dtype }];
  },
  plan({ inputs: [x], attrs: { kind }, adapter }) {
    const { rows, hidden } = packedRows("gatedPacked", x as TensorSpec);
    const dispatches = blocksOfRows("gatedPacked", rows, 2 * hidden, adapter).map((window) => ({
      label: `gatedPacked/${kind}`,
      code: withActivation(kind, packedForwardCode),
      bindings: [bindRows("x", window, rows, 2 * hidden), bindRows("y", window, rows, hidden)],
      params: { rows: window.count, hidden },
      workgroups: gridFor(Math.ceil((window.count * Math.ceil(hidden / 4)) / 64)),
      cost: { flops: forwardFlops(kind) * window.count * hidden },
    }));
    return { dispatches };
  },
  gradient: {
    saves: ["x"],
    build: (g, { attrs, input, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(gatedPackedBackward, [input("x"), dy], attrs)[0] ?? null) };
    },
  },
  reference([x], { kind }) {
    const [gate, up] = unpack(x as NdArray);
    return [gatedRef(gate, up, kind)];
  },
};

/**
 * Gradient of {@link gatedPacked}: from `x` `[..., 2 * hidden]` and `dy` `[..., hidden]`, writes `dx`,
 * shaped like `x`.
 *
 * @throws ShapeError when `dy` is not half of `x`.
 */
export const gatedPackedBackward: OpDefinition<GatedAttrs> = {
  name: "gatedPackedBackward",
  inputs: ["x", "dy"],
  outputs: ["dx"],
  infer([x, dy]) {
    const { hidden } = packedRows("gatedPackedBackward", x as TensorSpec);
    const half = f32([...(x as TensorSpec).shape.slice(0, -1), hidden]);
    requireSameShape("gatedPackedBackward", { "half of x": half, dy });
    return [x as TensorSpec];
  },
  plan({ inputs: [x], attrs: { kind }, adapter }): OpPlan {
    const { rows, hidden } = packedRows("gatedPackedBackward", x as TensorSpec);
    const windows = blocksOfRows("gatedPackedBackward", rows, 2 * hidden, adapter);
    const dispatches = windows.map((window) => ({
      label: `gatedPackedBackward/${kind}`,
      code: withActivation(kind, packedBackwardCode),
      bindings: [
        bindRows("x", window, rows, 2 * hidden),
        bindRows("dy", window, rows, hidden),
        bindRows("dx", window, rows, 2 * hidden),
      ],
      params: { rows: window.count, hidden },
      workgroups: gridFor(Math.ceil((window.count * Math.ceil(hidden / 4)) / 64)),
      cost: { flops: backwardFlops(kind) * window.count * hidden },
    }));
    return { dispatches };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([x, dy], { kind }) {
    const [gate, up] = unpack(x as NdArray);
    const hidden = gate.shape.at(-1) as number;
    const [dgate, dup] = gatedBackwardRef(gate, up, dy as NdArray, kind);
    return [
      zipRef(
        (a, b) => a + b,
        placeColumnsRef(dgate, 0, 2 * hidden),
        placeColumnsRef(dup, hidden, 2 * hidden),
      ),
    ];
  },
};
