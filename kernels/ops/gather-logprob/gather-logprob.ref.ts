import type { NdArray } from "../../core/op.ts";

export interface GatherLogprobResult {
  readonly logp: NdArray;
  readonly entropy: NdArray;
  readonly logsumexp: NdArray;
  readonly rowStats: NdArray;
}

export function gatherLogprobRef(
  logits: NdArray,
  target: NdArray,
  temperature: number,
): GatherLogprobResult {
  const V = logits.shape.at(-1) as number;
  const rows = target.data.length;
  const logp = new Float64Array(rows);
  const entropy = new Float64Array(rows);
  const logsumexp = new Float64Array(rows);
  const rowStats = new Float64Array(rows * 2);
  target.data.forEach((t, r) => {
    const row = logits.data.subarray(r * V, (r + 1) * V);
    const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logZ = Math.log(row.reduce((sum, x) => sum + Math.exp((x - max) / temperature), 0));
    const l = row.map((x) => (x - max) / temperature - logZ);
    logp[r] = l[t] ?? 0;
    entropy[r] = -l.reduce((sum, v) => sum + (Math.exp(v) === 0 ? 0 : Math.exp(v) * v), 0);
    logsumexp[r] = max / temperature + logZ;
    rowStats.set([max, logZ], r * 2);
  });
  const { shape } = target;
  return {
    logp: { shape, data: logp },
    entropy: { shape, data: entropy },
    logsumexp: { shape, data: logsumexp },
    rowStats: { shape: [...shape, 2], data: rowStats },
  };
}

export function gatherLogprobBackwardRef(
  logits: NdArray,
  target: NdArray,
  rowStats: NdArray,
  entropy: NdArray,
  gradients: {
    readonly dLogp: NdArray | null;
    readonly dEntropy: NdArray | null;
    readonly dLogsumexp: NdArray | null;
  },
  temperature: number,
): NdArray {
  const V = logits.shape.at(-1) as number;
  const dlogits = new Float64Array(logits.data.length);
  target.data.forEach((t, r) => {
    const max = rowStats.data[r * 2] as number;
    const logZ = rowStats.data[r * 2 + 1] as number;
    const dLogp = t >= 0 && t < V ? (gradients.dLogp?.data[r] ?? 0) : 0;
    const dEntropy = gradients.dEntropy?.data[r] ?? 0;
    const dLogsumexp = gradients.dLogsumexp?.data[r] ?? 0;
    for (let c = 0; c < V; c++) {
      const l = ((logits.data[r * V + c] as number) - max) / temperature - logZ;
      const p = Math.exp(l);
      const information = p === 0 ? 0 : p * (l + (entropy.data[r] as number));
      dlogits[r * V + c] =
        (dLogp * ((c === t ? 1 : 0) - p) - dEntropy * information + dLogsumexp * p) / temperature;
    }
  });
  return { shape: logits.shape, data: dlogits };
}
