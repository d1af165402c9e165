// Points of a plot as SVG path data.

import type { Area, Plot } from "./plot.ts";
import type { Points } from "./points.ts";
import type { Scale } from "./scale.ts";

/** Pixels of values. */
export interface Placing {
  x(value: number): number;
  /** Far outside of the plot where it lies far outside of the axis; renderers dislike huge coordinates. */
  y(value: number): number;
}

const FAR = 10_000;

export function placing({ area, x, y }: { area: Area; x: Scale; y: Scale }): Placing {
  return {
    x: (value) => area.left + x.place(value) * area.width,
    y: (value) => {
      const place = y.place(value);
      // What a log axis cannot show lies below it.
      if (Number.isNaN(place)) return area.top + area.height + FAR;
      const pixel = area.top + (1 - place) * area.height;
      return Math.min(FAR, Math.max(-FAR, pixel));
    },
  };
}

/** Half a pixel is finer than is seen; long decimals are bytes the browser has to parse. */
const pixel = (value: number): string => value.toFixed(1);

/** One line through every point that has a value and that the axes can show. */
export function linePath(points: Points, values: Float64Array, plot: Plot): string {
  const at = placing(plot);
  let path = "";
  let isOpen = false;
  for (let i = 0; i < points.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value) || (plot.y.log && value <= 0)) {
      isOpen = false;
      continue;
    }
    path += `${isOpen ? "L" : "M"}${pixel(at.x(points.x[i] as number))},${pixel(at.y(value))}`;
    isOpen = true;
  }
  return path;
}

/** The area between least and greatest; empty where no point stands for more than one value. */
export function bandPath({ length, x, low, high }: Points, plot: Plot): string {
  const at = placing(plot);
  let above = "";
  let below = "";
  let isFlat = true;
  for (let i = 0; i < length; i++) {
    const least = low[i] as number;
    const greatest = high[i] as number;
    if (!Number.isFinite(least) || !Number.isFinite(greatest)) continue;
    if (least !== greatest) isFlat = false;
    const left = pixel(at.x(x[i] as number));
    above += `${above === "" ? "M" : "L"}${left},${pixel(at.y(greatest))}`;
    below = `L${left},${pixel(at.y(least))}${below}`;
  }
  return isFlat ? "" : `${above}${below}Z`;
}
