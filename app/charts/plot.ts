// A chart worked out: curves as points, both axes, and where everything lies. Pure, so that the page, an SVG
// file and a test see the same chart.
import type { ChartCurve } from "./curve.ts";
import { bucketPoints, firstAtLeast, isRising, type Points, reachOf } from "./points.ts";
import {
  axisTop,
  makeScale,
  quantile,
  type Range,
  type Scale,
  ticksOf,
  valueRange,
} from "./scale.ts";
import type { ChartSettings } from "./settings.ts";
import { smooth } from "./smooth.ts";

export interface PlottedCurve {
  readonly curve: ChartCurve;
  readonly points: Points;
  /** Whether `points.smooth` is the line, and the values themselves stand faintly behind it. */
  readonly isSmoothed: boolean;
}

/** The rectangle inside the axes, in pixels from the chart's upper left corner. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Plot {
  readonly area: Area;
  readonly curves: readonly PlottedCurve[];
  /** All of x, before any zoom. */
  readonly whole: Range;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

export interface PlotRequest {
  readonly curves: readonly ChartCurve[];
  readonly settings: ChartSettings;
  readonly width: number;
  readonly height: number;
  /** Right end of x where it is known beforehand, such as the steps of a whole run. */
  readonly xEnd?: number;
  /** The stretch of x to show; all of it where null. */
  readonly zoom: Range | null;
  /** Whether y may begin elsewhere than at zero. It may where one looks closer (zoom, clip) anyway. */
  readonly fits?: boolean;
}

export const AXIS_WIDTH = 58;
export const AXIS_HEIGHT = 24;
const TOP = 8;
const RIGHT = 14;

/** Finer is hardly seen (extremes are kept), and costs main-thread time four times a second. */
const PIXELS_PER_POINT = 2;
const FEWEST_BUCKETS = 40;
/** What is left out above and below where outliers are clipped. */
const CLIPPED_PART = 0.01;
/** More values than this tell their percentiles no better. */
const PERCENTILE_VALUES = 20_000;
const NARROW = 500;

export function layOutPlot(request: PlotRequest): Plot {
  const { curves, settings, width, height, zoom, fits = false } = request;
  const area: Area = {
    left: AXIS_WIDTH,
    top: TOP,
    width: Math.max(1, width - AXIS_WIDTH - RIGHT),
    height: Math.max(1, height - TOP - AXIS_HEIGHT),
  };
  const whole = wholeRange(request);
  const x = makeScale(zoomWithin(zoom, whole) ?? whole, settings.logX);
  const buckets = Math.max(FEWEST_BUCKETS, Math.floor(area.width / PIXELS_PER_POINT));
  const plotted = curves.map((curve): PlottedCurve => {
    const isSmoothed = settings.smoothing > 0 && (curve.look ?? "line") === "line";
    const series = isSmoothed ? { ...curve, smooth: smooth(curve.y, settings.smoothing) } : curve;
    return { curve, points: bucketPoints(series, x, buckets), isSmoothed };
  });
  const reach = settings.clip
    ? clippedReach(curves, x, settings.logY)
    : join(plotted.map(({ points }) => reachOf(points, x, settings.logY)));
  const closer = fits || settings.clip || x.from !== whole.from || x.to !== whole.to;
  const y = makeScale(valueRange(reach, settings.logY, closer), settings.logY);
  return {
    area,
    curves: plotted,
    whole,
    x,
    y,
    xTicks: ticksOf(x, width < NARROW ? 4 : 8),
    yTicks: ticksOf(y, Math.max(2, Math.min(6, Math.round(height / 50)))),
  };
}

/** All of x: from zero or the least value on; on a log axis from the least above zero. */
function wholeRange({ curves, settings, xEnd }: PlotRequest): Range {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { x } of curves) {
    const rising = isRising(x);
    const first = rising && settings.logX ? firstAtLeast(x, Number.MIN_VALUE) : 0;
    const ends = rising ? [x[first], x[x.length - 1]] : x;
    for (const value of ends) {
      if (value === undefined || !Number.isFinite(value) || (settings.logX && value <= 0)) continue;
      if (value < from) from = value;
      if (value > to) to = value;
    }
  }
  if (settings.logX) {
    if (!(to > 0)) return { from: 1, to: Math.max(10, xEnd ?? 10) };
    const end = Math.max(to, xEnd ?? to);
    return end > from ? { from, to: end } : { from: from / 2, to: from * 2 };
  }
  const isPlain = curves.every(({ x }) => isRising(x)) && !(from < 0);
  if (!isPlain) {
    if (to > from) return { from, to };
    return { from: from - 1, to: from + 1 };
  }
  return { from: 0, to: xEnd !== undefined && xEnd >= to ? xEnd : axisTop(to) };
}

