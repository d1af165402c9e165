// What a profile says, and how times become it. Plain data in, plain data out: no GPU here.

/** Operations and bytes of something that was run. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** The most that a device does, as measured on it. */
export interface Peaks {
  /** f32 operations; a multiply-add is two. */
  readonly flopsPerSecond: number;
  /**
   * Bytes read and written per second where so many bytes are touched again and again: fewest first. Few
   * stay in caches; the last are more than caches hold.
   */
  readonly bandwidths: readonly { readonly bytes: number; readonly bytesPerSecond: number }[];
}

/** How times were taken: by the GPU's own clock, or by waiting for a submit of each dispatch. */
export type ProfileMethod = "timestamps" | "wall-clock";

/** One dispatch of a step, and what it took in each of the profiled steps. */
export interface TimedDispatch {
  /** Path of the kernel within its op, "matmul/tile", and of the op within the model. */
  readonly kernel: string;
  readonly label: string;
  readonly work: Work;
  readonly milliseconds: readonly number[];
}

/** Dispatches that share a name, per step. */
export interface ProfileRow extends Work {
  readonly name: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  /**
   * Half the distance between the quartiles of the steps; under a coarse clock, the standard error that
   * its rounding leaves at most.
   */
  readonly spreadMilliseconds: number;
  /** Part of the step, 0 to 1. */
  readonly share: number;
  /** Null where the time was too short to be seen. */
  readonly gigabytesPerSecond: number | null;
  readonly gigaflopsPerSecond: number | null;
  /**
   * Shortest possible time over measured time, where no dispatch can be faster than its operations or
   * its bytes at the peak. Well above 1: a stated cost is wrong, or a peak.
   */
  readonly roofline: number | null;
}

/** Where the time of a step goes. */
export interface StepProfile {
  readonly method: ProfileMethod;
  /** Smallest difference of times that the clock shows. */
  readonly clockMilliseconds: number;
  /** How many steps were measured. */
  readonly steps: number;
  readonly peaks: Peaks;
  /** By kernel, and by the op's path in the model; the slowest first. */
  readonly kernels: readonly ProfileRow[];
  readonly paths: readonly ProfileRow[];
  readonly total: ProfileRow;
}

/**
 * A clock coarser than this cannot time one dispatch. Browsers round to 0.1 ms or so. Where a dispatch
 * falls on such a clock is chance, so that the mean over many is right although each is wrong, and a
 * median would be a tick or none.
 */
const COARSE_MS = 1e-3;

/**
 * Smallest difference of times that a clock shows: the greatest common divisor of what was read.
 *
 * @param nanoseconds differences of its readings.
 */
export function clockTick(nanoseconds: readonly bigint[]): bigint {
  let tick = 0n;
  for (const difference of nanoseconds) {
    let rest = difference < 0n ? -difference : difference;
    while (rest > 0n) [tick, rest] = [rest, tick % rest];
    if (tick === 1n) break;
  }
  return tick;
}

/** The value below which this part of the sorted values lies, between two of them where need be. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Median of some numbers. */
export const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** Bandwidth at the most where so many bytes are touched: what as many or more have reached. */
function peakBandwidth(bytes: number, { bandwidths }: Peaks): number {
  const reached = bandwidths.filter((row) => row.bytes >= bytes);
  return Math.max(
    ...(reached.length > 0 ? reached : bandwidths.slice(-1)).map((row) => row.bytesPerSecond),
  );
}

/** Least time that some work takes at the peaks. */
export const leastMilliseconds = ({ flops, bytes }: Work, peaks: Peaks): number =>
  1e3 * Math.max(flops / peaks.flopsPerSecond, bytes / peakBandwidth(bytes, peaks));

