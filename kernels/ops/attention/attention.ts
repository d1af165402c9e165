// Flash attention, forward and backward: only the output and one number per row are kept. Two
// layouts share the kernels: separate q, k, v, and the packed projection a transformer makes.
import { type AdapterProfile, BASELINE_PROFILE } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Dispatch, gridFor, type OpPlan, type Param } from "../../core/plan.ts";
import {
  f32,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  type TensorSpec,
} from "../../core/shape.ts";
import { specialise } from "../../core/specialise.ts";
import {
  type AttentionSizes,
  adderOf,
  attentionBackwardRef,
  attentionProbsRef,
  attentionRef,
  type Layout,
  readerOf,
  type ScoreRules,
} from "./attention.ref.ts";
import forwardCode from "./attention.wgsl?raw";
import accessCode from "./attention_access.wgsl?raw";
import commonCode from "./attention_common.wgsl?raw";
import deltaCode from "./attention_delta.wgsl?raw";
import dkvCode from "./attention_dkv.wgsl?raw";
import dqCode from "./attention_dq.wgsl?raw";
import probsCode from "./attention_probs.wgsl?raw";

export type { ScoreRules } from "./attention.ref.ts";

/** Attributes of {@link attention}. */
export interface AttentionAttrs extends ScoreRules {
  /** Position of query 0; S - T when left out, so that the last query sits on the last key. */
  readonly qOffset?: number;
}

/** Attributes of {@link attentionPacked}. */
export interface PackedAttentionAttrs extends ScoreRules {
  readonly heads: number;
  /** Divides `heads`: query head h reads key head floor(h / (heads / kvHeads)). */
  readonly kvHeads: number;
  readonly headDim: number;
}

/** More positions than any tensor has, and far from overflowing an i32. */
const NO_LIMIT = 2 ** 30;

/** Widest head the kernels are tested for. */
const MAX_HEAD = 256;

/** Sizes and places of one attention problem, whichever way its tensors are packed. */
interface Problem extends AttentionSizes {
  readonly q: Layout;
  readonly k: Layout;
  readonly v: Layout;
  readonly o: Layout;
}

const headsFirst = (heads: number, rows: number, width: number): Layout => ({
  base: 0,
  batch: heads * rows * width,
  head: rows * width,
  row: width,
});

function checkRules(op: string, rules: ScoreRules): void {
  if (rules.window !== null && !(Number.isInteger(rules.window) && rules.window >= 1))
    throw new ShapeError(
      op,
      `window must be null or an integer >= 1; it is ${rules.window}. It counts the query's own position.`,
    );
  if (rules.softcap !== null && !(rules.softcap > 0))
    throw new ShapeError(
      op,
      `softcap must be null or > 0; it is ${rules.softcap}. Use null for none.`,
    );
  if (!Number.isFinite(rules.scale))
    throw new ShapeError(op, `scale must be a finite number; it is ${rules.scale}.`);
}

function checkMask(op: string, keep: TensorSpec | null | undefined, shape: Shape): void {
  if (!keep) return;
  if (keep.dtype !== "u32" || showShape(keep.shape) !== showShape(shape))
    throw new ShapeError(
      op,
      `keyMask must be u32 ${showShape(shape)}; it is ${keep.dtype} ${showShape(keep.shape)}.`,
    );
}

