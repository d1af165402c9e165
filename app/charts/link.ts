// What charts of one page share while they are read: the position under the pointer, the one that was pinned, and
// the stretch in view. Positions are values of the x axis that they were made on.
import { createStore } from "zustand/vanilla";
import type { Range } from "./scale.ts";
import type { XAxis } from "./settings.ts";

interface LinkState {
  /** The axis that positions are on; a chart over another one takes no notice. */
  readonly xAxis: XAxis;
  readonly hover: number | null;
  /** Stays until it is given up: then nothing follows the pointer. */
  readonly pin: number | null;
  readonly zoom: Range | null;
}

export const linkStore = createStore<LinkState>(() => ({
  xAxis: "step",
  hover: null,
  pin: null,
  zoom: null,
}));

/** What is linked on an axis; nothing where another one is in use. */
export const linkOn = (state: LinkState, xAxis: XAxis): Omit<LinkState, "xAxis"> =>
  state.xAxis === xAxis ? state : NOTHING;

const NOTHING = { hover: null, pin: null, zoom: null } as const;

const change = (xAxis: XAxis, part: Partial<LinkState>): void =>
  linkStore.setState((state) => ({ ...linkOn(state, xAxis), xAxis, ...part }));

export const hoverAt = (xAxis: XAxis, hover: number | null): void => {
  if (hover === null && linkOn(linkStore.getState(), xAxis).hover === null) return;
  change(xAxis, { hover });
};

/** Holds the reading at a position, or gives it up. */
export const pinAt = (xAxis: XAxis, pin: number | null): void => change(xAxis, { pin });

/** Shows a stretch in every chart over this axis, or all of it again. */
export const zoomTo = (xAxis: XAxis, zoom: Range | null): void => change(xAxis, { zoom });
