// A chart as a list of marks, with title, legend and names of axes: what a picture file is made of.
import type { FrameTick } from "./frame-ticks.ts";
import { bandPath, linePath, placing } from "./paths.ts";
import type { Area, Plot, PlottedCurve } from "./plot.ts";
import { type Stroke, strokeOf } from "./tones.ts";

/** Colours as `#rrggbb`. */
export interface Palette {
  readonly background: string;
  readonly ink: string;
  readonly dimmed: string;
  readonly line: string;
  readonly accent: string;
  readonly ghost: string;
  readonly tones: readonly string[];
}

export type SceneMark =
  | {
      readonly kind: "path";
      /** SVG path data. */
      readonly d: string;
      readonly colour: string;
      readonly opacity: number;
      /** Pixels of a line; null for an area. */
      readonly width: number | null;
      readonly dash?: string;
    }
  | { readonly kind: "dot"; readonly x: number; readonly y: number; readonly colour: string }
  | {
      readonly kind: "text";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly anchor: "start" | "middle" | "end";
      readonly colour: string;
      readonly isBold?: boolean;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  /** Title, legend, axes: from the picture's upper left corner. */
  readonly marks: readonly SceneMark[];
  /** The curves: from the plot's corner, at `offset` below the picture's, and cut to `area`. */
  readonly curves: readonly SceneMark[];
  readonly area: Area;
  readonly offset: number;
}

export interface SceneRequest {
  readonly plot: Plot;
  readonly title: string;
  readonly xName: string;
  readonly xTicks: readonly FrameTick[];
  readonly yTicks: readonly FrameTick[];
  readonly width: number;
  /** Of the plot with its axes. */
  readonly height: number;
  readonly palette: Palette;
}

const PADDING = 16;
const TITLE_SIZE = 16;
const TEXT_SIZE = 12;
const LEGEND_ROW = 18;
const KEY_WIDTH = 26;
/** Of a letter, on the average; letters of Chinese are twice as wide. */
const LETTER_WIDTH = 6.6;

export function drawScene(request: SceneRequest): Scene {
  const { plot, title, xName, xTicks, yTicks, width, height, palette } = request;
  const { area } = plot;
  const legend = layOutLegend(plot.curves, width - 2 * PADDING);
  const rows = (legend.at(-1)?.row ?? -1) + 1;
  const offset = PADDING + TITLE_SIZE + 12 + rows * LEGEND_ROW;
  const text = (
    x: number,
    y: number,
    words: string,
    rest: Partial<Extract<SceneMark, { kind: "text" }>> = {},
  ): SceneMark => ({
    kind: "text",
    x,
    y,
    text: words,
    size: TEXT_SIZE,
    anchor: "start",
    colour: palette.dimmed,
    ...rest,
  });
  const rule = (d: string): SceneMark => ({
    kind: "path",
    d,
    colour: palette.line,
    opacity: 1,
    width: 1,
  });
  const bottom = offset + area.top + area.height;
  const marks: SceneMark[] = [
    text(PADDING, PADDING + TITLE_SIZE - 4, title, {
      size: TITLE_SIZE,
      colour: palette.ink,
      isBold: true,
    }),
    ...legend.flatMap(({ plotted, stroke, x, row }) => {
      const y = PADDING + TITLE_SIZE + 18 + row * LEGEND_ROW;
      return [
        ...legendKey(plotted, stroke, PADDING + x, y - 4, palette),
        text(PADDING + x + KEY_WIDTH, y, plotted.curve.label),
      ];
    }),
    ...yTicks.flatMap(({ place, label }) => {
      const y = offset + area.top + (1 - place) * area.height;
      return [
        rule(`M${area.left},${y}h${area.width}`),
        text(area.left - 8, y + 4, label, { anchor: "end" }),
      ];
    }),
    rule(`M${area.left},${bottom}h${area.width}`),
    ...xTicks.map(({ place, label }) =>
      text(area.left + place * area.width, bottom + 18, label, { anchor: "middle" }),
    ),
    text(area.left + area.width, bottom + 36, xName, { anchor: "end" }),
  ];
  const curves = plot.curves.flatMap((plotted, index) =>
    curveMarks(plotted, strokeOf(plotted.curve, index), plot, palette),
  );
  return {
    width,
    height: offset + height + 16 + PADDING,
    background: palette.background,
    marks,
    curves,
    area,
    offset,
  };
}

interface LegendPlace {
  readonly plotted: PlottedCurve;
  readonly stroke: Stroke;
  readonly x: number;
  readonly row: number;
}

function layOutLegend(curves: readonly PlottedCurve[], width: number): readonly LegendPlace[] {
  let x = 0;
  let row = 0;
  return curves.flatMap((plotted, index) => {
    if (plotted.curve.look === "ghost") return [];
    const own = KEY_WIDTH + widthOf(plotted.curve.label) + 18;
    if (x > 0 && x + own > width) {
      x = 0;
      row += 1;
    }
    const place = { plotted, stroke: strokeOf(plotted.curve, index), x, row };
    x += own;
    return [place];
  });
}

const widthOf = (text: string): number =>
  [...text].reduce((sum, letter) => sum + LETTER_WIDTH * (letter > "\u2e80" ? 2 : 1), 0);

function legendKey(
  { curve }: PlottedCurve,
  stroke: Stroke,
  x: number,
  y: number,
  palette: Palette,
): SceneMark[] {
  const colour = colourOf(stroke, palette);
  if (curve.look === "dots") return [{ kind: "dot", x: x + 9, y, colour }];
  return [line(`M${x},${y}h18`, colour, stroke.dash)];
}

const line = (d: string, colour: string, dash?: string, width = 1.75, opacity = 1): SceneMark => ({
  kind: "path",
  d,
  colour,
  opacity,
  width,
  ...(dash === undefined ? {} : { dash }),
});

function curveMarks(
  { curve, points, isSmoothed }: PlottedCurve,
  stroke: Stroke,
  plot: Plot,
  palette: Palette,
): SceneMark[] {
  const colour = colourOf(stroke, palette);
  const plain = linePath(points, points.y, plot);
  if (curve.look === "ghost") return [line(plain, palette.ghost, undefined, 1.25)];
  if (curve.look === "dots") {
    const at = placing(plot);
    return [
      line(plain, colour, "2 3", 1.25),
      ...Array.from(
        { length: points.length },
        (_, i): SceneMark => ({
          kind: "dot",
          x: at.x(points.x[i] as number),
          y: at.y(points.y[i] as number),
          colour,
        }),
      ),
    ];
  }
  const opacity = isSmoothed ? 0.09 : 0.14;
  return [
    { kind: "path", d: bandPath(points, plot), colour, opacity, width: null },
    ...(isSmoothed ? [line(plain, colour, undefined, 1, 0.3)] : []),
    line(isSmoothed ? linePath(points, points.smooth, plot) : plain, colour, stroke.dash),
  ].filter((mark) => mark.kind !== "path" || mark.d !== "") as SceneMark[];
}

const colourOf = ({ tone, mix }: Stroke, { tones, accent, ghost }: Palette): string =>
  tone === null ? mixed(accent, ghost, mix) : (tones[tone] ?? accent);

/** `share` of one colour, the rest of another; both `#rrggbb`. */
export function mixed(one: string, other: string, share: number): string {
  const channel = (colour: string, at: number) =>
    Number.parseInt(colour.slice(1 + 2 * at, 3 + 2 * at), 16);
  const parts = [0, 1, 2].map((at) =>
    Math.round(share * channel(one, at) + (1 - share) * channel(other, at))
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${parts.join("")}`;
}
