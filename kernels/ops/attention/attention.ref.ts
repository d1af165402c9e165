import type { NdArray } from "../../core/op.ts";

/** Who sees whom, and how scores are shaped: what every form of attention here shares. */
export interface ScoreRules {
  /** Query at position p sees keys j <= p. */
  readonly causal: boolean;
  /** Query at position p sees keys p - window < j <= p (it implies causal); null: no limit. */
  readonly window: number | null;
  /** Scores become softcap * tanh(score / softcap) before masking; null: they stay. */
  readonly softcap: number | null;
  /** Factor on q . k. */
  readonly scale: number;
}

/** What `lse` says of a query that sees no key: finite, since WGSL may assume infinities away. */
export const MASKED = -3e38;

/** Reads head tensors [B, heads, rows, width] wherever they lie: (b, head, row, d) -> value. */
export type Reader = (b: number, head: number, row: number, d: number) => number;

export interface AttentionSizes {
  readonly B: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly T: number;
  readonly S: number;
  readonly D: number;
  readonly DV: number;
  /** Position of query 0. */
  readonly offset: number;
}

/** Capped scores of one query row; null where the key is hidden. */
function scoresOf(
  sizes: AttentionSizes,
  rules: ScoreRules,
  q: Reader,
  k: Reader,
  keep: NdArray | null,
  [b, h, i]: readonly [number, number, number],
): (number | null)[] {
  const { S, D, heads, keyHeads, offset } = sizes;
  const keyHead = Math.floor(h / (heads / keyHeads));
  const position = i + offset;
  return Array.from({ length: S }, (_, j) => {
    if ((rules.causal || rules.window !== null) && j > position) return null;
    if (rules.window !== null && j <= position - rules.window) return null;
    if (keep && keep.data[b * S + j] === 0) return null;
    let dot = 0;
    for (let d = 0; d < D; d++) dot += q(b, h, i, d) * k(b, keyHead, j, d);
    const s = dot * rules.scale;
    return rules.softcap === null ? s : rules.softcap * Math.tanh(s / rules.softcap);
  });
}

/** Log of the sum of exponentials of what is visible; MASKED when nothing is. */
function logSumExp(scores: readonly (number | null)[]): number {
  const seen = scores.filter((s) => s !== null);
  if (seen.length === 0) return MASKED;
  const max = seen.reduce((a, b) => Math.max(a, b));
  return max + Math.log(seen.reduce((sum, s) => sum + Math.exp(s - max), 0));
}

function forEachRow(
  { B, heads, T }: AttentionSizes,
  visit: (row: readonly [number, number, number], index: number) => void,
): void {
  let index = 0;
  for (let b = 0; b < B; b++)
    for (let h = 0; h < heads; h++) for (let i = 0; i < T; i++) visit([b, h, i], index++);
}

/** Attention row by row, in doubles. `write` puts one element of the output; returns lse [B, H, T]. */
export function attentionRef(
  sizes: AttentionSizes,
  rules: ScoreRules,
  q: Reader,
  k: Reader,
  v: Reader,
  keep: NdArray | null,
  write: (b: number, head: number, row: number, d: number, value: number) => void,
): NdArray {
  const { B, heads, keyHeads, T, DV } = sizes;
  const lse = new Float64Array(B * heads * T);
  forEachRow(sizes, ([b, h, i], row) => {
    const scores = scoresOf(sizes, rules, q, k, keep, [b, h, i]);
    const total = logSumExp(scores);
    lse[row] = total;
    const keyHead = Math.floor(h / (heads / keyHeads));
    for (let d = 0; d < DV; d++) {
      let sum = 0;
      scores.forEach((s, j) => {
        if (s !== null) sum += Math.exp(s - total) * v(b, keyHead, j, d);
      });
      write(b, h, i, d, sum);
    }
  });
  return { shape: [B, heads, T], data: lse };
}

/** Adds to one element of a gradient. */
export type Adder = (b: number, head: number, row: number, d: number, value: number) => void;

/** Gradient of {@link attentionRef}: adds into dq, dk and dv, which start at zero. */
export function attentionBackwardRef(
  sizes: AttentionSizes,
  rules: ScoreRules,
  q: Reader,
  k: Reader,
  v: Reader,
  keep: NdArray | null,
  dO: Reader,
  add: { readonly q: Adder; readonly k: Adder; readonly v: Adder },
): void {
  const { heads, keyHeads, D, DV } = sizes;
  forEachRow(sizes, ([b, h, i]) => {
    const scores = scoresOf(sizes, rules, q, k, keep, [b, h, i]);
    const total = logSumExp(scores);
    const keyHead = Math.floor(h / (heads / keyHeads));
    const p = scores.map((s) => (s === null ? 0 : Math.exp(s - total)));
    const dp = p.map((_, j) => {
      let sum = 0;
      for (let d = 0; d < DV; d++) sum += dO(b, h, i, d) * v(b, keyHead, j, d);
      return sum;
    });
    const delta = p.reduce((sum, pj, j) => sum + pj * (dp[j] as number), 0);
    p.forEach((pj, j) => {
      const s = scores[j] ?? null;
      if (s === null) return;
      const slope = rules.softcap === null ? 1 : 1 - (s / rules.softcap) ** 2;
      const ds = pj * ((dp[j] as number) - delta) * slope * rules.scale;
      for (let d = 0; d < D; d++) {
        add.q(b, h, i, d, ds * k(b, keyHead, j, d));
        add.k(b, keyHead, j, d, ds * q(b, h, i, d));
      }
      for (let d = 0; d < DV; d++) add.v(b, keyHead, j, d, pj * dO(b, h, i, d));
    });
  });
}

/** Probabilities [B, H, T, S]; 0 where a key is hidden. */
export function attentionProbsRef(
  sizes: AttentionSizes,
  rules: ScoreRules,
  q: Reader,
  k: Reader,
  keep: NdArray | null,
): NdArray {
  const { B, heads, T, S } = sizes;
  const data = new Float64Array(B * heads * T * S);
  forEachRow(sizes, (at, row) => {
    const scores = scoresOf(sizes, rules, q, k, keep, at);
    const total = logSumExp(scores);
    scores.forEach((s, j) => {
      if (s !== null) data[row * S + j] = Math.exp(s - total);
    });
  });
  return { shape: [B, heads, T, S], data };
}

/** Where (b, head, row, d) lies: base + b * batch + head * head + row * row + d, in elements. */
export interface Layout {
  readonly base: number;
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

/** Index of an element under a layout. */
export const indexIn = (l: Layout, b: number, head: number, row: number, d: number): number =>
  l.base + b * l.batch + head * l.head + row * l.row + d;

/** Reads an array through a layout. */
export const readerOf =
  (array: NdArray, layout: Layout): Reader =>
  (b, head, row, d) =>
    array.data[indexIn(layout, b, head, row, d)] as number;

/** Adds into an array through a layout. */
export const adderOf =
  (data: Float64Array, layout: Layout): Adder =>
  (b, head, row, d, value) => {
    const i = indexIn(layout, b, head, row, d);
    data[i] = (data[i] as number) + value;
  };
