import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import forwardCode from "./log_softmax.wgsl?raw";
import backwardCode from "./log_softmax_backward.wgsl?raw";
import { logSoftmaxBackwardRef, logSoftmaxRef } from "./log-softmax.ref.ts";

function rowsOf(op: string, x: TensorSpec): { rows: number; cols: number } {
  const cols = x.shape.at(-1);
  if (!cols) throw new ShapeError(op, `needs a non-empty last axis; x is ${showShape(x.shape)}`);
  return { rows: sizeOf(x.shape) / cols, cols };
}

/**
 * Logarithm of the softmax over the last axis.
 *
 * Input `x` `[..., cols]` f32 logits. Outputs `y`, shaped like `x` (nats), and `logsumexp` `[...]`,
 * the logarithm of each row's normaliser.
 *
 * @throws ShapeError if `x` is a scalar or its last axis is empty.
 * @see log_softmax.wgsl for numerics and source; log-softmax.ref.ts for the CPU reference.
 */
export const logSoftmax: OpDefinition = {
  name: "logSoftmax",
  inputs: ["x"],
  outputs: ["y", "logsumexp"],
  infer([x]) {
    rowsOf("logSoftmax", x as TensorSpec);
    return [x as TensorSpec, f32((x as TensorSpec).shape.slice(0, -1))];
  },
  plan({ inputs: [x], adapter }) {
    const { rows, cols } = rowsOf("logSoftmax", x as TensorSpec);
    return {
      dispatches: rowWindows("logSoftmax", rows, cols, adapter).map(
        ({ first, count, offset, length }) => {
          const { prelude, ...launch } = rowLaunch(count, cols, adapter);
          return {
            label: "logSoftmax",
            code: prelude + forwardCode,
            bindings: [{ name: "x", offset, length }, { name: "y", offset, length }, "logsumexp"],
            params: { rows: count, cols, firstRow: first },
            ...launch,
            cost: { flops: 5 * length },
          };
        },
      ),
    };
  },
  gradient: {
    saves: ["y"],
    build: (g, { output, dOutput }) => {
      const [dy, dLogsumexp] = [dOutput("y"), dOutput("logsumexp")];
      if (!dy && !dLogsumexp) return { x: null };
      return { x: g.emit(logSoftmaxBackward, [output("y"), dy, dLogsumexp], {})[0] ?? null };
    },
  },
  reference([x]) {
    const { y, logsumexp } = logSoftmaxRef(x as NdArray);
    return [y, logsumexp];
  },
};

/**
 * Gradient of {@link logSoftmax}: from `y` (saved output), `dy` shaped like it and `dLogsumexp` `[...]`,
 * of which either may be missing, writes `dx`.
 */
export const logSoftmaxBackward: OpDefinition = {
  name: "logSoftmaxBackward",
  inputs: ["y", "dy?", "dLogsumexp?"],
  outputs: ["dx"],
  infer([y]) {
    rowsOf("logSoftmaxBackward", y as TensorSpec);
    return [y as TensorSpec];
  },
  plan({ inputs: [y, dy, dLogsumexp], adapter }) {
    const { rows, cols } = rowsOf("logSoftmaxBackward", y as TensorSpec);
    return {
      dispatches: rowWindows("logSoftmaxBackward", rows, cols, adapter).map(
        ({ first, count, offset, length }) => {
          const { prelude, constants, workgroups } = rowLaunch(count, cols, adapter);
          return {
            label: "logSoftmaxBackward",
            code: prelude + backwardCode,
            constants: {
              ...constants,
              HAS_DY: dy ? 1 : 0,
              HAS_DLOGSUMEXP: dLogsumexp ? 1 : 0,
            },
            // What is missing is never read; y stands in, so that something is bound.
            bindings: [
              { name: "y", offset, length },
              { name: dy ? "dy" : "y", offset, length },
              dLogsumexp ? "dLogsumexp" : { name: "y", offset, length },
              { name: "dx", offset, length },
            ],
            params: { rows: count, cols, firstRow: first },
            workgroups,
            cost: { flops: 4 * length },
          };
        },
      ),
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([y, dy, dLogsumexp]) => [
    logSoftmaxBackwardRef(y as NdArray, dy ?? null, dLogsumexp ?? null),
  ],
};