function rowOf(
  name: string,
  dispatches: readonly TimedDispatch[],
  { peaks, clockMilliseconds }: Pick<StepProfile, "peaks" | "clockMilliseconds">,
): Omit<ProfileRow, "share"> {
  const steps = dispatches[0]?.milliseconds.length ?? 0;
  const perStep = Array.from({ length: steps }, (_, step) =>
    dispatches.reduce((sum, { milliseconds }) => sum + (milliseconds[step] as number), 0),
  ).sort((a, b) => a - b);
  const isCoarse = clockMilliseconds > COARSE_MS;
  const sum = (of: (dispatch: TimedDispatch) => number): number =>
    dispatches.reduce((total, dispatch) => total + of(dispatch), 0);
  const middle = isCoarse ? perStep.reduce((a, b) => a + b, 0) / steps : quantile(perStep, 0.5);
  // Less than nothing is what waiting may leave of a dispatch that is faster than an empty one.
  const milliseconds = Math.max(0, middle);
  const flops = sum(({ work }) => work.flops);
  const bytes = sum(({ work }) => work.bytes);
  const least = sum(({ work }) => leastMilliseconds(work, peaks));
  const rate = (amount: number): number | null => (milliseconds > 0 ? amount / milliseconds : null);
  return {
    name,
    dispatches: dispatches.length,
    milliseconds,
    // Rounding leaves half a tick at most on each reading's difference, and they are independent.
    spreadMilliseconds: isCoarse
      ? (clockMilliseconds / 2) * Math.sqrt(dispatches.length / steps)
      : (quantile(perStep, 0.75) - quantile(perStep, 0.25)) / 2,
    flops,
    bytes,
    gigabytesPerSecond: rate(bytes / 1e6),
    gigaflopsPerSecond: rate(flops / 1e6),
    roofline: rate(least),
  };
}

/** Groups what was measured, by kernel and by path. There must be a dispatch and a step at least. */
export function summarise(
  timed: readonly TimedDispatch[],
  how: Pick<StepProfile, "method" | "clockMilliseconds" | "peaks">,
): StepProfile {
  const whole = rowOf("total", timed, how);
  const withShare = (row: Omit<ProfileRow, "share">): ProfileRow => ({
    ...row,
    share: whole.milliseconds > 0 ? row.milliseconds / whole.milliseconds : 0,
  });
  const groupBy = (key: (dispatch: TimedDispatch) => string): ProfileRow[] => {
    const groups = new Map<string, TimedDispatch[]>();
    for (const dispatch of timed) {
      const name = key(dispatch);
      const group = groups.get(name);
      if (group) group.push(dispatch);
      else groups.set(name, [dispatch]);
    }
    return [...groups]
      .map(([name, dispatches]) => withShare(rowOf(name, dispatches, how)))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  };
  return {
    ...how,
    steps: timed[0]?.milliseconds.length ?? 0,
    kernels: groupBy(({ kernel }) => kernel),
    paths: groupBy(({ label }) => label),
    total: withShare(whole),
  };
}

/** Three significant digits, without exponents: `0.0123`, `4.56`, `789`, `12345`. */
function showNumber(value: number | null): string {
  if (value === null) return "-";
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6));
}

const showPercent = (part: number | null): string =>
  part === null ? "-" : `${(100 * part).toFixed(1)} %`;

/** A table for a terminal: two lines on how it was measured, then a line for each row and the total. */
export function formatProfile(profile: StepProfile, by: "kernels" | "paths" = "kernels"): string {
  const { method, clockMilliseconds, steps, peaks, total } = profile;
  const tick = `${showNumber(clockMilliseconds * 1e6)} ns`;
  const head = [
    `${showNumber(total.milliseconds)} ms per step, over ${steps} ${steps === 1 ? "step" : "steps"}; times by ${method === "timestamps" ? "timestamps of the GPU" : "waiting for each dispatch"}, clock of ${tick}`,
    `roof, as measured here: ${showNumber(peaks.flopsPerSecond / 1e9)} GFLOP/s in f32; ${showNumber(peakBandwidth(0, peaks) / 1e9)} GB/s from caches, ${showNumber(peakBandwidth(Number.POSITIVE_INFINITY, peaks) / 1e9)} from memory`,
  ];
  const columns = [
    by === "kernels" ? "kernel" : "path",
    ...["calls", "ms", "+-", "of step", "GB/s", "GFLOP/s", "of roof"],
  ];
  const lines = [...profile[by], total].map((row) => [
    row.name,
    String(row.dispatches),
    showNumber(row.milliseconds),
    showNumber(row.spreadMilliseconds),
    showPercent(row.share),
    showNumber(row.gigabytesPerSecond),
    showNumber(row.gigaflopsPerSecond),
    showPercent(row.roofline),
  ]);
  const widths = columns.map((name, c) =>
    Math.max(name.length, ...lines.map((cells) => (cells[c] as string).length)),
  );
  const align = (cells: readonly string[]): string =>
    cells
      .map((cell, c) =>
        c === 0 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number),
      )
      .join("  ")
      .trimEnd();
  const rule = "-".repeat(align(columns).length);
  return [
    ...head,
    "",
    align(columns),
    rule,
    ...lines.slice(0, -1).map(align),
    rule,
    align(lines.at(-1) as string[]),
  ].join("\n");
}
