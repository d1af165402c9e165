import type { NdArray, OpDefinition } from "../../core/op.ts";
import { gridFor } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import { rowWindows } from "../../core/windows.ts";
import { rowLaunch } from "../reduce/row-reduce.ts";
import forwardCode from "./gather_logprob.wgsl?raw";
import backwardCode from "./gather_logprob_backward.wgsl?raw";
import { gatherLogprobBackwardRef, gatherLogprobRef } from "./gather-logprob.ref.ts";

export interface GatherLogprobAttrs {
  /** Logits are divided by this; greater than 0. */
  readonly temperature: number;
}

function sizesOf(
  op: string,
  logits: TensorSpec,
  target: TensorSpec,
  { temperature }: GatherLogprobAttrs,
): { rows: number; V: number } {
  const V = logits.shape.at(-1);
  if (!V)
    throw new ShapeError(op, `needs a non-empty last axis; logits are ${showShape(logits.shape)}`);
  const rows = sizeOf(logits.shape) / V;
  if (target.dtype !== "i32" || sizeOf(target.shape) !== rows)
    throw new ShapeError(
      op,
      `target needs an i32 for each row of logits ${showShape(logits.shape)}; it is ${target.dtype} ${showShape(target.shape)}`,
    );
  if (!(temperature > 0))
    throw new ShapeError(op, `temperature must be greater than 0; it is ${temperature}`);
  return { rows, V };
}

/**
 * Log-probability of one token per row under softmax(logits / temperature), and that distribution's entropy:
 * what policy losses are made of.
 *
 * Inputs `logits` `[..., V]` f32 and `target` `[...]` i32. Outputs, all f32 and in nats: `logp` `[...]` (0, without
 * gradient, where the target names no class, as -100 does); `entropy` `[...]`; `logsumexp` `[...]` of the divided
 * logits; `rowStats` `[..., 2]`: each row's largest logit and the log of its normaliser, for the gradient.
 *
 * The gradient reaches `logits` from logp, entropy and logsumexp, written over the logits where they are no
 * longer needed.
 *
 * @throws ShapeError when target does not fit, the last axis is empty, or temperature is not above 0.
 * @see gather_logprob.wgsl for numerics; gather-logprob.ref.ts for the CPU reference.
 */
export const gatherLogprob: OpDefinition<GatherLogprobAttrs> = {
  name: "gatherLogprob",
  inputs: ["logits", "target"],
  outputs: ["logp", "entropy", "logsumexp", "rowStats"],
  infer([logits, target], attrs) {
    sizesOf("gatherLogprob", logits as TensorSpec, target as TensorSpec, attrs);
    const { shape } = target as TensorSpec;
    return [f32(shape), f32(shape), f32(shape), f32([...shape, 2])];
  },
  plan({ inputs: [logits, target], attrs, adapter }) {
    const { rows, V } = sizesOf("gatherLogprob", logits as TensorSpec, target as TensorSpec, attrs);
    return {
      dispatches: rowWindows("gatherLogprob", rows, V, adapter).map(
        ({ first, count, offset, length }) => {
          const { prelude, ...launch } = rowLaunch(count, V, adapter);
          return {
            label: "gatherLogprob",
            code: prelude + forwardCode,
            bindings: [
              { name: "logits", offset, length },
              "target",
              "logp",
              "entropy",
              "logsumexp",
              "rowStats",
            ],
            params: {
              rows: count,
              V,
              firstRow: first,
              inverseTemperature: { f32: 1 / attrs.temperature },
            },
            ...launch,
            // Temperature, maximum, subtract, exp, sum, and the two of the entropy.
            cost: { flops: 7 * length },
          };
        },
      ),
    };
  },
  gradient: {
    saves: ["logits", "target", "rowStats", "entropy"],
    build: (g, { attrs, input, output, dOutput }) => {
      const gradients = [dOutput("logp"), dOutput("entropy"), dOutput("logsumexp")];
      if (gradients.every((d) => !d)) return { logits: null };
      const [dlogits] = g.emit(
        gatherLogprobBackward,
        [input("logits"), input("target"), output("rowStats"), output("entropy"), ...gradients],
        attrs,
      );
      return { logits: dlogits ?? null };
    },
  },
  reference([logits, target], { temperature }) {
    const result = gatherLogprobRef(logits as NdArray, target as NdArray, temperature);
    return [result.logp, result.entropy, result.logsumexp, result.rowStats];
  },
};

/**
 * Gradient of {@link gatherLogprob} with respect to the logits, written in their place.
 *
 * Inputs as {@link gatherLogprob} took and gave them, with `dLogp`, `dEntropy` and `dLogsumexp` `[...]`, any of which may be
 * missing. Output `dlogits`, shaped like `logits`.
 */
export const gatherLogprobBackward: OpDefinition<GatherLogprobAttrs> = {
  name: "gatherLogprobBackward",
  inputs: ["logits", "target", "rowStats", "entropy", "dLogp?", "dEntropy?", "dLogsumexp?"],
  outputs: ["dlogits"],
  inPlace: { dlogits: "logits" },
  infer([logits, target], attrs) {
    sizesOf("gatherLogprobBackward", logits as TensorSpec, target as TensorSpec, attrs);
    return [logits as TensorSpec];
  },
  plan({ inputs, attrs, adapter }) {
    const [logits, target, , , dLogp, dEntropy, dLogsumexp] = inputs;
    const { rows, V } = sizesOf(
      "gatherLogprobBackward",
      logits as TensorSpec,
      target as TensorSpec,
      attrs,
    );
    return {
      dispatches: rowWindows("gatherLogprobBackward", rows, V, adapter).map(
        ({ first, count, offset, length }) => ({
          label: "gatherLogprobBackward",
          code: backwardCode,
          constants: {
            HAS_DLOGP: dLogp ? 1 : 0,
            HAS_DENTROPY: dEntropy ? 1 : 0,
            HAS_DLOGSUMEXP: dLogsumexp ? 1 : 0,
          },
          // What is missing is never read; entropy stands in, so that something is bound.
          bindings: [
            "target",
            "rowStats",
            "entropy",
            dLogp ? "dLogp" : "entropy",
            dEntropy ? "dEntropy" : "entropy",
            dLogsumexp ? "dLogsumexp" : "entropy",
            { name: "dlogits", offset, length },
          ],
          params: {
            rows: count,
            V,
            firstRow: first,
            inverseTemperature: { f32: 1 / attrs.temperature },
          },
          workgroups: gridFor(Math.ceil(length / 256)),
          // The probability 4, then the terms of logp, entropy and logsumexp.
          cost: { flops: 9 * length, updated: ["dlogits"] },
        }),
      ),
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([logits, target, rowStats, entropy, dLogp, dEntropy, dLogsumexp], { temperature }) {
    return [
      gatherLogprobBackwardRef(
        logits as NdArray,
        target as NdArray,
        rowStats as NdArray,
        entropy as NdArray,
        { dLogp: dLogp ?? null, dEntropy: dEntropy ?? null, dLogsumexp: dLogsumexp ?? null },
        temperature,
      ),
    ];
  },
};
