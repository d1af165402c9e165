// What is attended to by what: sizes and places of one problem, whichever way its tensors are packed,
// checked once for every op.
import type { NdArray } from "../../core/op.ts";
import { type Shape, ShapeError, showShape, sizeOf, type TensorSpec } from "../../core/shape.ts";
import type { AttentionSizes, Layout, ScoreRules } from "./attention.ref.ts";

/** Attributes of `attention`. */
export interface AttentionAttrs extends ScoreRules {
  /** Position of query 0; S - T when left out, so that the last query sits on the last key. */
  readonly qOffset?: number;
}

/** Attributes of `attentionPacked`. */
export interface PackedAttentionAttrs extends ScoreRules {
  readonly heads: number;
  /** Divides `heads`: query head h reads key head floor(h / (heads / kvHeads)). */
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Widest head the kernels are tested for. */
const MAX_HEAD = 256;

/** Sizes and places of one attention problem, whichever way its tensors are packed. */
export interface Problem extends AttentionSizes {
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

/** @throws ShapeError when the tensors do not fit each other or the rules. */
export function separateProblem(
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

/** @throws ShapeError when the tensor does not fit the attributes. */
export function packedProblem(
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

export const checkLse = (op: string, lse: TensorSpec, { B, heads, T }: Problem): void => {
  if (showShape(lse.shape) !== showShape([B, heads, T]))
    throw new ShapeError(
      op,
      `lse must be ${showShape([B, heads, T])}; it is ${showShape(lse.shape)}.`,
    );
};

/** A loss that reads lse would get a wrong gradient from these rules: say so instead. */
export function refuseLse(op: string, dLse: unknown): void {
  if (dLse)
    throw new ShapeError(
      op,
      "lse must not reach the loss: its gradient is not written. Detach it.",
    );
}

export const specOfArray = (array: NdArray, dtype: "f32" | "u32" = "f32"): TensorSpec => ({
  shape: array.shape,
  dtype,
});
export const maskSpec = (keep: NdArray | null | undefined): TensorSpec | null =>
  keep ? specOfArray(keep, "u32") : null;

export const zeros = (shape: Shape): NdArray => ({ shape, data: new Float64Array(sizeOf(shape)) });
