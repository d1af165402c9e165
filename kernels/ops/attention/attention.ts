// Flash attention, forward and backward: only the output and one number per row are kept. Two packings
// share the kernels: separate q, k, v, and the packed projection a transformer makes.
import type { TensorSpec } from "../../core/shape.ts";
import { attentionOps, type Packing } from "./attention-ops.ts";
import {
  type AttentionAttrs,
  type PackedAttentionAttrs,
  packedProblem,
  separateProblem,
} from "./problem.ts";

export type { ScoreRules } from "./attention.ref.ts";
export type { AttentionAttrs, PackedAttentionAttrs } from "./problem.ts";

const SEPARATE: Packing<AttentionAttrs> = {
  forward: "attention",
  backward: "attentionBackward",
  probs: "attentionProbs",
  tensors: ["q", "k", "v"],
  scored: ["q", "k"],
  q: 0,
  k: 1,
  v: 2,
  // Scores need no v: k stands in for it.
  problem: (op, [q, k, v = k], keyMask, attrs) =>
    separateProblem(op, q as TensorSpec, k as TensorSpec, v as TensorSpec, keyMask, attrs),
  outputShape: ({ B, heads, T, DV }) => [B, heads, T, DV],
};

const PACKED: Packing<PackedAttentionAttrs> = {
  forward: "attentionPacked",
  backward: "attentionPackedBackward",
  probs: "attentionProbsPacked",
  tensors: ["qkv"],
  scored: ["qkv"],
  q: 0,
  k: 0,
  v: 0,
  problem: (op, [qkv], keyMask, attrs) => packedProblem(op, qkv as TensorSpec, keyMask, attrs),
  outputShape: ({ B, heads, T, DV }) => [B, T, heads * DV],
};

const separate = attentionOps(SEPARATE);
const packed = attentionOps(PACKED);

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
export const attention = separate.forward;

/** Gradient of {@link attention}: from its inputs, outputs and `dO`, writes `dq`, `dk`, `dv`. */
export const attentionBackward = separate.backward;

/**
 * Attention probabilities `[B, H, T, S]` f32, for drawing: this one does store them all.
 *
 * Inputs `q`, `k` and `keyMask` as {@link attention}. Rows sum to 1, or to 0 where a query sees
 * nothing.
 *
 * @throws ShapeError if shapes or rules do not fit.
 */
export const attentionProbs = separate.probs;

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
export const attentionPacked = packed.forward;

/** Gradient of {@link attentionPacked}: from `qkv`, its outputs and `dO`, writes `dqkv` like `qkv`. */
export const attentionPackedBackward = packed.backward;

/** {@link attentionProbs} of a packed projection, as {@link attentionPacked} takes it. */
export const attentionProbsPacked = packed.probs;
