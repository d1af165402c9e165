import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, type TensorSpec } from "../../core/shape.ts";
import { requireSameShape, rowsOf } from "../elementwise/shapes.ts";
import { bindRows, blocksOfRows } from "../elementwise/windows.ts";
import { bindOr, planParameterPass, requireVector, rowDispatch } from "../layernorm/norm-plan.ts";
import { rmsnormBackwardRef, rmsnormParameterBackwardRef, rmsnormRef } from "./rmsnorm.ref.ts";
import forwardCode from "./rmsnorm.wgsl?raw";
import backwardCode from "./rmsnorm_backward.wgsl?raw";
import parametersCode from "./rmsnorm_parameters.wgsl?raw";

export interface RmsnormAttrs {
  /** Added to the mean square. */
  readonly eps: number;
  /** Whether the factor is 1 + weight, as in Gemma. */
  readonly weightPlusOne?: boolean;
  /** Type of y; that of x where absent. */
  readonly outDtype?: "f32" | "f16";
}

const flag = (on: unknown): number => (on ? 1 : 0);

const offsetOf = ({ weightPlusOne }: { readonly weightPlusOne?: boolean }): number =>
  weightPlusOne ? 1 : 0;

/**
 * RMSNorm over the last axis of `x`, or of `x + residual`. Leading axes are rows, so the same op
 * normalises heads of queries and keys.
 *
 * Inputs `x` and `residual` `[..., C]`, `weight` `[C]`, all f32; all but `x` may be left out.
 * Outputs `y` `[..., C]`, `rstd` `[...]`, and `sum` = x + residual, of the type of `x`, where a residual
 * is given.
 *
 * @throws ShapeError if `x` has no last axis, or another input does not fit it.
 * @see rmsnorm.wgsl for numerics and source.
 */
export const rmsnorm: OpDefinition<RmsnormAttrs> = {
  name: "rmsnorm",
  inputs: ["x", "weight?", "residual?"],
  outputs: ["y", "rstd", "sum"],
  infer([x, weight, residual], { outDtype }) {
    const spec = x as TensorSpec;
    const { cols } = rowsOf("rmsnorm", "x", spec);
    requireVector("rmsnorm", "weight", weight, cols);
    const perRow = f32(spec.shape.slice(0, -1));
    const y = { shape: spec.shape, dtype: outDtype ?? spec.dtype };
    if (!residual) return [y, perRow];
    return [y, perRow, requireSameShape("rmsnorm", { x, residual })];
  },
  plan({ inputs: [x, weight, residual], attrs, adapter }) {
    const { rows, cols } = rowsOf("rmsnorm", "x", x as TensorSpec);
    const dispatches = blocksOfRows("rmsnorm", rows, cols, adapter).map((window) => {
      const matrix = (name: string) => bindRows(name, window, rows, cols);
      return rowDispatch(
        {
          label: "rmsnorm",
          code: forwardCode,
          bindings: [
            matrix("x"),
            matrix(bindOr(!!residual, "residual", "x")),
            weight ? "weight" : matrix("x"),
            matrix("y"),
            bindRows("rstd", window, rows, 1),
            residual ? matrix("sum") : "unused",
          ],
          params: {
            rows: window.count,
            cols,
            eps: { f32: attrs.eps },
            hasResidual: flag(residual),
            hasWeight: flag(weight),
            weightOffset: { f32: offsetOf(attrs) },
          },
          // Mean square 2, normalised 1; then what is there of residual and weight.
          cost: { flops: window.count * cols * (3 + flag(residual) + flag(weight)) },
        },
        window.count,
        cols,
        adapter,
      );
    });
    return { dispatches, temps: residual ? {} : { unused: f32([1]) } };
  },
  gradient: {
    // `residual` only to know whether there was one: what was normalised is then `sum`.
    saves: ["x", "weight", "residual", "rstd", "sum"],
    build(g, { attrs, input, inputOrNull, output, dOutput, needs }) {
      const dy = dOutput("y");
      const hasResidual = inputOrNull("residual") !== null;
      const dsum = hasResidual ? dOutput("sum") : null;
      if (!dy) return { x: dsum, residual: dsum };
      const normalised = hasResidual ? output("sum") : input("x");
      const rstd = output("rstd");
      let dx = null;
      if (needs("x") || needs("residual"))
        [dx = null] = g.emit(rmsnormBackward, [normalised, dy, rstd, inputOrNull("weight"), dsum], {
          weightPlusOne: attrs.weightPlusOne ?? false,
        });
      let dweight = null;
      if (needs("weight"))
        [dweight = null] = g.emit(rmsnormParameterBackward, [normalised, dy, rstd], {});
      return { x: dx, residual: hasResidual ? dx : null, weight: dweight };
    },
  },
  reference([x, weight, residual], attrs) {
    const { y, rstd, sum } = rmsnormRef(
      x as NdArray,
      weight ?? null,
      residual ?? null,
      attrs.eps,
      offsetOf(attrs),
    );
    return residual ? [y, rstd, sum] : [y, rstd];
  },
};

