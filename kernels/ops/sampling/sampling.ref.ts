import type { NdArray } from "../../core/op.ts";
import { philox, STREAMS } from "../../core/philox.ts";
import { MASKED_LOGIT, type SamplerSettings, settingsFrom } from "./settings.ts";

/** Logits below this are masked: they are never sampled, whatever the settings. */
const LIVE = -1e37;

const isLive = (v: number): boolean => v >= LIVE;

/** One row after penalties and temperature; masked logits stay masked. */
function penalise(logits: Float64Array, context: Float64Array, s: SamplerSettings): Float64Array {
  const counts = new Map<number, number>();
  for (const token of context) counts.set(token, (counts.get(token) ?? 0) + 1);
  const temperature = s.temperature > 0 ? s.temperature : 1;
  return logits.map((logit, c) => {
    if (!isLive(logit)) return MASKED_LOGIT;
    const count = counts.get(c) ?? 0;
    let v = logit;
    if (count > 0) {
      v = v < 0 ? v * s.repetitionPenalty : v / s.repetitionPenalty;
      v -= s.frequencyPenalty * count + s.presencePenalty;
    }
    return v / temperature;
  });
}

/** The probabilities of one row of processed logits after top-k, top-p and min-p. Ties are kept together. */
function filter(row: Float64Array, s: SamplerSettings): Float64Array {
  const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let kept = row.map((v) => (isLive(v) || !isLive(max) ? v : Number.NEGATIVE_INFINITY));
  const keepFrom = (least: number): void => {
    kept = kept.map((v) => (v >= least ? v : Number.NEGATIVE_INFINITY));
  };
  if (s.topK >= 1 && s.topK < row.length) {
    const sorted = Float64Array.from(kept).sort().reverse();
    keepFrom(sorted[s.topK - 1] as number);
  }
  if (s.topP < 1) {
    const levels = [...new Set(kept)].sort((a, b) => b - a);
    const mass = (v: number): number => Math.exp(v - max);
    const total = kept.reduce((sum, v) => sum + mass(v), 0);
    let above = 0;
    let least = max;
    for (const level of levels) {
      if (above >= s.topP * total && level !== max) break;
      least = level;
      above += mass(level) * kept.filter((v) => v === level).length;
    }
    keepFrom(least);
  }
  if (s.minP > 0) keepFrom(Math.min(max, max + Math.log(s.minP)));
  const total = kept.reduce((sum, v) => sum + Math.exp(v - max), 0);
  return kept.map((v) => Math.exp(v - max) / total);
}

export interface ProcessedLogits {
  readonly filtered: NdArray;
  readonly probs: NdArray;
  readonly kept: NdArray;
  readonly entropy: NdArray;
}

export function processLogitsRef(
  logits: NdArray,
  history: NdArray,
  lengths: NdArray,
  settings: NdArray,
): ProcessedLogits {
  const s = settingsFrom(settings.data);
  const [rows, V] = logits.shape as [number, number];
  const S = history.shape[1] as number;
  const filtered = new Float64Array(rows * V);
  const probs = new Float64Array(rows * V);
  const kept = new Float64Array(rows);
  const entropy = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const context = history.data.subarray(r * S, r * S + Math.min(S, lengths.data[r] as number));
    const row = penalise(logits.data.subarray(r * V, (r + 1) * V), context, s);
    const p = filter(row, s);
    probs.set(p, r * V);
    filtered.set(
      row.map((v, c) => ((p[c] as number) > 0 ? v : MASKED_LOGIT)),
      r * V,
    );
    kept[r] = p.reduce((n, v) => n + (v > 0 ? 1 : 0), 0);
    entropy[r] = -p.reduce((sum, v) => sum + (v > 0 ? v * Math.log(v) : 0), 0);
  }
  return {
    filtered: { shape: logits.shape, data: filtered },
    probs: { shape: logits.shape, data: probs },
    kept: { shape: [rows], data: kept },
    entropy: { shape: [rows], data: entropy },
  };
}

/** The first index of positive weight whose running sum exceeds u; else the last of positive weight. */
export function drawIndexRef(weights: Float64Array, u: number): number {
  let index = 0;
  let running = 0;
  for (const [i, weight] of weights.entries()) {
    if (weight <= 0) continue;
    index = i;
    running += weight;
    if (running > u) break;
  }
  return index;
}

export function sampleTokenRef(
  logits: NdArray,
  history: NdArray,
  lengths: NdArray,
  settings: NdArray,
  rng: NdArray,
): { token: NdArray; logprob: NdArray } {
  const s = settingsFrom(settings.data);
  const { filtered, probs } = processLogitsRef(logits, history, lengths, settings);
  const [rows, V] = logits.shape as [number, number];
  const token = new Float64Array(rows);
  const logprob = new Float64Array(rows);
  const [low, high, step] = rng.data as unknown as [number, number, number];
  for (let r = 0; r < rows; r++) {
    const p = probs.data.subarray(r * V, (r + 1) * V);
    const row = filtered.data.subarray(r * V, (r + 1) * V);
    const [word] = philox([r, step, STREAMS.sampling, 0], [low, high]);
    const largest = row.reduce((best, v, c) => (v > (row[best] as number) ? c : best), 0);
    const index =
      s.greedy || s.temperature <= 0 ? largest : drawIndexRef(p, (word >>> 8) / 16_777_216);
    token[r] = index;
    logprob[r] = Math.log(p[index] as number);
  }
  return { token: { shape: [rows], data: token }, logprob: { shape: [rows], data: logprob } };
}
