import { type Columns, columnOf, rowsBefore } from "./columns.ts";

/** One stretch of a curve: its mean, and how far it reached either way. */
export interface Bucket {
  readonly step: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/**
 * A curve in at most `buckets` points between two steps (both included), for a chart about that many pixels wide. No
 * extreme is lost: each point carries the least and the greatest value of its stretch. Values that
 * are not finite are left out.
 */
export function downsample(
  history: Columns,
  column: string,
  range: { readonly from: number; readonly to: number },
  buckets: number,
): Bucket[] {
  const { step: steps } = history.values;
  const values = columnOf(history, column);
  const width = Math.max(range.to - range.from, 1) / Math.max(1, buckets);
  const first = rowsBefore(history, range.from);
  const result: Bucket[] = [];
  let index = -1;
  let count = 0;
  let stepSum = 0;
  let sum = 0;
  let min = 0;
  let max = 0;
  const close = () => {
    if (count > 0) result.push({ step: stepSum / count, mean: sum / count, min, max });
  };
  for (let row = first; row < values.length; row++) {
    const step = steps[row] as number;
    const value = values[row] as number;
    if (step > range.to) break;
    if (!Number.isFinite(value)) continue;
    const bucket = Math.min(buckets - 1, Math.floor((step - range.from) / width));
    if (bucket !== index) {
      close();
      index = bucket;
      count = 0;
      stepSum = 0;
      sum = 0;
      min = value;
      max = value;
    }
    count += 1;
    stepSum += step;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  close();
  return result;
}
