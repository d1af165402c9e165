// The history of a run's numbers: growable typed columns behind an immutable handle. A handle is never
// changed once it is handed out, yet appending costs only the new rows: handles of one run share
// buffers, and a row beyond a handle's length is invisible to it.

/** New rows, oldest first; every column has the same length. */
export interface ColumnBatch {
  readonly step: ArrayLike<number>;
  readonly tokens: ArrayLike<number>;
  readonly seconds: ArrayLike<number>;
  /** By name, `train/loss`; a name that is missing has no value in these rows. */
  readonly series: Readonly<Record<string, ArrayLike<number>>>;
}

/** Columns that every row has; all others are series, NaN where a row has no value. */
export type AxisName = "step" | "tokens" | "seconds";

/** One run's history, oldest first, steps rising. Only the first `length` entries mean anything. */
export interface Columns {
  readonly length: number;
  readonly values: Readonly<Record<AxisName, Float64Array> & Record<string, Float64Array>>;
  /** Rows written into the shared buffers so far; tells whether this handle is the newest. */
  readonly shared: { used: number };
}

const FIRST_CAPACITY = 256;

const allocate = (capacity: number): Float64Array => new Float64Array(capacity).fill(Number.NaN);

export const EMPTY_COLUMNS: Columns = {
  length: 0,
  values: { step: allocate(0), tokens: allocate(0), seconds: allocate(0) },
  shared: { used: 0 },
};

/**
 * The history with a batch at its end. A batch that starts at or before a known step (a run that went
 * back to a checkpoint) replaces everything from that step on, so steps always rise.
 */
export function appendColumns(history: Columns, batch: ColumnBatch): Columns {
  const { step, tokens, seconds, series } = batch;
  const added = step.length;
  if (added === 0) return history;
  const kept = rowsBefore(history, step[0] as number);
  const length = kept + added;
  const isNewest = history.shared.used === kept && kept === history.length;
  const capacity = history.values.step.length;
  const reuse = isNewest && length <= capacity;
  const size = reuse ? capacity : Math.max(FIRST_CAPACITY, 2 * length);
  const incoming: Record<string, ArrayLike<number>> = { ...series, step, tokens, seconds };
  const values = { ...history.values };
  for (const name of new Set([...Object.keys(values), ...Object.keys(incoming)])) {
    const old = values[name];
    const column = reuse && old ? old : allocate(size);
    if (old && column !== old) column.set(old.subarray(0, kept));
    const rows = incoming[name];
    if (rows) column.set(rows, kept);
    values[name] = column;
  }
  const shared = reuse ? history.shared : { used: 0 };
  shared.used = length;
  return { length, values, shared };
}

const NO_VALUES = new Float64Array(0);

/** The rows of a column; empty where the run never had it. */
export const columnOf = ({ values, length }: Columns, name: string): Float64Array =>
  values[name]?.subarray(0, length) ?? NO_VALUES;

/** What says where a row is, not what was measured there. `elapsed` is known of runs that this page watched. */
const AXES: ReadonlySet<string> = new Set(["step", "tokens", "seconds", "elapsed"]);

/** Names of what was measured, in the order it first came. */
export const seriesNames = ({ values }: Columns): string[] =>
  Object.keys(values).filter((name) => !AXES.has(name));

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

/** The newest value of a column, or null where there is none yet. */
export function lastOf(history: Columns, name: string): number | null {
  const column = columnOf(history, name);
  for (let row = column.length - 1; row >= 0; row--)
    if (Number.isFinite(column[row])) return column[row] as number;
  return null;
}

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
