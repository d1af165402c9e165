import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import { planSum } from "../reduce/sum-all.ts";
import forwardCode from "./cross_entropy.wgsl?raw";
import backwardCode from "./cross_entropy_backward.wgsl?raw";
import scaleCode from "./cross_entropy_scale.wgsl?raw";
import totalCode from "./cross_entropy_total.wgsl?raw";
import { crossEntropyBackwardRef, crossEntropyRef } from "./cross-entropy.ref.ts";
import type { CrossEntropyAttrs } from "./settings.ts";

type Specs = readonly (TensorSpec | null)[];

function sizesOf(op: string, [logits, target, tokenWeight, classWeight]: Specs) {
  const V = logits?.shape.at(-1);
  if (!logits || !V)
    throw new ShapeError(
      op,
      `needs a non-empty last axis; logits are ${showShape(logits?.shape ?? [])}`,
    );
  const rows = sizeOf(logits.shape) / V;
  if (target?.dtype !== "i32" || sizeOf(target.shape) !== rows)
    throw new ShapeError(
      op,
      `target needs an i32 for each row of logits ${showShape(logits.shape)}; it is ${target?.dtype} ${showShape(target?.shape ?? [])}`,
    );
  if (tokenWeight && sizeOf(tokenWeight.shape) !== rows)
    throw new ShapeError(
      op,
      `tokenWeight needs a number for each of ${rows} rows; it is ${showShape(tokenWeight.shape)}`,
    );
  if (classWeight && sizeOf(classWeight.shape) !== V)
    throw new ShapeError(
      op,
      `classWeight needs a number for each of ${V} classes; it is ${showShape(classWeight.shape)}`,
    );
  return { rows, V };
}

/**
 * Softmax cross-entropy, fused: the loss of each row in nats, and their weighted mean or sum.
 *
 * Inputs `logits` `[..., V]` f32; `target` `[...]` i32 class ids; `tokenWeight` `[...]` f32 (optional), one
 * weight per row; `classWeight` `[V]` f32 (optional), torch's `weight`. A row whose target is `ignoreIndex`,
 * or no class at all, counts for nothing.
 *
 * Outputs `loss` `[1]`: sum of tokenWeight * perRow, divided by `denominator` when the reduction is "mean"
 * (0 when no row is live, where torch gives NaN); `perRow` `[...]`, which is torch's unreduced loss: class
 * weights are in it, token weights are not; `logsumexp` `[...]`; `denominator` `[1]`: sum of tokenWeight *
 * classWeight[target] over live rows, or 1 for "sum"; `rowStats` `[..., 2]`: each row's maximum and
 * logsumexp - maximum, which the gradient needs apart.
 *
 * The gradient reaches `logits` from loss, perRow and logsumexp, written over the logits where they are no
 * longer needed: no second `[..., V]` tensor is made.
 *
 * @throws ShapeError when target or weights do not fit the logits, or the last axis is empty.
 * @see cross_entropy.wgsl for numerics and source; cross-entropy.ref.ts for the CPU reference.
 */
export const crossEntropy: OpDefinition<CrossEntropyAttrs> = {
  name: "crossEntropy",
  inputs: ["logits", "target", "tokenWeight?", "classWeight?"],
  outputs: ["loss", "perRow", "logsumexp", "denominator", "rowStats"],
  infer(inputs, { labelSmoothing }) {
    sizesOf("crossEntropy", inputs);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
      throw new ShapeError(
        "crossEntropy",
        `labelSmoothing must be in [0, 1]; it is ${labelSmoothing}`,
      );
    const { shape } = inputs[1] as TensorSpec;
    return [f32([1]), f32(shape), f32(shape), f32([1]), f32([...shape, 2])];
  },
  plan({ inputs, attrs, adapter }) {
    const { rows, V } = sizesOf("crossEntropy", inputs);
    const [, , tokenWeight, classWeight] = inputs;
    const ignoreIndex = { i32: attrs.ignoreIndex };
    // What is missing is never read; another tensor stands in, so that something is bound.
    const weight = classWeight ? "classWeight" : "target";
    const dispatches: Dispatch[] = rowWindows("crossEntropy", rows, V, adapter).map(
      ({ first, count, offset, length }) => {
        const { prelude, constants, workgroups } = rowLaunch(count, V, adapter);
        return {
          label: "crossEntropy",
          code: prelude + forwardCode,
          constants: {
            ...constants,
            HAS_WEIGHT: classWeight ? 1 : 0,
            SMOOTH: attrs.labelSmoothing > 0 ? 1 : 0,
          },
          bindings: [
            { name: "logits", offset, length },
            "target",
            weight,
            "perRow",
            "logsumexp",
            "rowStats",
          ],
          params: {
            rows: count,
            V,
            firstRow: first,
            ignoreIndex,
            smoothing: { f32: attrs.labelSmoothing },
          },
          workgroups,
          // Maximum, subtract, exp, sum; smoothing adds the logits up as well.
          cost: { flops: length * (attrs.labelSmoothing > 0 ? 5 : 4) },
        };
      },
    );
    // All rows are one row here.
    const total = rowLaunch(1, rows, adapter, { WG: 256, WIDTH: 256 });
    dispatches.push({
      label: "crossEntropy/total",
      code: total.prelude + totalCode,
      constants: {
        ...total.constants,
        HAS_TOKEN_WEIGHT: tokenWeight ? 1 : 0,
        HAS_WEIGHT: classWeight ? 1 : 0,
      },
      bindings: [
        "perRow",
        "target",
        tokenWeight ? "tokenWeight" : "perRow",
        weight,
        "loss",
        "denominator",
      ],
      params: { rows, V, ignoreIndex, mean: attrs.reduction === "mean" ? 1 : 0 },
      workgroups: [1, 1, 1],
      cost: { flops: 2 * rows },
    });
    return { dispatches };
  },
  gradient: {
    saves: ["logits", "target", "tokenWeight", "classWeight", "denominator", "rowStats"],
    build: (g, { attrs, input, inputOrNull, output, dOutput }) => {
      const [dLoss, dPerRow, dLogsumexp] = [
        dOutput("loss"),
        dOutput("perRow"),
        dOutput("logsumexp"),
      ];
      if (!dLoss && !dPerRow && !dLogsumexp) return { logits: null };
      const [dlogits] = g.emit(
        crossEntropyBackward,
        [
          input("logits"),
          input("target"),
          output("rowStats"),
          output("denominator"),
          dLoss,
          inputOrNull("tokenWeight"),
          inputOrNull("classWeight"),
          dPerRow,
          dLogsumexp,
        ],
        attrs,
      );
      return { logits: dlogits ?? null };
    },
  },
  reference([logits, target, tokenWeight, classWeight], attrs) {
    const result = crossEntropyRef(
      logits as NdArray,
      target as NdArray,
      tokenWeight ?? null,
      classWeight ?? null,
      attrs,
    );
    return [result.loss, result.perRow, result.logsumexp, result.denominator, result.rowStats];
  },
};

