/** One line from a token to another. */
export interface Arc {
  readonly key: number;
  /** SVG path; y grows downwards, and tokens stand at `height`. */
  readonly path: string;
  readonly width: number;
  /** 0 to 1. */
  readonly opacity: number;
}

/** Shares below are not drawn: a thousand hairs say nothing. */
const LEAST = 0.01;

/**
 * Lines from a token to those that it looks at, the weakest first, so that the strong lie on top.
 *
 * @param shares of its attention, for each token up to itself. @param centres where tokens stand, in pixels.
 * @param height pixels that the highest line may rise.
 */
export function arcsOf(
  shares: ArrayLike<number>,
  centres: readonly number[],
  from: number,
  height: number,
): readonly Arc[] {
  const start = centres[from];
  if (start === undefined) return [];
  return Array.from(shares, (share, key) => ({ share, key, end: centres[key] }))
    .filter(({ share, end }) => share >= LEAST && end !== undefined)
    .sort((a, b) => a.share - b.share)
    .map(({ share, key, end = 0 }) => ({
      key,
      path: key === from ? loopAt(start, height) : arch(start, end, height),
      width: 1 + 5 * share,
      opacity: 0.25 + 0.75 * share,
    }));
}

const round = (value: number): string => value.toFixed(1);

/** Rises with the distance, as far as there is room. */
function arch(from: number, to: number, height: number): string {
  const rise = Math.min(height, 14 + Math.abs(from - to) / 3);
  // A cubic comes three quarters of the way to its handles.
  const top = height - rise / 0.75;
  return `M ${round(from)} ${height} C ${round(from)} ${round(top)}, ${round(to)} ${round(top)}, ${round(to)} ${height}`;
}

/** A token that looks at itself. */
function loopAt(at: number, height: number): string {
  return `M ${round(at - 4)} ${height} C ${round(at - 12)} ${height - 18}, ${round(at + 12)} ${height - 18}, ${round(at + 4)} ${height}`;
}
