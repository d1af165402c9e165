// Flash attention over separate q, k, v, forward and backward: only the output and one number per row
// are kept. attention-packed.ts is the same over the projection a transformer makes.
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
  type AttentionAttrs,
  checkLse,
  maskSpec,
  refuseLse,
  separateProblem,
  specOfArray,
  zeros,
} from "./problem.ts";

export type { ScoreRules } from "./attention.ref.ts";
export type { AttentionAttrs } from "./problem.ts";

const separateNames = (keyMask: TensorSpec | null | undefined): Names => ({
  q: "q",
  k: "k",
  v: "v",
  keyMask: keyMask ? "keyMask" : null,
});
/**
 * Attention over separate heads: o = softmax(cap(scale q k^T) + mask) v, without a T x S tensor.
 *
 * Inputs `q` `[B, H, T, D]`, `k` `[B, Hk, S, D]`, `v` `[B, Hk, S, DV]` f32, H a multiple of Hk, D and
 * DV 1 to 256; optional `keyMask` `[B, S]` u32, 0 hides a key. Outputs `o` `[B, H, T, DV]` and `lse`
 * `[B, H, T]`, the log of each softmax's denominator in nats. Query i sits at position
 * i + (qOffset ?? S - T). A query that sees no key has o = 0, lse = -3e38 and no gradient.
 *
 * @throws ShapeError if shapes or rules do not fit.
 * @see attention.wgsl; Dao 2023, https://arxiv.org/abs/2307.08691
 */
export const attention: OpDefinition<AttentionAttrs> = {
  name: "attention",
  inputs: ["q", "k", "v", "keyMask?"],
  outputs: ["o", "lse"],
  infer([q, k, v, keyMask], attrs) {
    const p = separateProblem(
      "attention",
      q as TensorSpec,
      k as TensorSpec,
      v as TensorSpec,
      keyMask,
      attrs,
    );
    return [f32([p.B, p.heads, p.T, p.DV]), f32([p.B, p.heads, p.T])];
  },
  plan({ inputs: [q, k, v, keyMask], attrs, adapter }) {
    const problem = separateProblem(
      "attention",
      q as TensorSpec,
      k as TensorSpec,
      v as TensorSpec,
      keyMask,
      attrs,
    );
    return forwardPlan("attention", problem, attrs, separateNames(keyMask), adapter);
  },
  gradient: {
    saves: ["q", "k", "v", "keyMask", "o", "lse"],
    build(g, { attrs, input, inputOrNull, output, dOutput }) {
      refuseLse("attention", dOutput("lse"));
      const dO = dOutput("o");
      if (!dO) return {};
      const [dq = null, dk = null, dv = null] = g.emit(
        attentionBackward,
        [
          input("q"),
          input("k"),
          input("v"),
          output("o"),
          output("lse"),
          dO,
          inputOrNull("keyMask"),
        ],
        attrs,
      );
      return { q: dq, k: dk, v: dv };
    },
  },
  reference([q, k, v, keyMask], attrs) {
    const [qa, ka, va] = [q as NdArray, k as NdArray, v as NdArray];
    const p = separateProblem(
      "attention",
      specOfArray(qa),
      specOfArray(ka),
      specOfArray(va),
      maskSpec(keyMask),
      attrs,
    );
    const o = zeros([p.B, p.heads, p.T, p.DV]);
    const lse = attentionRef(
      p,
      attrs,
      readerOf(qa, p.q),
      readerOf(ka, p.k),
      readerOf(va, p.v),
      keyMask ?? null,
      adderOf(o.data, p.o),
    );
    return [o, lse];
  },
};

/** Gradient of {@link attention}: from its inputs, outputs and `dO`, writes `dq`, `dk`, `dv`. */
export const attentionBackward: OpDefinition<AttentionAttrs> = {
  name: "attentionBackward",
  inputs: ["q", "k", "v", "o", "lse", "dO", "keyMask?"],
  outputs: ["dq", "dk", "dv"],
  infer([q, k, v, , lse, , keyMask], attrs) {
    const specs = [q as TensorSpec, k as TensorSpec, v as TensorSpec] as const;
    const problem = separateProblem("attentionBackward", ...specs, keyMask, attrs);
    checkLse("attentionBackward", lse as TensorSpec, problem);
    return specs;
  },
  plan({ inputs: [q, k, v, , , , keyMask], attrs, adapter }) {
    const problem = separateProblem(
      "attentionBackward",
      q as TensorSpec,
      k as TensorSpec,
      v as TensorSpec,
      keyMask,
      attrs,
    );
    return backwardPlan(
      "attentionBackward",
      problem,
      attrs,
      separateNames(keyMask),
      { dq: "dq", dk: "dk", dv: "dv" },
      adapter,
    );
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference([q, k, v, , , dO, keyMask], attrs) {
    const [qa, ka, va] = [q as NdArray, k as NdArray, v as NdArray];
    const p = separateProblem(
      "attentionBackward",
      specOfArray(qa),
      specOfArray(ka),
      specOfArray(va),
      maskSpec(keyMask),
      attrs,
    );
    const [dq, dk, dv] = [zeros(qa.shape), zeros(ka.shape), zeros(va.shape)];
    attentionBackwardRef(
      p,
      attrs,
      readerOf(qa, p.q),
      readerOf(ka, p.k),
      readerOf(va, p.v),
      keyMask ?? null,
      readerOf(dO as NdArray, p.o),
      { q: adderOf(dq.data, p.q), k: adderOf(dk.data, p.k), v: adderOf(dv.data, p.v) },
    );
    return [dq, dk, dv];
  },
};

/**
 * Attention probabilities `[B, H, T, S]` f32, for drawing: this one does store them all.
 *
 * Inputs `q`, `k` and `keyMask` as {@link attention}. Rows sum to 1, or to 0 where a query sees
 * nothing.
 *
 * @throws ShapeError if shapes or rules do not fit.
 */
export const attentionProbs: OpDefinition<AttentionAttrs> = {
  name: "attentionProbs",
  inputs: ["q", "k", "keyMask?"],
  outputs: ["probs"],
  infer([q, k, keyMask], attrs) {
    const [qs, ks] = [q as TensorSpec, k as TensorSpec];
    const p = separateProblem("attentionProbs", qs, ks, ks, keyMask, attrs);
    return [f32([p.B, p.heads, p.T, p.S])];
  },
  plan({ inputs: [q, k, keyMask], attrs }) {
    const [qs, ks] = [q as TensorSpec, k as TensorSpec];
    const problem = separateProblem("attentionProbs", qs, ks, ks, keyMask, attrs);
    return probsPlan("attentionProbs", problem, attrs, separateNames(keyMask));
  },
  gradient: { none: "probabilities are made for drawing only" },
  reference([q, k, keyMask], attrs) {
    const [qa, ka] = [q as NdArray, k as NdArray];
    const [qs, ks] = [specOfArray(qa), specOfArray(ka)];
    const p = separateProblem("attentionProbs", qs, ks, ks, maskSpec(keyMask), attrs);
    return [attentionProbsRef(p, attrs, readerOf(qa, p.q), readerOf(ka, p.k), keyMask ?? null)];
  },
};
