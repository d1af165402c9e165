/** Columns `[first, end)`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** Columns drawn beyond what is seen, so that a scroll does not run ahead of them. */
const BEYOND = 8;

/**
 * The columns of a wide table that have to be there.
 *
 * @param scrolled pixels from the left; @param width pixels seen; @param columnWidth pixels of each.
 */
export function visibleSpan(
  count: number,
  scrolled: number,
  width: number,
  columnWidth: number,
): Span {
  const first = Math.max(0, Math.floor(scrolled / columnWidth) - BEYOND);
  const end = Math.min(count, Math.ceil((scrolled + width) / columnWidth) + BEYOND);
  return { first: Math.min(first, Math.max(0, end - 1)), end };
}

/** Whole numbers `[first, end)`: places of tokens, layers, heads. */
export const range = (first: number, end: number): readonly number[] =>
  Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
