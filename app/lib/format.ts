// Numbers as people read them, in the page's language. Units that Intl knows come from Intl, so that
// no catalogue has to repeat them.

let pageLanguage = "en";

/** The language of every number from now on, unless one is named. */
export function setFormatLanguage(language: string): void {
  pageLanguage = language;
}

const cache = new Map<string, Intl.NumberFormat>();

function formatter(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(language, options);
    cache.set(key, found);
  }
  return found;
}

/** 12345 -> "12,345" */
export const formatCount = (value: number, language = pageLanguage): string =>
  formatter(language, { maximumFractionDigits: 0 }).format(value);

/** 124439808 -> "124M" */
export const formatCompact = (value: number, language = pageLanguage): string =>
  formatter(language, { notation: "compact", maximumSignificantDigits: 3 }).format(value);

/** A loss in nats, always three decimals so that columns line up. */
export const formatLoss = (value: number, language = pageLanguage): string =>
  formatter(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(value);

/** A setting as it was typed, without rounding noise: 0.003, 0.00006. */
export const formatSetting = (value: number, language = pageLanguage): string =>
  formatter(language, { maximumSignificantDigits: 6, useGrouping: false }).format(value);

/** A measured number of any size, four digits that count: 1.310, 0.0004213, 12,350, 3.2E-7. */
export function formatMeasure(value: number, language = pageLanguage): string {
  const size = Math.abs(value);
  if (size >= 1e5) return formatCompact(value, language);
  if (size >= 1_000) return formatCount(value, language);
  const isTiny = size > 0 && size < 1e-4;
  return formatter(language, {
    ...(isTiny ? { notation: "scientific" } : {}),
    ...(Number.isInteger(value) && size < 1_000 ? {} : { minimumSignificantDigits: 4 }),
    maximumSignificantDigits: 4,
  }).format(value);
}

/**
 * A number on an axis whose ticks lie `step` apart: no digit more than tells them apart.
 *
 * @param isCompact whether thousands are written 1K: where the axis' largest needs it, so that all look alike.
 */
export function formatTick(
  value: number,
  step: number,
  isCompact: boolean,
  language = pageLanguage,
): string {
  const size = Math.abs(value);
  if (isCompact && size >= 1_000)
    return formatter(language, { notation: "compact", maximumSignificantDigits: 4 }).format(value);
  if (step < 1e-4 && size > 0)
    return formatter(language, { notation: "scientific", maximumSignificantDigits: 3 }).format(
      value,
    );
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  // 2.5, 5, 7.5: the step itself has a decimal more than its power of ten.
  const more = Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6 ? 1 : 0;
  return formatter(language, { maximumFractionDigits: decimals + more }).format(value);
}

/** A number with a unit that Intl knows, short: "20 sec", "1.5 hr". */
export const formatUnit = (value: number, unit: string, language = pageLanguage): string =>
  formatter(language, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: 2,
  }).format(value);

/** 0.432 -> "43%" */
export const formatShare = (value: number, language = pageLanguage): string =>
  formatter(language, { style: "percent", maximumFractionDigits: 0 }).format(value);

/** 0.4321 -> "43.2%", 0.0004 -> "<0.1%": one decimal, so that columns line up. */
export function formatProbability(value: number, language = pageLanguage): string {
  const percent = formatter(language, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return value > 0 && value < 0.0005 ? `<${percent.format(0.001)}` : percent.format(value);
}

/** 0.4321 -> "0.43": a cosine, a perplexity. */
export const formatHundredths = (value: number, language = pageLanguage): string =>
  formatter(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);

/** 154000000 -> "154 MB" */
export function formatBytes(bytes: number, language = pageLanguage): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let power = 0;
  let value = bytes;
  while (value >= 999.5 && power < units.length - 1) {
    value /= 1_000;
    power += 1;
  }
  const unit = units[power] as string;
  const unitDisplay = power === 0 ? "long" : "short";
  return formatter(language, {
    style: "unit",
    unit,
    unitDisplay,
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}

/** Seconds as the two largest units: "9 sec", "3 min 12 sec", "2 hr 5 min". */
export function formatDuration(seconds: number, language = pageLanguage): string {
  const whole = Math.max(0, Math.round(seconds));
  const part = (value: number, unit: string) =>
    formatter(language, { style: "unit", unit, unitDisplay: "short" }).format(value);
  if (whole < 60) return part(whole, "second");
  const isLong = whole >= 3_600;
  const [size, rest] = isLong ? [3_600, 60] : [60, 1];
  const large = part(Math.floor(whole / size), isLong ? "hour" : "minute");
  const small = Math.floor((whole % size) / rest);
  return small === 0 ? large : `${large} ${part(small, isLong ? "minute" : "second")}`;
}

/** Seconds in the largest unit that fits, whole: "2 min", "3 hr". */
export function formatLongest(seconds: number, language = pageLanguage): string {
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, size] = units.find(([, each]) => seconds >= 1.5 * each) ?? ["second", 1];
  return formatter(language, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: 0,
  }).format(seconds / size);
}

/** 40 -> "40 ms" */
export const formatMilliseconds = (milliseconds: number, language = pageLanguage): string =>
  formatter(language, {
    style: "unit",
    unit: "millisecond",
    unitDisplay: "short",
    maximumFractionDigits: 0,
  }).format(milliseconds);

/** 16, 100 -> "16–100 ms" */
export const formatRange = (
  from: number,
  to: number,
  unit: "millisecond" | "second",
  language = pageLanguage,
): string =>
  formatter(language, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: from < 1 ? 1 : 0,
  }).formatRange(from, to);

/** How long ago, in the largest unit that fits: "5 minutes ago". */
export function formatAgo(milliseconds: number, language = pageLanguage): string {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 48 * 60) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-Math.round(minutes / (24 * 60)), "day");
}

/** A day and a time of it: "5 Mar 2026, 14:07". */
export const formatMoment = (milliseconds: number, language = pageLanguage): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(
    milliseconds,
  );
