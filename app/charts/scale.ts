// Axes as numbers: where values lie between the ends of an axis, which ends are round, where ticks stand.

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** An axis from `from` to `to`, both finite, from < to; above zero where it is logarithmic. */
export interface Scale extends Range {
  readonly log: boolean;
  /** Share of the way along the axis: 0 at `from`, 1 at `to`. NaN for what a log axis cannot show. */
  place(value: number): number;
  /** The value at a share of the way. */
  value(place: number): number;
}

export function makeScale({ from, to }: Range, log: boolean): Scale {
  if (!log) {
    const width = to - from;
    return {
      from,
      to,
      log,
      place: (value) => (value - from) / width,
      value: (place) => from + place * width,
    };
  }
  const low = Math.log10(from);
  const width = Math.log10(to) - low;
  return {
    from,
    to,
    log,
    place: (value) => (value > 0 ? (Math.log10(value) - low) / width : Number.NaN),
    value: (place) => 10 ** (low + place * width),
  };
}

/** Step of an axis that is easy to count in, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5].find((factor) => factor * power >= rough * 0.999_999) ?? 10) * power;
}

/** Rounding errors of sums like 0.1 + 0.2 are not shown to anybody. */
const clean = (value: number): number => Number(value.toPrecision(12));

/** About `count` round positions within the range. */
export function linearTicks({ from, to }: Range, count: number): number[] {
  const step = niceStep((to - from) / count);
  const ticks: number[] = [];
  for (let index = Math.ceil(from / step - 1e-6); index * step <= to + step * 1e-6; index++)
    ticks.push(clean(index * step));
  return ticks;
}

/** What is labelled within a decade, from the sparsest to the fullest. */
const LOG_STEPS = [[1], [1, 3], [1, 2, 5]] as const;

/**
 * Ticks of a logarithmic axis: every so many powers of ten where there are many, 1-3 or 1-2-5 within each where
 * there are few, and round values where the axis is too short for three of those.
 */
export function logTicks(range: Range, count: number): number[] {
  const low = Math.floor(Math.log10(range.from) + 1e-9);
  const high = Math.ceil(Math.log10(range.to) - 1e-9);
  const within = (value: number) =>
    value >= range.from * (1 - 1e-9) && value <= range.to * (1 + 1e-9);
  const stride = Math.max(1, Math.ceil((high - low + 1) / count));
  const fitting = LOG_STEPS.map((factors) => {
    const ticks: number[] = [];
    for (let power = low; power <= high; power += stride)
      for (const factor of stride > 1 ? [1] : factors) ticks.push(clean(factor * 10 ** power));
    return ticks.filter(within);
  });
  const best = fitting.findLast((ticks) => ticks.length <= count + 1) ?? (fitting[0] as number[]);
  return best.length >= Math.min(3, count) ? best : linearTicks(range, count);
}

export const ticksOf = (scale: Scale, count: number): number[] =>
  (scale.log ? logTicks : linearTicks)(scale, count);

/** Tops that an axis from zero may have, in powers of ten: few, so that it stands still while values move. */
const TOPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The round number at or above a value, of {@link TOPS}. */
export function axisTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return clean((TOPS.find((factor) => factor * power >= value) ?? 10) * power);
}

/**
 * The ends of a value axis around what it has to show.
 *
 * @param fits whether it may begin elsewhere than at zero: it then fits closely.
 */
export function valueRange(data: Range | null, log: boolean, fits: boolean): Range {
  if (log) {
    if (!data || !(data.from > 0)) return { from: 0.1, to: 1 };
    if (data.from === data.to) return { from: data.from / 2, to: data.to * 2 };
    return { from: data.from / 1.05, to: data.to * 1.05 };
  }
  if (!data) return { from: 0, to: 1 };
  if (!fits && data.from >= 0) return { from: 0, to: axisTop(data.to) };
  if (!fits && data.to <= 0) return { from: -axisTop(-data.from), to: 0 };
  const width = data.to - data.from;
  // Numbers that do not differ stand in the middle; a spread of rounding errors is none.
  const least = Math.max(Math.abs(data.from), Math.abs(data.to)) * 1e-6;
  if (width <= least) {
    const room = Math.abs(data.from) * 0.1 || 1;
    return { from: clean(data.from - room), to: clean(data.to + room) };
  }
  const step = niceStep(width / 5);
  return {
    from: clean(Math.floor(data.from / step + 1e-6) * step),
    to: clean(Math.ceil(data.to / step - 1e-6) * step),
  };
}

/** The value below which this part (0 to 1) of the sorted values lies, between two of them where need be. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** A stretch of this share of the whole is the least that can be looked at. */
const LEAST_SHARE = 1e-9;

/**
 * A range made narrower (factor below 1) or wider around a value, kept within `whole`; null for all of it, and the
 * view as it is where nothing narrower can be looked at.
 */
export function zoomAround(view: Scale, whole: Range, value: number, factor: number): Range | null {
  const place = Math.min(1, Math.max(0, view.place(value)));
  const from = view.value(place - place * factor);
  const to = view.value(place + (1 - place) * factor);
  if (to - from < LEAST_SHARE * (whole.to - whole.from)) return { from: view.from, to: view.to };
  return keepWithin({ from, to }, whole);
}

/** A range moved along the axis by a share of its length, as far as `whole` allows. */
export function panBy(view: Scale, whole: Range, share: number): Range | null {
  const scale = makeScale(whole, view.log);
  const [from, to] = [scale.place(view.from), scale.place(view.to)];
  const move = Math.min(1 - to, Math.max(-from, share * (to - from)));
  return keepWithin({ from: scale.value(from + move), to: scale.value(to + move) }, whole);
}

/** The part of a range that lies within `whole`; null where that is all of it, or nothing. */
export function keepWithin(range: Range, whole: Range): Range | null {
  const from = Math.max(whole.from, Math.min(range.from, range.to));
  const to = Math.min(whole.to, Math.max(range.from, range.to));
  if (!(to > from)) return null;
  const rounding = 1e-12 * (whole.to - whole.from);
  const isWhole = from - whole.from <= rounding && whole.to - to <= rounding;
  return isWhole ? null : { from, to };
}
