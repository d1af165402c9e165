// The chart that pages use: title, legend, menu, note, and the chart itself, whose code comes when the page is
// there; its place is kept meanwhile.
import { lazy, type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { LazyPart } from "../components/LazyPart.tsx";
import classes from "./ChartFigure.module.css";
import type { ChartCurve } from "./curve.ts";
import type { ChartSettings } from "./settings.ts";
import { cssColour, strokeOf } from "./tones.ts";

const Chart = lazy(() => import("./Chart.tsx"));
const ChartMenu = lazy(() => import("./ChartMenu.tsx"));
const ChartPanel = lazy(() => import("./ChartPanel.tsx"));

/**
 * A chart of any number of curves over one x axis.
 *
 * ```tsx
 * const curves = useMemo(
 *   () => runs.map(({ id, label, columns }) =>
 *     curveOf(columns, "train/loss", settings.xAxis, { id, label })),
 *   [runs, settings.xAxis],
 * );
 * <ChartFigure title={t("loss")} curves={curves} settings={settings} height={280} xEnd={maxSteps} />
 * ```
 *
 * A band (a group's mean between least and greatest) is a curve with `low` and `high`:
 * `{ id, label, x, y: mean, low, high }`. `settings` are those of the page (`app/stores/charts.ts`, shown by
 * `ChartToolbar`): x axis, smoothing, log axes, clip; curves must have been made for `settings.xAxis`. Give `curves` a
 * stable identity (useMemo): a new array is a redraw.
 *
 * All charts of a page over the same x axis share cursor, pin and zoom. Smoothing, thinning to the chart's width,
 * ticks, readings, table and files (SVG, PNG, CSV) are the chart's own work.
 */
export interface ChartFigureProps {
  readonly title: string;
  readonly curves: readonly ChartCurve[];
  readonly settings: ChartSettings;
  /** Of the plot with its axes, in pixels: it never changes with the data. */
  readonly height: number;
  /** Right end of x where it is known beforehand (the steps of a whole run); only for that x axis. */
  readonly xEnd?: number;
  /** Whether y may begin elsewhere than at zero: for values whose differences are what is looked at. */
  readonly fits?: boolean;
  /** How values are written; four digits where absent. */
  readonly format?: (value: number) => string;
  /** A line at this x: where a page that scrubs through a run is. */
  readonly cursor?: number;
  /** Below the chart; two lines are kept for it. */
  readonly note?: ReactNode;
  /** Of the title; 2 where absent. */
  readonly level?: 2 | 3;
  /** A small title, for one chart of many. */
  readonly isSmall?: boolean;
  /** Whether the legend is left out, where another place on the page names the curves. */
  readonly hidesLegend?: boolean;
  /** Id of a curve that is pointed at elsewhere on the page: the others step back. */
  readonly emphasis?: string | null;
}

/** A legend longer than this is a list of its own; readings name the curves then. */
const LONGEST_LEGEND = 12;

export function ChartFigure(props: ChartFigureProps) {
  const { title, curves, settings, height, note, level = 2, hidesLegend = false } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(NONE);
  const [emphasis, setEmphasis] = useState<string | null>(null);
  const [open, setOpen] = useState<"large" | "table" | null>(null);
  const shown = useMemo(
    () =>
      hidden.size === 0
        ? curves
        : // Tones are places in the whole list: a curve that is left out must not change the others'.
          curves.flatMap((curve, index) =>
            hidden.has(curve.id) ? [] : [{ ...curve, tone: curve.tone ?? index }],
          ),
    [curves, hidden],
  );
  const named = curves.filter(({ look }) => look !== "ghost");
  const Title = `h${level}` as const;
  const chart = {
    title,
    curves: shown,
    settings,
    height,
    emphasis: emphasis ?? props.emphasis ?? null,
    ...(props.xEnd === undefined ? {} : { xEnd: props.xEnd }),
    ...(props.fits === undefined ? {} : { fits: props.fits }),
    ...(props.format === undefined ? {} : { format: props.format }),
    ...(props.cursor === undefined ? {} : { cursor: props.cursor }),
  };
  // The menu takes what is drawn when it is asked, and need not be drawn again with every point.
  const latest = useRef(chart);
  latest.current = chart;
  const read = useCallback(() => latest.current, []);
  return (
    <figure className={classes.figure} aria-label={title}>
      <figcaption className={classes.caption}>
        <Title className={classes.title} data-small={props.isSmall || undefined}>
          {title}
        </Title>
        {!hidesLegend && named.length > 1 && named.length <= LONGEST_LEGEND && (
          <Legend
            curves={curves}
            hidden={hidden}
            onToggle={(id) => setHidden((old) => toggled(old, id))}
            onEmphasis={setEmphasis}
          />
        )}
        <span className={classes.menu}>
          <LazyPart>
            <ChartMenu title={title} xAxis={settings.xAxis} read={read} onOpen={setOpen} />
          </LazyPart>
        </span>
      </figcaption>
      <div style={{ height }}>
        <LazyPart place={<div className={classes.place} style={{ height }} />}>
          <Chart {...chart} />
        </LazyPart>
      </div>
      {open !== null && (
        <LazyPart>
          <ChartPanel chart={chart} open={open} onClose={() => setOpen(null)} />
        </LazyPart>
      )}
      {note && <p className={classes.note}>{note}</p>}
    </figure>
  );
}

const NONE: ReadonlySet<string> = new Set();

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

interface LegendProps {
  readonly curves: readonly ChartCurve[];
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
  readonly onEmphasis: (id: string | null) => void;
}

/** Names of the curves; a click takes one out of the chart, pointing at one lets the others step back. */
function Legend({ curves, hidden, onToggle, onEmphasis }: LegendProps) {
  return (
    <span className={classes.legend}>
      {curves.map((curve, index) => {
        const { id, label, look = "line" } = curve;
        if (look === "ghost") return null;
        const stroke = strokeOf(curve, index);
        return (
          <button
            key={id}
            type="button"
            className={classes.key}
            data-look={look}
            data-dashed={stroke.dash !== undefined || undefined}
            aria-pressed={!hidden.has(id)}
            style={{ "--tone": cssColour(stroke) } as React.CSSProperties}
            onClick={() => onToggle(id)}
            onPointerEnter={() => onEmphasis(id)}
            onPointerLeave={() => onEmphasis(null)}
            onFocus={() => onEmphasis(id)}
            onBlur={() => onEmphasis(null)}
          >
            {label}
          </button>
        );
      })}
    </span>
  );
}
