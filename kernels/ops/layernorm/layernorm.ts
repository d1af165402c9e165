import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, type TensorSpec } from "../../core/shape.ts";
import { requireSameShape, rowsOf } from "../elementwise/shapes.ts";
import { bindRows, blocksOfRows } from "../elementwise/windows.ts";
import {
  layernormBackwardRef,
  layernormParameterBackwardRef,
  layernormRef,
} from "./layernorm.ref.ts";
import forwardCode from "./layernorm.wgsl?raw";
import backwardCode from "./layernorm_backward.wgsl?raw";
import parametersCode from "./layernorm_parameters.wgsl?raw";
import { bindOr, planParameterPass, requireVector, rowDispatch } from "./norm-plan.ts";

export interface LayernormAttrs {
  /** Added to the variance. */
  readonly eps: number;
  /** Type of y; that of x where absent. */
  readonly outDtype?: "f32" | "f16";
}

const flag = (on: unknown): number => (on ? 1 : 0);

/**
 * LayerNorm over the last axis of `x`, or of `x + residual`.
 *
 * Inputs `x` and `residual` `[..., C]`, `weight` and `bias` `[C]`, all f32; all but `x` may be left
 * out. Outputs `y` `[..., C]`, `rstd` and `mean` `[...]`, and `sum` = x + residual, of the type of
 * `x`, where a residual is given.
 *
 * @throws ShapeError if `x` has no last axis, or another input does not fit it.
 * @see layernorm.wgsl for numerics and source.
 */