/** A zoom that was made on another chart may lie outside of this one: then it is none here. */
function zoomWithin(zoom: Range | null, whole: Range): Range | null {
  if (!zoom) return null;
  const from = Math.max(zoom.from, whole.from);
  const to = Math.min(zoom.to, whole.to);
  return to > from ? { from, to } : null;
}

const join = (ranges: readonly (Range | null)[]): Range | null =>
  ranges.reduce(
    (all, range) =>
      all && range
        ? { from: Math.min(all.from, range.from), to: Math.max(all.to, range.to) }
        : (all ?? range),
    null,
  );

/**
 * From the 1st to the 99th percentile of each curve's values in view, so that all of them are in the picture
 * however many points each has.
 */
function clippedReach(
  curves: readonly ChartCurve[],
  within: Range,
  positive: boolean,
): Range | null {
  return join(
    curves.map(({ x, y }) => {
      const stride = Math.max(1, Math.ceil(y.length / PERCENTILE_VALUES));
      const values: number[] = [];
      for (let row = 0; row < y.length; row += stride) {
        const value = y[row] as number;
        const at = x[row] as number;
        if (!Number.isFinite(value) || at < within.from || at > within.to) continue;
        if (!positive || value > 0) values.push(value);
      }
      if (values.length === 0) return null;
      const sorted = Float64Array.from(values).sort();
      return { from: quantile(sorted, CLIPPED_PART), to: quantile(sorted, 1 - CLIPPED_PART) };
    }),
  );
}

/** What a curve shows at one x. */
export interface Reading {
  readonly curve: ChartCurve;
  readonly x: number;
  /** The line's value there: the moving average where the curve is smoothed. */
  readonly value: number;
  /** Mean of the values themselves. */
  readonly plain: number;
  readonly low: number;
  readonly high: number;
  /** Values behind the point. */
  readonly count: number;
}

/** Where a point lies farther than this from the cursor, in pixels, its curve has nothing to say there. */
const READING_REACH = 24;

/**
 * What all curves show at x, greatest first. A curve is read at its nearest point; one that has none near by is
 * left out, unless no curve has any.
 */
export function readingsAt(plot: Plot, x: number): readonly Reading[] {
  const read = plot.curves
    .filter(({ curve }) => curve.look !== "ghost")
    .flatMap(({ curve, points, isSmoothed }) => {
      const at = nearestShown(points, x, plot.x);
      if (at < 0) return [];
      const plain = points.y[at] as number;
      const reading: Reading = {
        curve,
        x: points.x[at] as number,
        value: isSmoothed ? (points.smooth[at] as number) : plain,
        plain,
        low: points.low[at] as number,
        high: points.high[at] as number,
        count: points.count[at] as number,
      };
      return [reading];
    });
  const away = (reading: Reading): number =>
    Math.abs(plot.x.place(reading.x) - plot.x.place(x)) * plot.area.width;
  const nearest = Math.min(...read.map(away));
  return read
    .filter((reading) => away(reading) <= Math.max(READING_REACH, nearest))
    .sort((one, other) => other.value - one.value);
}

/** The nearest point within the axis; points beyond it are there for the line's ends only. */
function nearestShown({ x, length }: Points, target: number, scale: Scale): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  const goal = scale.place(target);
  for (let at = 0; at < length; at++) {
    const place = scale.place(x[at] as number);
    if (!(place >= -1e-9 && place <= 1 + 1e-9)) continue;
    const away = Math.abs(place - goal);
    if (away <= distance) {
      distance = away;
      best = at;
    }
  }
  return best;
}

/** Positions that the keyboard's cursor visits: every x at which some curve has a point, rising. */
export function stopsOf(plot: Plot): readonly number[] {
  const stops = new Set<number>();
  for (const { curve, points } of plot.curves) {
    if (curve.look === "ghost") continue;
    for (let at = 0; at < points.length; at++) {
      const x = points.x[at] as number;
      const place = plot.x.place(x);
      if (place >= 0 && place <= 1) stops.add(x);
    }
  }
  return [...stops].sort((one, other) => one - other);
}
