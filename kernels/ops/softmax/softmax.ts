import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { softmaxBackwardRef, softmaxRef } from "./softmax.ref.ts";
import forwardCode from "./softmax.wgsl?raw";
import backwardCode from "./softmax_backward.wgsl?raw";

function rowsOf(op: string, x: TensorSpec): { rows: number; cols: number } {
  const cols = x.shape.at(-1);
  if (!cols) throw new ShapeError(op, `needs a non-empty last axis; x is ${showShape(x.shape)}`);
  return { rows: sizeOf(x.shape) / cols, cols };
}

/**
 * Softmax over the last axis.
 *
 * Input `x` `[..., cols]` f32 logits; leading axes are treated as rows. Output `y`, shaped like
 * `x`; each row sums to 1.
 *
 * @throws ShapeError if `x` is a scalar or its last axis is empty.
 * @see softmax.wgsl for numerics and source; softmax.ref.ts for the CPU reference.
 */
export const softmax: OpDefinition = {
  name: "softmax",
  inputs: ["x"],
  outputs: ["y"],
  infer([x]) {
    rowsOf("softmax", x as TensorSpec);
    return [x as TensorSpec];
  },
  plan({ inputs: [x] }) {
    const { rows, cols } = rowsOf("softmax", x as TensorSpec);
    return {
      dispatches: [
        {
          label: "softmax",
          code: forwardCode,
          bindings: ["x", "y"],
          params: { rows, cols },
          workgroups: gridFor(rows),
          cost: { flops: 5 * rows * cols },
        },
      ],
    };
  },
  gradient: {
    saves: ["y"],
    build: (g, { output, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(softmaxBackward, [output("y"), dy], {})[0] ?? null) };
    },
  },
  reference: ([x]) => [softmaxRef(x as NdArray)],
};

/** Gradient of {@link softmax}: from `y` (saved output) and `dy`, writes `dx`, all shaped like `y`. */
export const softmaxBackward: OpDefinition = {
  name: "softmaxBackward",
  inputs: ["y", "dy"],
  outputs: ["dx"],
  infer([y]) {
    rowsOf("softmaxBackward", y as TensorSpec);
    return [y as TensorSpec];
  },
  plan({ inputs: [y] }) {
    const { rows, cols } = rowsOf("softmaxBackward", y as TensorSpec);
    return {
      dispatches: [
        {
          label: "softmaxBackward",
          code: backwardCode,
          bindings: ["y", "dy", "dx"],
          params: { rows, cols },
          workgroups: gridFor(rows),
          cost: { flops: 4 * rows * cols },
        },
      ],
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([y, dy]) => [softmaxBackwardRef(y as NdArray, dy as NdArray)],
};
