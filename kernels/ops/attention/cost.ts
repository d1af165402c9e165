// What the kernels of attention cost, for the profiler. Pairs that a causal rule or a window hides are
// not computed and do not count; pairs that only a key mask hides do.
import type { Cost } from "../../core/plan.ts";
import type { AttentionSizes, ScoreRules } from "./attention.ref.ts";

/** Operations on a score: scale, subtract, exp, and the sum. */
const SOFTMAX = 4;
/** In the backward pass: scale, subtract lse, exp; dp - delta, times p, times scale. */
const SOFTMAX_BACKWARD = 6;

/**
 * Pairs of a query and a key it may see, over all query heads. Causal, with T = S and no window,
 * T (T + 1) / 2 per head; a window w cuts each row to w.
 */
export function visiblePairs(
  { B, heads, T, S, offset }: AttentionSizes,
  { causal, window }: ScoreRules,
): number {
  let pairs = 0;
  for (let i = 0; i < T; i++) {
    const position = i + offset;
    const last = causal || window !== null ? Math.min(position, S - 1) : S - 1;
    const first = window === null ? 0 : Math.max(0, position - window + 1);
    pairs += Math.max(0, last - first + 1);
  }
  return B * heads * pairs;
}

/** Elements of q, of k and v, of o, and rows of queries. */
function sizesOf({ B, heads, keyHeads, T, S, D, DV }: AttentionSizes) {
  const rows = B * heads * T;
  const keys = B * keyHeads * S;
  return { rows, q: rows * D, k: keys * D, v: keys * DV, o: rows * DV };
}

/** q k' and p v for each pair; q, k and v are read, o and lse written. */
export function forwardCost(sizes: AttentionSizes, rules: ScoreRules): Cost {
  const { rows, q, k, v, o } = sizesOf(sizes);
  const perPair = 2 * sizes.D + 2 * sizes.DV + SOFTMAX;
  return { flops: visiblePairs(sizes, rules) * perPair, bytes: 4 * (q + k + v + o + rows) };
}

/** q k', dO v' and ds k for each pair; q, k, v, dO and two numbers per row are read, dq written. */
export function dqCost(sizes: AttentionSizes, rules: ScoreRules): Cost {
  const { rows, q, k, v, o } = sizesOf(sizes);
  const perPair = 4 * sizes.D + 2 * sizes.DV + SOFTMAX_BACKWARD;
  return { flops: visiblePairs(sizes, rules) * perPair, bytes: 4 * (2 * q + k + v + o + 2 * rows) };
}

/** q k', dO v', p' dO and ds' q for each pair; as {@link dqCost}, with dk and dv written. */
export function dkvCost(sizes: AttentionSizes, rules: ScoreRules): Cost {
  const { rows, q, k, v, o } = sizesOf(sizes);
  const perPair = 4 * sizes.D + 4 * sizes.DV + SOFTMAX_BACKWARD;
  const elements = q + 2 * k + 2 * v + o + 2 * rows;
  return { flops: visiblePairs(sizes, rules) * perPair, bytes: 4 * elements };
}

/** q k' for each pair; q and k are read, and a number for each pair written, seen or not. */
export function probsCost(sizes: AttentionSizes, rules: ScoreRules): Cost {
  const { rows, q, k } = sizesOf(sizes);
  const perPair = 2 * sizes.D + SOFTMAX;
  return { flops: visiblePairs(sizes, rules) * perPair, bytes: 4 * (q + k + rows * sizes.S) };
}
