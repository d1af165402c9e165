import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import {
  f32,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  type TensorSpec,
} from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import code from "./fill_from.wgsl?raw";

export interface FillFromAttrs {
  /** Shape of the result. Its last axis is as long as `s`, unless `s` has one element. */
  readonly shape: Shape;
  /** Every element is multiplied by this; 1 when left out. */
  readonly factor?: number;
}

/**
 * A tensor filled from a vector, row by row: the gradient of a sum, and a constant's spread.
 *
 * Input `s` `[N]` or `[1]` f32. Output `y` of `attrs.shape` f32, `y[..., n] = factor * s[n]`.
 *
 * @throws ShapeError unless `s` has one element or the last axis of the shape has as many as `s`.
 */
export const fillFrom: OpDefinition<FillFromAttrs> = {
  name: "fillFrom",
  inputs: ["s"],
  outputs: ["y"],
  infer([s], { shape }) {
    const length = sizeOf((s as TensorSpec).shape);
    if (length !== 1 && length !== shape.at(-1))
      throw new ShapeError(
        "fillFrom",
        `s needs one element, or as many as the last axis of the result; s is ${showShape((s as TensorSpec).shape)}, the result ${showShape(shape)}`,
      );
    return [f32(shape)];
  },
  plan({ inputs: [s], attrs, adapter }) {
    const length = sizeOf((s as TensorSpec).shape);
    const windows = rowWindows("fillFrom", sizeOf(attrs.shape), 1, adapter);
    return {
      dispatches: windows.map((window) => ({
        label: "fillFrom",
        code,
        bindings: ["s", { name: "y", offset: window.offset, length: window.length }],
        params: {
          size: window.length,
          length,
          factor: { f32: attrs.factor ?? 1 },
          first: window.offset % length,
        },
        workgroups: gridFor(Math.ceil(window.length / 256)),
        cost: { flops: window.length },
      })),
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([s], { shape, factor = 1 }) {
    const { data } = s as NdArray;
    return [
      {
        shape,
        data: Float64Array.from(
          { length: sizeOf(shape) },
          (_, i) => factor * (data[i % data.length] as number),
        ),
      },
    ];
  },
};
