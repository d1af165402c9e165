// Flash attention over a packed projection: q, k and v stand side by side in each row.
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, type TensorSpec } from "../../core/shape.ts";
import {
  adderOf,
  attentionBackwardRef,
  attentionProbsRef,
  attentionRef,
  readerOf,
} from "./attention.ref.ts";
import { backwardPlan, forwardPlan, type Names, probsPlan } from "./plan.ts";
import {
  checkLse,
  maskSpec,
  type PackedAttentionAttrs,
  packedProblem,
  refuseLse,
  specOfArray,
  zeros,
} from "./problem.ts";

export type { PackedAttentionAttrs } from "./problem.ts";

const packedNames = (keyMask: TensorSpec | null | undefined): Names => ({
  q: "qkv",
  k: "qkv",
  v: "qkv",
  keyMask: keyMask ? "keyMask" : null,
});

/**
 * Attention over a packed projection, as a transformer block makes it.
 *
 * Input `qkv` `[B, T, (heads + 2 kvHeads) * headDim]` f32, each row [query heads | key heads | value
 * heads], query and key rotated already; optional `keyMask` `[B, T]` u32, 0 hides a key. Outputs `o`
 * `[B, T, heads * headDim]`, ready for the output projection, and `lse` `[B, heads, T]` in nats.
 *
 * @throws ShapeError if shapes or rules do not fit.
 * @see attention for masks and for rows that see nothing.
 */
export const attentionPacked: OpDefinition<PackedAttentionAttrs> = {
  name: "attentionPacked",
  inputs: ["qkv", "keyMask?"],
  outputs: ["o", "lse"],
  infer([qkv, keyMask], attrs) {
    const p = packedProblem("attentionPacked", qkv as TensorSpec, keyMask, attrs);
    return [f32([p.B, p.T, p.heads * p.D]), f32([p.B, p.heads, p.T])];
  },
  plan({ inputs: [qkv, keyMask], attrs, adapter }) {
    const problem = packedProblem("attentionPacked", qkv as TensorSpec, keyMask, attrs);
    return forwardPlan("attentionPacked", problem, attrs, packedNames(keyMask), adapter);
  },
  gradient: {
    saves: ["qkv", "keyMask", "o", "lse"],
    build(g, { attrs, input, inputOrNull, output, dOutput }) {
      refuseLse("attentionPacked", dOutput("lse"));
      const dO = dOutput("o");
      if (!dO) return {};
      const [dqkv = null] = g.emit(
        attentionPackedBackward,
        [input("qkv"), output("o"), output("lse"), dO, inputOrNull("keyMask")],
        attrs,
      );
      return { qkv: dqkv };
    },
  },
  reference([qkv, keyMask], attrs) {
    const x = qkv as NdArray;
    const p = packedProblem("attentionPacked", specOfArray(x), maskSpec(keyMask), attrs);
    const o = zeros([p.B, p.T, p.heads * p.D]);
    const lse = attentionRef(
      p,
      attrs,
      readerOf(x, p.q),
      readerOf(x, p.k),
      readerOf(x, p.v),
      keyMask ?? null,
      adderOf(o.data, p.o),
    );
    return [o, lse];
  },
};

/** Gradient of {@link attentionPacked}: from `qkv`, its outputs and `dO`, writes `dqkv` like `qkv`. */
export const attentionPackedBackward: OpDefinition<PackedAttentionAttrs> = {
  name: "attentionPackedBackward",
  inputs: ["qkv", "o", "lse", "dO", "keyMask?"],
  outputs: ["dqkv"],
  infer([qkv, , lse, , keyMask], attrs) {
    const problem = packedProblem("attentionPackedBackward", qkv as TensorSpec, keyMask, attrs);
    checkLse("attentionPackedBackward", lse as TensorSpec, problem);
    return [qkv as TensorSpec];
  },
  plan({ inputs: [qkv, , , , keyMask], attrs, adapter }) {
    const problem = packedProblem("attentionPackedBackward", qkv as TensorSpec, keyMask, attrs);
    return backwardPlan(
      "attentionPackedBackward",
      problem,
      attrs,
      packedNames(keyMask),
      { dq: "dqkv", dk: "dqkv", dv: null },
      adapter,
    );
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([qkv, , , dO, keyMask], attrs) {
    const x = qkv as NdArray;
    const p = packedProblem("attentionPackedBackward", specOfArray(x), maskSpec(keyMask), attrs);
    const dqkv = zeros(x.shape);
    attentionBackwardRef(
      p,
      attrs,
      readerOf(x, p.q),
      readerOf(x, p.k),
      readerOf(x, p.v),
      keyMask ?? null,
      readerOf(dO as NdArray, p.o),
      { q: adderOf(dqkv.data, p.q), k: adderOf(dqkv.data, p.k), v: adderOf(dqkv.data, p.v) },
    );
    return [dqkv];
  },
};

/** {@link attentionProbs} of a packed projection, as {@link attentionPacked} takes it. */
export const attentionProbsPacked: OpDefinition<PackedAttentionAttrs> = {
  name: "attentionProbsPacked",
  inputs: ["qkv", "keyMask?"],
  outputs: ["probs"],
  infer([qkv, keyMask], attrs) {
    const p = packedProblem("attentionProbsPacked", qkv as TensorSpec, keyMask, attrs);
    return [f32([p.B, p.heads, p.T, p.S])];
  },
  plan({ inputs: [qkv, keyMask], attrs }) {
    const problem = packedProblem("attentionProbsPacked", qkv as TensorSpec, keyMask, attrs);
    return probsPlan("attentionProbsPacked", problem, attrs, packedNames(keyMask));
  },
  gradient: { none: "probabilities are made for drawing only" },
  reference([qkv, keyMask], attrs) {
    const x = qkv as NdArray;
    const p = packedProblem("attentionProbsPacked", specOfArray(x), maskSpec(keyMask), attrs);
    return [attentionProbsRef(p, attrs, readerOf(x, p.q), readerOf(x, p.k), keyMask ?? null)];
  },
};