export const layernorm: OpDefinition<LayernormAttrs> = {
  name: "layernorm",
  inputs: ["x", "weight?", "bias?", "residual?"],
  outputs: ["y", "rstd", "mean", "sum"],
  infer([x, weight, bias, residual], { outDtype }) {
    const spec = x as TensorSpec;
    const { cols } = rowsOf("layernorm", "x", spec);
    requireVector("layernorm", "weight", weight, cols);
    requireVector("layernorm", "bias", bias, cols);
    const perRow = f32(spec.shape.slice(0, -1));
    const y = { shape: spec.shape, dtype: outDtype ?? spec.dtype };
    if (!residual) return [y, perRow, perRow];
    return [y, perRow, perRow, requireSameShape("layernorm", { x, residual })];
  },
  plan({ inputs: [x, weight, bias, residual], attrs: { eps }, adapter }) {
    const { rows, cols } = rowsOf("layernorm", "x", x as TensorSpec);
    const dispatches = blocksOfRows("layernorm", rows, cols, adapter).map((window) => {
      const matrix = (name: string) => bindRows(name, window, rows, cols);
      const column = (name: string) => bindRows(name, window, rows, 1);
      return rowDispatch(
        {
          label: "layernorm",
          code: forwardCode,
          bindings: [
            matrix("x"),
            matrix(bindOr(!!residual, "residual", "x")),
            weight ? "weight" : matrix("x"),
            bias ? "bias" : matrix("x"),
            matrix("y"),
            column("rstd"),
            column("mean"),
            residual ? matrix("sum") : "unused",
          ],
          params: {
            rows: window.count,
            cols,
            eps: { f32: eps },
            hasResidual: flag(residual),
            hasWeight: flag(weight),
            hasBias: flag(bias),
          },
          // Mean 1, variance 3, normalised 2; then what is there of residual, weight and bias.
          cost: {
            flops: window.count * cols * (6 + flag(residual) + flag(weight) + flag(bias)),
          },
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
    saves: ["x", "weight", "residual", "rstd", "mean", "sum"],
    build(g, { input, inputOrNull, output, dOutput, needs }) {
      const dy = dOutput("y");
      const hasResidual = inputOrNull("residual") !== null;
      const dsum = hasResidual ? dOutput("sum") : null;
      if (!dy) return { x: dsum, residual: dsum };
      const normalised = hasResidual ? output("sum") : input("x");
      const statistics = [output("mean"), output("rstd")];
      let dx = null;
      if (needs("x") || needs("residual"))
        [dx = null] = g.emit(
          layernormBackward,
          [normalised, dy, ...statistics, inputOrNull("weight"), dsum],
          {},
        );
      let dweight = null;
      let dbias = null;
      if (needs("weight") || needs("bias"))
        [dweight = null, dbias = null] = g.emit(
          layernormParameterBackward,
          [normalised, dy, ...statistics],
          { bias: needs("bias") },
        );
      return { x: dx, residual: hasResidual ? dx : null, weight: dweight, bias: dbias };
    },
  },
  reference([x, weight, bias, residual], { eps }) {
    const { y, rstd, mean, sum } = layernormRef(
      x as NdArray,
      weight ?? null,
      bias ?? null,
      residual ?? null,
      eps,
    );
    return residual ? [y, rstd, mean, sum] : [y, rstd, mean];
  },
};

/**
 * Gradient of {@link layernorm} with respect to what it normalised: from that (`x`), `dy`, both
 * `[..., C]`, the saved `mean` and `rstd` `[...]`, and `weight` `[C]` if there was one. `dsum`, the
 * gradient that reaches x + residual past the norm, is added.
 */
export const layernormBackward: OpDefinition = {
  name: "layernormBackward",
  inputs: ["x", "dy", "mean", "rstd", "weight?", "dsum?"],
  outputs: ["dx"],
  accumulable: ["dx"],
  infer([x, dy, , , weight, dsum]) {
    const { cols } = rowsOf("layernormBackward", "x", x as TensorSpec);
    requireVector("layernormBackward", "weight", weight, cols);
    return [requireSameShape("layernormBackward", { x, dy, ...(dsum ? { dsum } : {}) })];
  },
  plan({ inputs: [x, , , , weight, dsum], accumulate: [adds], adapter }) {
    const { rows, cols } = rowsOf("layernormBackward", "x", x as TensorSpec);
    const dispatches = blocksOfRows("layernormBackward", rows, cols, adapter).map((window) => {
      const matrix = (name: string) => bindRows(name, window, rows, cols);
      const column = (name: string) => bindRows(name, window, rows, 1);
      return rowDispatch(
        {
          label: "layernormBackward",
          code: backwardCode,
          bindings: [
            matrix("x"),
            matrix("dy"),
            column("mean"),
            column("rstd"),
            weight ? "weight" : matrix("x"),
            matrix(bindOr(!!dsum, "dsum", "x")),
            matrix("dx"),
          ],
          params: {
            rows: window.count,
            cols,
            hasWeight: flag(weight),
            hasDsum: flag(dsum),
            accumulate: flag(adds),
          },
          // x normalised 2, two sums 3, dx 4; then what is there of weight, dsum and what dx held.
          cost: {
            flops: window.count * cols * (9 + flag(weight) + flag(dsum) + flag(adds)),
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
  reference: ([x, dy, mean, rstd, weight, dsum]) => [
    layernormBackwardRef(
      x as NdArray,
      dy as NdArray,
      mean as NdArray,
      rstd as NdArray,
      weight ?? null,
      dsum ?? null,
    ),
  ],
};

export interface LayernormParameterAttrs {
  /** Whether `dbias` is wanted; it is left out otherwise. */
  readonly bias: boolean;
}

/**
 * Gradients of {@link layernorm}'s parameters: `x` (what was normalised) and `dy` `[..., C]`, `mean`
 * and `rstd` `[...]` to `dweight` and `dbias` `[C]`, sums over all rows in a fixed order.
 */
export const layernormParameterBackward: OpDefinition<LayernormParameterAttrs> = {
  name: "layernormParameterBackward",
  inputs: ["x", "dy", "mean", "rstd"],
  outputs: ["dweight", "dbias"],
  accumulable: ["dweight", "dbias"],
  infer([x, dy], { bias }) {
    requireSameShape("layernormParameterBackward", { x, dy });
    const { cols } = rowsOf("layernormParameterBackward", "x", x as TensorSpec);
    return bias ? [f32([cols]), f32([cols])] : [f32([cols])];
  },
  plan({ inputs: [x], attrs: { bias }, accumulate, adapter }) {
    const { rows, cols } = rowsOf("layernormParameterBackward", "x", x as TensorSpec);
    return planParameterPass({
      label: "layernormParameterBackward",
      code: parametersCode,
      tensors: [
        { name: "x", width: cols },
        { name: "dy", width: cols },
        { name: "mean", width: 1 },
        { name: "rstd", width: 1 },
      ],
      rows,
      cols,
      outputs: (bias ? ["dweight", "dbias"] : ["dweight"]).map((name, i) => ({
        name,
        accumulate: accumulate[i] ?? false,
      })),
      parts: 2,
      flops: 5,
      adapter,
    });
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([x, dy, mean, rstd], { bias }) {
    const { dweight, dbias } = layernormParameterBackwardRef(
      x as NdArray,
      dy as NdArray,
      mean as NdArray,
      rstd as NdArray,
    );
    return bias ? [dweight, dbias] : [dweight];
  },
};
