// How curves are told apart: eight tones, then the same eight dashed. A curve that has a rank (a layer's depth)
// is drawn between two colours instead, so that an order is seen as one.
import type { ChartCurve } from "./curve.ts";

const TONES = 8;
const DASHES = [undefined, "6 4", "2 3"] as const;

export interface Stroke {
  /** Index of a tone; null for a curve with a rank. */
  readonly tone: number | null;
  /** 0 to 1: how much of the accent a curve with a rank has, the rest being grey. */
  readonly mix: number;
  readonly dash: string | undefined;
}

/** Even the first of an order must be seen. */
const LEAST_MIX = 0.12;

export function strokeOf({ tone, rank }: ChartCurve, index: number): Stroke {
  if (rank !== undefined)
    return { tone: null, mix: LEAST_MIX + (1 - LEAST_MIX) * rank, dash: undefined };
  const own = tone ?? index;
  return { tone: own % TONES, mix: 1, dash: DASHES[Math.floor(own / TONES) % DASHES.length] };
}

/** The stroke's colour as the page's style sheets know it. */
export const cssColour = ({ tone, mix }: Stroke): string =>
  tone === null
    ? `color-mix(in srgb, var(--v-accent) ${Math.round(100 * mix)}%, var(--v-ghost))`
    : `var(--v-tone-${tone})`;
