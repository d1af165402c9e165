// Exponential moving averages of whole series, without the bias of beginning at zero.

/** How far a series was averaged, so that new rows cost only themselves. */
interface Progress {
  readonly values: Float64Array;
  rows: number;
  mean: number;
  /** factor^count: what is still missing to a full weight. */
  rest: number;
}

/** By the buffer that a series lies in and the factor: buffers only ever grow at their end (lib/columns.ts). */
const known = new WeakMap<ArrayBufferLike, Map<string, Progress>>();
/** While a slider is dragged, every factor it passes would be kept. */
const FACTORS_KEPT = 4;

/**
 * Debiased exponential moving average: y_t = s y_{t-1} + (1 - s) x_t, divided by 1 - s^t.
 *
 * Written as mean += w (x - mean) with w = (1 - s) / (1 - s^t), which is the same, and exact where x is
 * constant. Values that are not finite are skipped: they have no average (NaN) and do not count as a step.
 *
 * @param factor s, 0 to below 1; 0 gives the series itself.
 */
export function smooth(series: Float64Array, factor: number): Float64Array {
  if (!(factor > 0)) return series;
  const progress = progressOf(series, factor);
  const { values } = progress;
  for (let row = progress.rows; row < series.length; row++) {
    const value = series[row] as number;
    if (!Number.isFinite(value)) {
      values[row] = Number.NaN;
      continue;
    }
    progress.rest *= factor;
    progress.mean += ((1 - factor) / (1 - progress.rest)) * (value - progress.mean);
    values[row] = progress.mean;
  }
  progress.rows = Math.max(progress.rows, series.length);
  return values.subarray(0, series.length);
}

function progressOf(series: Float64Array, factor: number): Progress {
  const byFactor = known.get(series.buffer) ?? new Map<string, Progress>();
  known.set(series.buffer, byFactor);
  const key = `${factor} ${series.byteOffset}`;
  const found = byFactor.get(key);
  if (found) return found;
  const oldest = byFactor.keys().next().value;
  if (byFactor.size >= FACTORS_KEPT && oldest !== undefined) byFactor.delete(oldest);
  // The whole buffer: later rows lie in it too.
  const rows = Math.floor((series.buffer.byteLength - series.byteOffset) / 8);
  const made = { values: new Float64Array(rows), rows: 0, mean: 0, rest: 1 };
  byFactor.set(key, made);
  return made;
}