function separateProblem(
  op: string,
  q: TensorSpec,
  k: TensorSpec,
  v: TensorSpec,
  keep: TensorSpec | null | undefined,
  attrs: AttentionAttrs,
): Problem {
  const shapes = `q is ${showShape(q.shape)}, k ${showShape(k.shape)}, v ${showShape(v.shape)}`;
  if (q.shape.length !== 4 || k.shape.length !== 4 || v.shape.length !== 4)
    throw new ShapeError(op, `needs [batch, heads, rows, width] each; ${shapes}.`);
  const [B, heads, T, D] = q.shape as [number, number, number, number];
  const [kB, keyHeads, S, kD] = k.shape as [number, number, number, number];
  const [vB, vHeads, vS, DV] = v.shape as [number, number, number, number];
  if (kB !== B || vB !== B || vHeads !== keyHeads || vS !== S || kD !== D)
    throw new ShapeError(
      op,
      `batches, key heads, key rows and the width of q and k must agree; ${shapes}.`,
    );
  if (keyHeads < 1 || heads % keyHeads !== 0)
    throw new ShapeError(op, `key heads must divide query heads; ${shapes}.`);
  if (D < 1 || DV < 1 || D > MAX_HEAD || DV > MAX_HEAD)
    throw new ShapeError(op, `head widths must be 1 to ${MAX_HEAD}; ${shapes}.`);
  checkRules(op, attrs);
  checkMask(op, keep, [B, S]);
  return {
    B,
    heads,
    keyHeads,
    T,
    S,
    D,
    DV,
    offset: attrs.qOffset ?? S - T,
    q: headsFirst(heads, T, D),
    k: headsFirst(keyHeads, S, D),
    v: headsFirst(keyHeads, S, DV),
    o: headsFirst(heads, T, DV),
  };
}

function packedProblem(
  op: string,
  qkv: TensorSpec,
  keep: TensorSpec | null | undefined,
  attrs: PackedAttentionAttrs,
): Problem {
  const { heads, kvHeads, headDim: D } = attrs;
  if (!(heads >= 1 && kvHeads >= 1 && heads % kvHeads === 0))
    throw new ShapeError(op, `kvHeads must divide heads; they are ${kvHeads} and ${heads}.`);
  if (!(D >= 1 && D <= MAX_HEAD))
    throw new ShapeError(op, `headDim must be 1 to ${MAX_HEAD}; it is ${D}.`);
  const [B, T, width] = qkv.shape as [number, number, number];
  if (qkv.shape.length !== 3 || width !== (heads + 2 * kvHeads) * D)
    throw new ShapeError(
      op,
      `qkv must be [batch, rows, (heads + 2 kvHeads) * headDim = ${(heads + 2 * kvHeads) * D}]; it is ${showShape(qkv.shape)}.`,
    );
  checkRules(op, attrs);
  checkMask(op, keep, [B, T]);
  const inRow = (base: number): Layout => ({ base, batch: T * width, head: D, row: width });
  return {
    B,
    heads,
    keyHeads: kvHeads,
    T,
    S: T,
    D,
    DV: D,
    offset: 0,
    q: inRow(0),
    k: inRow(heads * D),
    v: inRow((heads + kvHeads) * D),
    o: { base: 0, batch: T * heads * D, head: D, row: heads * D },
  };
}

/** How the kernels are shaped for a device and a head. */
interface Tuning {
  /** Rows one invocation owns, and quads of the other side it meets at a time. */
  readonly ROWS: number;
  readonly QUADS: number;
  readonly WG: number;
  /** Neighbouring invocations take the same rows of different heads. */
  readonly HEADS_FIRST: boolean;
  /** Loops have constant bounds, so that a GPU compiler keeps rows and sums in registers; with ROWS = 1. */
  readonly UNROLLED: boolean;
  /** Quads kept per row of q and k, of v and o. */
  readonly DQ: number;
  readonly DVQ: number;
}

const isVec4 = ({ D, DV }: Problem): boolean => D % 4 === 0 && DV % 4 === 0;

/**
 * On software adapters every load is eight scalar ones, so rows share what is loaded; four rows and
 * four keys is where running and compiling (each load costs some 30 ms there) balance. Rows become
 * fewer as heads become wider, because arrays are slow to compile too.
 */