export interface RmsnormBackwardAttrs {
  readonly weightPlusOne?: boolean;
}

/**
 * Gradient of {@link rmsnorm} with respect to what it normalised: from that (`x`), `dy`, both
 * `[..., C]`, the saved `rstd` `[...]`, and `weight` `[C]` if there was one. `dsum`, the gradient
 * that reaches x + residual past the norm, is added.
 */
export const rmsnormBackward: OpDefinition<RmsnormBackwardAttrs> = {
  name: "rmsnormBackward",
  inputs: ["x", "dy", "rstd", "weight?", "dsum?"],
  outputs: ["dx"],
  accumulable: ["dx"],
  infer([x, dy, , weight, dsum]) {
    const { cols } = rowsOf("rmsnormBackward", "x", x as TensorSpec);
    requireVector("rmsnormBackward", "weight", weight, cols);
    return [requireSameShape("rmsnormBackward", { x, dy, ...(dsum ? { dsum } : {}) })];
  },
  plan({ inputs: [x, , , weight, dsum], attrs, accumulate: [adds], adapter }) {
    const { rows, cols } = rowsOf("rmsnormBackward", "x", x as TensorSpec);
    const dispatches = blocksOfRows("rmsnormBackward", rows, cols, adapter).map((window) => {
      const matrix = (name: string) => bindRows(name, window, rows, cols);
      return rowDispatch(
        {
          label: "rmsnormBackward",
          code: backwardCode,
          bindings: [
            matrix("x"),
            matrix("dy"),
            bindRows("rstd", window, rows, 1),
            weight ? "weight" : matrix("x"),
            matrix(bindOr(!!dsum, "dsum", "x")),
            matrix("dx"),
          ],
          params: {
            rows: window.count,
            cols,
            hasWeight: flag(weight),
            weightOffset: { f32: offsetOf(attrs) },
            hasDsum: flag(dsum),
            accumulate: flag(adds),
          },
          // The sum 2, x normalised 1, dx 3; then what is there of weight, dsum and what dx held.
          cost: {
            flops: window.count * cols * (6 + flag(weight) + flag(dsum) + flag(adds)),
            updated: adds ? ["dx"] : [],
          },
        },
        window.count,
        cols,
        adapter,
      );
    });
    return { dispatches };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([x, dy, rstd, weight, dsum], attrs) => [
    rmsnormBackwardRef(
      x as NdArray,
      dy as NdArray,
      rstd as NdArray,
      weight ?? null,
      dsum ?? null,
      offsetOf(attrs),
    ),
  ],
};

/**
 * Gradient of {@link rmsnorm}'s weight: `x` (what was normalised) and `dy` `[..., C]`, `rstd` `[...]`
 * to `dweight` `[C]`, a sum over all rows in a fixed order.
 */
export const rmsnormParameterBackward: OpDefinition = {
  name: "rmsnormParameterBackward",
  inputs: ["x", "dy", "rstd"],
  outputs: ["dweight"],
  accumulable: ["dweight"],
  infer([x, dy]) {
    requireSameShape("rmsnormParameterBackward", { x, dy });
    return [f32([rowsOf("rmsnormParameterBackward", "x", x as TensorSpec).cols])];
  },
  plan({ inputs: [x], accumulate: [adds], adapter }) {
    const { rows, cols } = rowsOf("rmsnormParameterBackward", "x", x as TensorSpec);
    return planParameterPass({
      label: "rmsnormParameterBackward",
      code: parametersCode,
      tensors: [
        { name: "x", width: cols },
        { name: "dy", width: cols },
        { name: "rstd", width: 1 },
      ],
      rows,
      cols,
      outputs: [{ name: "dweight", accumulate: adds ?? false }],
      parts: 1,
      flops: 3,
      adapter,
    });
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([x, dy, rstd]) => [
    rmsnormParameterBackwardRef(x as NdArray, dy as NdArray, rstd as NdArray),
  ],
};