/**
 * Gradient of {@link crossEntropy} with respect to the logits, written in their place.
 *
 * Inputs as {@link crossEntropy} took and gave them, with `dLoss` `[1]`, `dPerRow` `[...]` and `dLogsumexp`
 * `[...]`, any of which may be missing. Output `dlogits`, shaped like `logits`; exactly 0 in ignored rows.
 */
export const crossEntropyBackward: OpDefinition<CrossEntropyAttrs> = {
  name: "crossEntropyBackward",
  inputs: [
    "logits",
    "target",
    "rowStats",
    "denominator",
    "dLoss?",
    "tokenWeight?",
    "classWeight?",
    "dPerRow?",
    "dLogsumexp?",
  ],
  outputs: ["dlogits"],
  inPlace: { dlogits: "logits" },
  infer(inputs) {
    const [logits, target, , , , tokenWeight, classWeight] = inputs;
    sizesOf("crossEntropyBackward", [
      logits ?? null,
      target ?? null,
      tokenWeight ?? null,
      classWeight ?? null,
    ]);
    return [logits as TensorSpec];
  },
  plan({ inputs, attrs, adapter }) {
    const [logits, target, , , dLoss, tokenWeight, classWeight, dPerRow, dLogsumexp] = inputs;
    const { rows, V } = sizesOf("crossEntropyBackward", [logits ?? null, target ?? null]);
    const weightedSmoothing = classWeight && attrs.labelSmoothing > 0;
    // What is missing is never read; another tensor stands in, so that something is bound.
    const weightSum = weightedSmoothing
      ? planSum(V, adapter, {
          label: "crossEntropyBackward/classWeight",
          x: "classWeight",
          y: "weightSum",
          squared: false,
          scale: 1,
          temp: "weightPartial",
        })
      : { dispatches: [] };
    return {
      temps: {
        scale: f32([rows]),
        ...(weightedSmoothing ? { weightSum: f32([1]), ...weightSum.temps } : {}),
      },
      dispatches: [
        ...weightSum.dispatches,
        {
          label: "crossEntropyBackward/scale",
          code: scaleCode,
          constants: {
            HAS_DLOSS: dLoss ? 1 : 0,
            HAS_TOKEN_WEIGHT: tokenWeight ? 1 : 0,
            HAS_DPER_ROW: dPerRow ? 1 : 0,
          },
          bindings: [
            "target",
            "denominator",
            dLoss ? "dLoss" : "denominator",
            tokenWeight ? "tokenWeight" : "denominator",
            dPerRow ? "dPerRow" : "denominator",
            "scale",
          ],
          params: { rows, V, ignoreIndex: { i32: attrs.ignoreIndex } },
          workgroups: gridFor(Math.ceil(rows / 256)),
          cost: { flops: 3 * rows },
        },
        ...rowWindows("crossEntropyBackward", rows, V, adapter).map(
          ({ first, count, offset, length }): Dispatch => ({
            label: "crossEntropyBackward",
            code: backwardCode,
            constants: {
              HAS_WEIGHT: classWeight ? 1 : 0,
              SMOOTH: attrs.labelSmoothing > 0 ? 1 : 0,
              HAS_DLOGSUMEXP: dLogsumexp ? 1 : 0,
            },
            bindings: [
              "target",
              "rowStats",
              "scale",
              classWeight ? "classWeight" : "scale",
              weightedSmoothing ? "weightSum" : "scale",
              dLogsumexp ? "dLogsumexp" : "scale",
              { name: "dlogits", offset, length },
            ],
            params: { rows: count, V, firstRow: first, smoothing: { f32: attrs.labelSmoothing } },
            workgroups: gridFor(Math.ceil(length / 256)),
            // Subtract maximum and logsumexp, exp, subtract the target, scale.
            cost: { flops: 5 * length, updated: ["dlogits"] },
          }),
        ),
      ],
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference(inputs, attrs) {
    const [logits, target, rowStats, denominator, dLoss, tokenWeight, classWeight, dPerRow, dLse] =
      inputs;
    return [
      crossEntropyBackwardRef(
        logits as NdArray,
        target as NdArray,
        rowStats as NdArray,
        denominator as NdArray,
        { dLoss: dLoss ?? null, dPerRow: dPerRow ?? null, dLogsumexp: dLse ?? null },
        tokenWeight ?? null,
        classWeight ?? null,
        attrs,
      ),
    ];
  },
};
