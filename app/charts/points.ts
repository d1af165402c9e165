// A curve as about as many points as a chart has pixels. No extreme is lost: a point carries the least and the
// greatest value of its stretch.
import type { Range, Scale } from "./scale.ts";

export interface Series {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** What is drawn as the line where it is not y itself: the moving average of y. */
  readonly smooth?: Float64Array;
  readonly low?: Float64Array;
  readonly high?: Float64Array;
}

/** Points in columns; only the first `length` entries mean anything. */
export interface Points {
  readonly length: number;
  readonly x: Float64Array;
  /** Mean of the values of a point's stretch, and of the moving average there (NaN without one). */
  readonly y: Float64Array;
  readonly smooth: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Values behind each point. */
  readonly count: Uint32Array;
}

/** Index of the first value at or above `target` in rising values. */
export function firstAtLeast(values: Float64Array, target: number, length = values.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    // NaN never stands in an axis of a history.
    if ((values[middle] as number) < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether values never fall; those that are not finite do not count. */
export function isRising(values: Float64Array): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (value < last) return false;
    if (Number.isFinite(value)) last = value;
  }
  return true;
}

/**
 * The part of a curve that an axis shows, in at most `buckets` points, and one before and after it, so that lines
 * reach the edges.
 *
 * A curve whose x rises is cut at equal distances along the axis. One that goes back and forth (a series over
 * another series) stays in the order of its rows and is cut into equal numbers of them.
 */
export function bucketPoints(series: Series, scale: Scale, buckets: number): Points {
  const { x, y } = series;
  const rows = Math.min(x.length, y.length);
  if (!isRising(x)) return new Draft(series, buckets + 2).fillByRows(rows, scale, buckets);
  const first = previous(series, firstAtLeast(x, scale.from, rows));
  const last = next(series, firstAtLeast(x, scale.to, rows), rows);
  return new Draft(series, buckets + 2).fillByPlace(first, last, scale, buckets);
}

/** The nearest row before this one that has a value; this one where there is none. */
function previous({ y }: Series, row: number): number {
  for (let at = row - 1; at >= 0; at--) if (Number.isFinite(y[at])) return at;
  return row;
}

/** One past the row from this one on that first has a value. */
function next({ y }: Series, row: number, rows: number): number {
  for (let at = row; at < rows; at++) if (Number.isFinite(y[at])) return at + 1;
  return rows;
}

class Draft {
  readonly #points;
  #length = 0;
  #rows = 0;
  #x = 0;
  #y = 0;
  #smooth = 0;
  #low = 0;
  #high = 0;

  constructor(
    private readonly series: Series,
    capacity: number,
  ) {
    const column = () => new Float64Array(capacity);
    this.#points = {
      x: column(),
      y: column(),
      smooth: column(),
      low: column(),
      high: column(),
      count: new Uint32Array(capacity),
    };
  }

  fillByPlace(first: number, last: number, scale: Scale, buckets: number): Points {
    const { x } = this.series;
    let bucket = Number.NaN;
    for (let row = first; row < last; row++) {
      const at = x[row] as number;
      const place = scale.place(at);
      if (!Number.isFinite(place)) continue;
      // Points outside belong to no bucket of the axis: one on either side.
      const own =
        at < scale.from
          ? -1
          : at > scale.to
            ? buckets
            : Math.min(buckets - 1, Math.floor(place * buckets));
      if (own !== bucket) {
        this.#close();
        bucket = own;
      }
      this.#add(row);
    }
    return this.#done();
  }

  fillByRows(rows: number, scale: Scale, buckets: number): Points {
    const { x, y } = this.series;
    const shown: number[] = [];
    for (let row = 0; row < rows; row++)
      if (Number.isFinite(y[row]) && isOn(scale.place(x[row] as number))) shown.push(row);
    const size = Math.max(1, Math.ceil(shown.length / buckets));
    shown.forEach((row, i) => {
      if (i % size === 0) this.#close();
      this.#add(row);
    });
    return this.#done();
  }

  #add(row: number): void {
    const { x, y, smooth, low = y, high = y } = this.series;
    const value = y[row] as number;
    if (!Number.isFinite(value)) return;
    const least = low[row] as number;
    const greatest = high[row] as number;
    if (this.#rows === 0 || least < this.#low) this.#low = least;
    if (this.#rows === 0 || greatest > this.#high) this.#high = greatest;
    this.#rows += 1;
    this.#x += x[row] as number;
    this.#y += value;
    this.#smooth += smooth?.[row] ?? Number.NaN;
  }

  #close(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    const points = this.#points;
    const at = this.#length++;
    points.x[at] = this.#x / rows;
    points.y[at] = this.#y / rows;
    points.smooth[at] = this.#smooth / rows;
    points.low[at] = this.#low;
    points.high[at] = this.#high;
    points.count[at] = rows;
    this.#rows = 0;
    this.#x = 0;
    this.#y = 0;
    this.#smooth = 0;
  }

  #done(): Points {
    this.#close();
    return { ...this.#points, length: this.#length };
  }
}

/** Least and greatest value of some points within an x range; null where there are none. */
export function reachOf(points: Points, within: Range, positive: boolean): Range | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < points.length; at++) {
    const x = points.x[at] as number;
    if (x < within.from || x > within.to) continue;
    const low = points.low[at] as number;
    const high = points.high[at] as number;
    if (high > to && !(positive && high <= 0)) to = high;
    // On a log axis the least above zero counts; the mean stands in for a least that is not.
    const least = positive && low <= 0 ? (points.y[at] as number) : low;
    if (least < from && !(positive && least <= 0)) from = least;
  }
  return to >= from ? { from, to } : null;
}

/** Whether a place lies on the axis. */
const isOn = (place: number): boolean => place >= 0 && place <= 1;
