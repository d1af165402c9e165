import type { NdArray, OpDefinition } from "../../core/op.ts";
import { sizeOf, type TensorSpec } from "../../core/shape.ts";
import { requireSameShape } from "../elementwise/shapes.ts";
import { planFlat } from "../elementwise/windows.ts";
import { activationBackwardRef, activationRef } from "./activation.ref.ts";
import forwardCode from "./activation.wgsl?raw";
import backwardCode from "./activation_backward.wgsl?raw";
import { type ActivationKind, activationRow, withActivation } from "./functions.ts";

export { type ActivationKind, activationWgsl } from "./functions.ts";

export interface ActivationAttrs {
  readonly kind: ActivationKind;
}

/**
 * A pointwise nonlinearity. Input `x`, any shape, f32; output `y`, shaped like `x`.
 *
 * @see functions.ts for the formulas; activation.wgsl for source.
 */
export const activation: OpDefinition<ActivationAttrs> = {
  name: "activation",
  inputs: ["x"],
  outputs: ["y"],
  infer: ([x]) => [x as TensorSpec],
  plan: ({ inputs: [x], attrs: { kind }, adapter }) =>
    planFlat(
      `activation/${kind}`,
      withActivation(kind, forwardCode),
      ["x", "y"],
      sizeOf((x as TensorSpec).shape),
      adapter,
      { flops: activationRow(kind).flops },
    ),
  gradient: {
    saves: ["x"],
    build: (g, { attrs, input, dOutput }) => {
      const dy = dOutput("y");
      return { x: dy && (g.emit(activationBackward, [input("x"), dy], attrs)[0] ?? null) };
    },
  },
  reference: ([x], { kind }) => [activationRef(x as NdArray, kind)],
};

/**
 * Gradient of {@link activation}: from its input `x` and `dy`, of one shape, writes or adds to `dx`.
 *
 * @throws ShapeError when the shapes differ.
 */
export const activationBackward: OpDefinition<ActivationAttrs> = {
  name: "activationBackward",
  inputs: ["x", "dy"],
  outputs: ["dx"],
  accumulable: ["dx"],
  infer: ([x, dy]) => [requireSameShape("activationBackward", { x, dy })],
  plan: ({ inputs: [x], attrs: { kind }, accumulate, adapter }) =>
    planFlat(
      `activationBackward/${kind}`,
      withActivation(kind, backwardCode),
      ["x", "dy", "dx"],
      sizeOf((x as TensorSpec).shape),
      adapter,
      { flops: activationRow(kind).derivativeFlops + 1, updated: accumulate[0] ? ["dx"] : [] },
      { accumulate: accumulate[0] ? 1 : 0 },
    ),
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([x, dy], { kind }) => [activationBackwardRef(x as NdArray, dy as NdArray, kind)],
};