function tuningFor(problem: Problem, { adapterClass }: AdapterProfile): Tuning {
  const [DQ, DVQ] = [Math.ceil(problem.D / 4), Math.ceil(problem.DV / 4)];
  if (adapterClass === "gpu")
    return { ROWS: 1, QUADS: 1, WG: 64, HEADS_FIRST: false, UNROLLED: true, DQ, DVQ };
  const widest = Math.max(problem.D, problem.DV);
  return {
    ROWS: !isVec4(problem) || widest > 128 ? 1 : widest > 64 ? 2 : 4,
    QUADS: 1,
    WG: 8,
    HEADS_FIRST: true,
    UNROLLED: false,
    // In steps of 16 elements: fewer kernels to compile.
    DQ: Math.ceil(DQ / 4) * 4,
    DVQ: Math.ceil(DVQ / 4) * 4,
  };
}

function kernelOf(
  code: string,
  problem: Problem,
  rules: ScoreRules,
  tuning: Tuning,
  flags: { mask?: boolean; packed?: boolean; read: readonly string[]; written?: readonly string[] },
): string {
  const choices = {
    ...tuning,
    VEC4: isVec4(problem),
    MASK: flags.mask ?? false,
    PACKED: flags.packed ?? false,
    SOFTCAP: rules.softcap !== null,
    READ: flags.read,
    WRITTEN: flags.written ?? [],
  };
  const { ROWS, QUADS, WG, DQ, DVQ } = tuning;
  const constants = Object.entries({ ROWS, QUADS, WG, DQ, DVQ }).map(
    ([name, value]) => `const ${name} = ${value}${name === "QUADS" ? "" : "u"};`,
  );
  return [...constants, specialise(`${commonCode}\n${accessCode}\n${code}`, choices)].join("\n");
}

function paramsOf(problem: Problem, rules: ScoreRules, blocks: number): Record<string, Param> {
  const unit = isVec4(problem) ? 4 : 1;
  const params: Record<string, Param> = {};
  for (const name of ["q", "k", "v", "o"] as const)
    for (const part of ["base", "batch", "head", "row"] as const)
      params[`${name}.${part}`] = problem[name][part] / unit;
  return {
    ...params,
    batches: problem.B,
    heads: problem.heads,
    group: problem.heads / problem.keyHeads,
    blocks,
    T: problem.T,
    S: problem.S,
    D: problem.D,
    DV: problem.DV,
    offset: { i32: problem.offset },
    ahead: { i32: rules.causal || rules.window !== null ? 0 : NO_LIMIT },
    window: { i32: rules.window ?? NO_LIMIT },
    scale: { f32: rules.scale },
    softcap: { f32: rules.softcap ?? 1 },
  };
}

/** Names under which a problem's tensors are bound. */
interface Names {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly keyMask: string | null;
}

function forwardPlan(
  label: string,
  problem: Problem,
  rules: ScoreRules,
  names: Names,
  adapter: AdapterProfile,
): OpPlan {
  const tuning = tuningFor(problem, adapter);
  const blocks = Math.ceil(problem.T / tuning.ROWS);
  const mask = names.keyMask ? [names.keyMask] : [];
  return {
    dispatches: [
      {
        label,
        code: kernelOf(forwardCode, problem, rules, tuning, {
          mask: mask.length > 0,
          read: ["q", "k", "v"],
          written: ["o"],
        }),
        bindings: [names.q, names.k, names.v, ...mask, "o", "lse"],
        params: paramsOf(problem, rules, blocks),
        workgroups: gridFor(Math.ceil((problem.B * problem.heads * blocks) / tuning.WG)),
      },
    ],
  };
}

