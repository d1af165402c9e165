import type { NdArray } from "../../core/op.ts";
import type { CrossEntropyAttrs } from "./settings.ts";

/** A target that names a class and is not the ignored one. */
const isLive = (target: number, V: number, ignoreIndex: number): boolean =>
  target !== ignoreIndex && target >= 0 && target < V;

export interface CrossEntropyResult {
  readonly loss: NdArray;
  readonly perRow: NdArray;
  readonly logsumexp: NdArray;
  readonly denominator: NdArray;
  readonly rowStats: NdArray;
}

export function crossEntropyRef(
  logits: NdArray,
  target: NdArray,
  tokenWeight: NdArray | null,
  classWeight: NdArray | null,
  { ignoreIndex, labelSmoothing, reduction }: CrossEntropyAttrs,
): CrossEntropyResult {
  const V = logits.shape.at(-1) as number;
  const rows = target.data.length;
  const weightOf = (c: number): number => classWeight?.data[c] ?? 1;
  const perRow = new Float64Array(rows);
  const logsumexp = new Float64Array(rows);
  const rowStats = new Float64Array(rows * 2);
  let total = 0;
  let weights = 0;
  target.data.forEach((t, r) => {
    const row = logits.data.subarray(r * V, (r + 1) * V);
    const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logZ = Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
    logsumexp[r] = max + logZ;
    rowStats.set([max, logZ], r * 2);
    if (!isLive(t, V, ignoreIndex)) return;
    const nll = (c: number): number => max + logZ - (row[c] as number);
    let smooth = 0;
    if (labelSmoothing > 0) for (let c = 0; c < V; c++) smooth += weightOf(c) * nll(c);
    const loss = (1 - labelSmoothing) * weightOf(t) * nll(t) + (labelSmoothing / V) * smooth;
    const u = tokenWeight?.data[r] ?? 1;
    perRow[r] = loss;
    total += u * loss;
    weights += u * weightOf(t);
  });
  const denominator = reduction === "sum" ? 1 : weights;
  return {
    loss: { shape: [1], data: Float64Array.of(denominator === 0 ? 0 : total / denominator) },
    perRow: { shape: target.shape, data: perRow },
    logsumexp: { shape: target.shape, data: logsumexp },
    denominator: { shape: [1], data: Float64Array.of(denominator) },
    rowStats: { shape: [...target.shape, 2], data: rowStats },
  };
}

export function crossEntropyBackwardRef(
  logits: NdArray,
  target: NdArray,
  rowStats: NdArray,
  denominator: NdArray,
  gradients: {
    readonly dLoss: NdArray | null;
    readonly dPerRow: NdArray | null;
    readonly dLogsumexp: NdArray | null;
  },
  tokenWeight: NdArray | null,
  classWeight: NdArray | null,
  { ignoreIndex, labelSmoothing }: CrossEntropyAttrs,
): NdArray {
  const V = logits.shape.at(-1) as number;
  const weightOf = (c: number): number => classWeight?.data[c] ?? 1;
  let weightSum = 0;
  for (let c = 0; c < V; c++) weightSum += weightOf(c);
  const total = denominator.data[0] as number;
  const dLoss = total === 0 ? 0 : (gradients.dLoss?.data[0] ?? 0) / total;
  const dlogits = new Float64Array(logits.data.length);
  target.data.forEach((t, r) => {
    const dLogsumexp = gradients.dLogsumexp?.data[r] ?? 0;
    const scale = isLive(t, V, ignoreIndex)
      ? dLoss * (tokenWeight?.data[r] ?? 1) + (gradients.dPerRow?.data[r] ?? 0)
      : 0;
    if (scale === 0 && dLogsumexp === 0) return;
    const [max, logZ] = rowStats.data.subarray(r * 2, r * 2 + 2) as unknown as [number, number];
    for (let c = 0; c < V; c++) {
      const p = Math.exp((logits.data[r * V + c] as number) - max - logZ);
      const hit = (1 - labelSmoothing) * weightOf(t) * (p - (c === t ? 1 : 0));
      const smooth = (labelSmoothing / V) * (weightSum * p - weightOf(c));
      dlogits[r * V + c] = (scale === 0 ? 0 : scale * (hit + smooth)) + dLogsumexp * p;
    }
  });
  return { shape: logits.shape, data: dlogits };
}
