// The history of a run's numbers: growable typed columns behind an immutable handle. A handle is never
// changed once it is handed out, yet appending costs only the new rows: handles of one run share
// buffers, and a row beyond a handle's length is invisible to it.

export const COLUMN_NAMES = [
  "step",
  "tokens",
  "seconds",
  "loss",
  "gradNorm",
  "learningRate",
] as const;

export type ColumnName = (typeof COLUMN_NAMES)[number];

/** New rows, oldest first; every column has the same length. */
export type ColumnBatch = Readonly<Record<ColumnName, ArrayLike<number>>>;

/** One run's history, oldest first, steps rising. Only the first `length` entries mean anything. */
export interface Columns {
  readonly length: number;
  readonly values: Readonly<Record<ColumnName, Float64Array>>;
  /** Rows written into the shared buffers so far; tells whether this handle is the newest. */
  readonly shared: { used: number };
}

const FIRST_CAPACITY = 256;

const allocate = (capacity: number): Record<ColumnName, Float64Array> => ({
  step: new Float64Array(capacity),
  tokens: new Float64Array(capacity),
  seconds: new Float64Array(capacity),
  loss: new Float64Array(capacity),
  gradNorm: new Float64Array(capacity),
  learningRate: new Float64Array(capacity),
});

export const EMPTY_COLUMNS: Columns = { length: 0, values: allocate(0), shared: { used: 0 } };

/**
 * The history with a batch at its end. A batch that starts at or before a known step (a run that went
 * back to a checkpoint) replaces everything from that step on, so steps always rise.
 */
export function appendColumns(history: Columns, batch: ColumnBatch): Columns {
  const added = batch.step.length;
  if (added === 0) return history;
  const kept = rowsBefore(history, batch.step[0] as number);
  const length = kept + added;
  const isNewest = history.shared.used === kept && kept === history.length;
  const fits = length <= history.values.step.length;
  const reuse = isNewest && fits;
  const values = reuse ? history.values : allocate(Math.max(FIRST_CAPACITY, 2 * length));
  for (const name of COLUMN_NAMES) {
    if (!reuse) values[name].set(history.values[name].subarray(0, kept));
    values[name].set(batch[name], kept);
  }
  const shared = reuse ? history.shared : { used: 0 };
  shared.used = length;
  return { length, values, shared };
}

/** How many rows have a step below `step`. */
export function rowsBefore(history: Columns, step: number): number {
  const steps = history.values.step;
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as number) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The newest value of a column, or null before the first row. */
export const lastOf = (history: Columns, name: ColumnName): number | null =>
  history.length === 0 ? null : (history.values[name][history.length - 1] as number);

/** Training speed over the last rows, in units per second of training, or null while unknown. */
export function recentRate(history: Columns, name: "tokens" | "step", windowSeconds = 5) {
  const { seconds } = history.values;
  const counts = history.values[name];
  const last = history.length - 1;
  if (last < 1) return null;
  let first = last - 1;
  while (first > 0 && (seconds[last] as number) - (seconds[first] as number) < windowSeconds)
    first -= 1;
  const elapsed = (seconds[last] as number) - (seconds[first] as number);
  if (!(elapsed > 0)) return null;
  return ((counts[last] as number) - (counts[first] as number)) / elapsed;
}