function backwardPlan(
  label: string,
  problem: Problem,
  rules: ScoreRules,
  names: Names,
  into: { readonly dq: string; readonly dk: string; readonly dv: string | null },
  adapter: AdapterProfile,
): OpPlan {
  const tuning = tuningFor(problem, adapter);
  const { B, heads, keyHeads, T, S } = problem;
  const mask = names.keyMask ? [names.keyMask] : [];
  const kernel = (code: string, read: string[], written: string[]): string =>
    kernelOf(code, problem, rules, tuning, {
      mask: mask.length > 0,
      packed: into.dv === null,
      read,
      written,
    });
  const rowBlocks = Math.ceil(T / tuning.ROWS);
  const keyBlocks = Math.ceil(S / tuning.ROWS);
  const dispatches: Dispatch[] = [
    {
      label: `${label}/delta`,
      code: kernelOf(deltaCode, problem, rules, tuning, { read: [] }),
      bindings: ["o", "dO", "lse", "stats"],
      params: paramsOf(problem, rules, 0),
      workgroups: gridFor(Math.ceil((B * heads * T) / tuning.WG)),
    },
    {
      label: `${label}/dq`,
      code: kernel(dqCode, ["q", "k", "v", "d_o"], ["dq"]),
      bindings: [names.q, names.k, names.v, "dO", "stats", ...mask, into.dq],
      params: paramsOf(problem, rules, rowBlocks),
      workgroups: gridFor(Math.ceil((B * heads * rowBlocks) / tuning.WG)),
    },
    {
      label: `${label}/dkv`,
      code: kernel(dkvCode, ["q", "k", "v", "d_o"], ["dk", ...(into.dv === null ? [] : ["dv"])]),
      bindings: [
        names.q,
        names.k,
        names.v,
        "dO",
        "stats",
        into.dk,
        ...(into.dv === null ? [] : [into.dv]),
        ...mask,
      ],
      params: paramsOf(problem, rules, keyBlocks),
      workgroups: gridFor(Math.ceil((B * keyHeads * keyBlocks) / tuning.WG)),
    },
  ];
  return { dispatches, temps: { stats: f32([B, heads, T, 2]) } };
}

function probsPlan(label: string, problem: Problem, rules: ScoreRules, names: Names): OpPlan {
  const mask = names.keyMask ? [names.keyMask] : [];
  const { B, heads, T } = problem;
  const tuning = tuningFor(problem, BASELINE_PROFILE);
  return {
    dispatches: [
      {
        label,
        code: kernelOf(probsCode, problem, rules, tuning, {
          mask: mask.length > 0,
          read: ["q", "k"],
        }),
        bindings: [names.q, names.k, ...mask, "probs"],
        params: paramsOf(problem, rules, 0),
        workgroups: gridFor(Math.ceil((B * heads * T) / tuning.WG)),
      },
    ],
  };
}

const checkLse = (op: string, lse: TensorSpec, { B, heads, T }: Problem): void => {
  if (showShape(lse.shape) !== showShape([B, heads, T]))
    throw new ShapeError(
      op,
      `lse must be ${showShape([B, heads, T])}; it is ${showShape(lse.shape)}.`,
    );
};

const separateNames = (keyMask: TensorSpec | null | undefined): Names => ({
  q: "q",
  k: "k",
  v: "v",
  keyMask: keyMask ? "keyMask" : null,
});
const packedNames = (keyMask: TensorSpec | null | undefined): Names => ({
  q: "qkv",
  k: "qkv",
  v: "qkv",
  keyMask: keyMask ? "keyMask" : null,
});

const zeros = (shape: Shape): NdArray => ({ shape, data: new Float64Array(sizeOf(shape)) });

/** A loss that reads lse would get a wrong gradient from these rules: say so instead. */
function refuseLse(op: string, dLse: unknown): void {
  if (dLse)
    throw new ShapeError(
      op,
      "lse must not reach the loss: its gradient is not written. Detach it.",
    );
}

const specOfArray = (array: NdArray, dtype: "f32" | "u32" = "f32"): TensorSpec => ({
  shape: array.shape,
  dtype,
});
const maskSpec = (keep: NdArray | null | undefined): TensorSpec | null =>
  keep ? specOfArray(keep, "u32") : null;

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
