// Several curves as one: their mean, and how far they lie apart.

/** A curve; x rises, y is finite. */
export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** What the band around a mean shows: the least and the greatest, or one standard deviation either way. */
export type Spread = "range" | "deviation";

export interface MeanCurve {
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Curves that have at least one point. */
  readonly count: number;
}

/** More points than a chart is wide, few enough to go through several times a second. */
const MAX_POINTS = 4_000;

const EMPTY = new Float64Array(0);

/**
 * The mean of several curves over the stretch of x that all of them have, so that no curve which ends early makes it jump.
 * Where they have no points in common, a curve is read off the straight line between its neighbours. The mean has a
 * point wherever one of the curves has; of very many, every so-manieth.
 *
 * The deviation is that of a sample (n - 1); of one curve alone the band is the curve itself.
 */
export function meanOf(curves: readonly Points[], spread: Spread): MeanCurve {
  const some = curves.filter(({ x }) => x.length > 0);
  const count = some.length;
  const from = Math.max(...some.map(({ x }) => x[0] as number));
  const to = Math.min(...some.map(({ x }) => x[x.length - 1] as number));
  if (count === 0 || !(from <= to))
    return { x: EMPTY, mean: EMPTY, low: EMPTY, high: EMPTY, count };
  const x = thinned(commonGrid(some, from, to));
  const values = some.map((curve) => interpolated(curve, x));
  const mean = new Float64Array(x.length);
  const low = new Float64Array(x.length);
  const high = new Float64Array(x.length);
  for (let at = 0; at < x.length; at++) {
    let sum = 0;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const column of values) {
      const value = column[at] as number;
      sum += value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const middle = sum / count;
    mean[at] = middle;
    if (spread === "range") {
      low[at] = least;
      high[at] = greatest;
      continue;
    }
    let squares = 0;
    for (const column of values) squares += ((column[at] as number) - middle) ** 2;
    const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
    low[at] = middle - deviation;
    high[at] = middle + deviation;
  }
  return { x, mean, low, high, count };
}

/** Every x of any curve between the two ends, both included, once and in order. */
function commonGrid(curves: readonly Points[], from: number, to: number): Float64Array {
  let length = 2;
  for (const { x } of curves) length += x.length;
  const all = new Float64Array(length);
  all[0] = from;
  all[1] = to;
  let used = 2;
  for (const { x } of curves)
    for (let at = 0; at < x.length; at++) {
      const value = x[at] as number;
      if (value > from && value < to) all[used++] = value;
    }
  const sorted = all.subarray(0, used).sort();
  let kept = 0;
  for (let at = 0; at < used; at++)
    if (at === 0 || sorted[at] !== sorted[kept - 1]) sorted[kept++] = sorted[at] as number;
  return sorted.subarray(0, kept);
}

function thinned(grid: Float64Array): Float64Array {
  if (grid.length <= MAX_POINTS) return grid;
  const step = (grid.length - 1) / (MAX_POINTS - 1);
  return Float64Array.from(
    { length: MAX_POINTS },
    (_, at) => grid[Math.round(at * step)] as number,
  );
}

/** A curve's values at rising places between its own ends. */
function interpolated({ x, y }: Points, grid: Float64Array): Float64Array {
  const values = new Float64Array(grid.length);
  let right = 0;
  for (let at = 0; at < grid.length; at++) {
    const place = grid[at] as number;
    while (right < x.length - 1 && (x[right] as number) < place) right++;
    const x1 = x[right] as number;
    const y1 = y[right] as number;
    if (right === 0 || x1 === place) {
      values[at] = y1;
      continue;
    }
    const x0 = x[right - 1] as number;
    const y0 = y[right - 1] as number;
    values[at] = y0 + ((place - x0) / (x1 - x0)) * (y1 - y0);
  }
  return values;
}
