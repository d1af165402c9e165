// What is read from a chart: the line under the pointer or the keyboard's cursor, what the curves show there, and
// the surface that feels pointer and keys. It is drawn apart from the curves, which stay as they are meanwhile.
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatCount, formatMeasure } from "../lib/format.ts";
import classes from "./Chart.module.css";
import { formatPosition } from "./format-axis.ts";
import { linkOn, linkStore } from "./link.ts";
import { placing } from "./paths.ts";
import { type Plot, type Reading, readingsAt } from "./plot.ts";
import type { XAxis } from "./settings.ts";
import { cssColour, strokeOf } from "./tones.ts";
import { useAxisName } from "./use-axis-name.ts";
import { useGestures } from "./use-gestures.ts";

export interface CursorProps {
  readonly plot: Plot;
  readonly title: string;
  readonly xAxis: XAxis;
  readonly format: (value: number) => string;
  /** Id of the sentence that says what the chart shows. */
  readonly describedBy: string;
}

/** Rows of a tooltip before it gets a second column. */
const ROWS_PER_COLUMN = 12;
/** Of the charts that only follow: those few values that fit beside the line. */
const FOLLOWING_ROWS = 3;

export function Cursor({ plot, title, xAxis, format, describedBy }: CursorProps) {
  const { t } = useTranslation("charts");
  const axisName = useAxisName();
  const surface = useRef<HTMLDivElement>(null);
  const [isRead, setIsRead] = useState(false);
  const gestures = useGestures(surface, plot, xAxis);
  const hover = useStore(linkStore, (state) => linkOn(state, xAxis).hover);
  const pin = useStore(linkStore, (state) => linkOn(state, xAxis).pin);
  const { area, x } = plot;
  const asked = pin ?? hover;
  const readings = asked === null ? [] : readingsAt(plot, asked);
  // The line stands where the values are, not between them.
  const at = nearest(readings, asked, plot);
  const place = at === null ? Number.NaN : x.place(at);
  const isShown = place >= 0 && place <= 1;
  const position = at === null ? "" : formatPosition(xAxis, at);
  const told = readings.map(({ curve, value }) => `${curve.label} ${format(value)}`).join("; ");
  const { selection, ...handlers } = gestures;
  return (
    <>
      {isShown && <Mark plot={plot} x={at as number} readings={readings} isHeld={pin !== null} />}
      {selection && (
        <div
          className={classes.selection}
          style={{
            left: area.left + x.place(selection.from) * area.width,
            width: (x.place(selection.to) - x.place(selection.from)) * area.width,
            top: area.top,
            height: area.height,
          }}
        />
      )}
      <div
        ref={surface}
        className={classes.surface}
        style={{ left: area.left, top: area.top, width: area.width, height: area.height }}
        role="slider"
        tabIndex={0}
        aria-label={t("cursor.label", { title, axis: axisName(xAxis) })}
        aria-describedby={describedBy}
        aria-valuemin={x.from}
        aria-valuemax={x.to}
        aria-valuenow={at ?? x.from}
        aria-valuetext={
          at === null
            ? t("cursor.idle")
            : t("cursor.reading", { axis: axisName(xAxis), position, values: told })
        }
        {...handlers}
        onPointerEnter={() => setIsRead(true)}
        onFocus={() => setIsRead(true)}
        onBlur={() => setIsRead(false)}
        onPointerLeave={() => {
          if (document.activeElement !== surface.current) setIsRead(false);
          handlers.onPointerLeave();
        }}
      />
      {isShown && readings.length > 0 && (
        <div
          className={isRead ? classes.reading : classes.following}
          data-side={place > 0.5 ? "left" : "right"}
          data-columns={readings.length > ROWS_PER_COLUMN ? 2 : 1}
          data-held={(isRead && pin !== null) || undefined}
          style={{
            left: area.left + place * area.width,
            top: area.top,
            // What there is on the wider side.
            maxWidth: Math.max(place, 1 - place) * area.width - 4,
          }}
          aria-hidden="true"
        >
          {isRead && (
            <p className={classes.position}>
              {t("cursor.position", { axis: axisName(xAxis), position })}
              {pin !== null && <small>{t("cursor.held")}</small>}
            </p>
          )}
          <Values
            plot={plot}
            readings={isRead ? readings : readings.slice(0, FOLLOWING_ROWS)}
            format={format}
            isWhole={isRead}
          />
        </div>
      )}
    </>
  );
}

function nearest(readings: readonly Reading[], asked: number | null, plot: Plot): number | null {
  if (asked === null) return null;
  const goal = plot.x.place(asked);
  let best: number | null = null;
  for (const { x } of readings)
    if (best === null || Math.abs(plot.x.place(x) - goal) < Math.abs(plot.x.place(best) - goal))
      best = x;
  return best;
}

const indexOf = (plot: Plot, { curve }: Reading): number =>
  plot.curves.findIndex((plotted) => plotted.curve.id === curve.id);

function Mark({
  plot,
  x,
  readings,
  isHeld,
}: {
  readonly plot: Plot;
  readonly x: number;
  readonly readings: readonly Reading[];
  readonly isHeld: boolean;
}) {
  const { area } = plot;
  const at = placing(plot);
  const inside = (y: number) => y >= area.top - 1 && y <= area.top + area.height + 1;
  return (
    <svg className={classes.mark} aria-hidden="true" data-held={isHeld || undefined}>
      <line x1={at.x(x)} x2={at.x(x)} y1={area.top} y2={area.top + area.height} />
      {readings
        .filter(({ value }) => inside(at.y(value)))
        .map((reading) => (
          <circle
            key={reading.curve.id}
            cx={at.x(reading.x)}
            cy={at.y(reading.value)}
            r={3}
            fill={cssColour(strokeOf(reading.curve, indexOf(plot, reading)))}
            stroke="var(--mantine-color-body)"
          />
        ))}
    </svg>
  );
}

function Values({
  plot,
  readings,
  format,
  isWhole,
}: {
  readonly plot: Plot;
  readonly readings: readonly Reading[];
  readonly format: (value: number) => string;
  readonly isWhole: boolean;
}) {
  const { t } = useTranslation("charts");
  return (
    <ul className={classes.values}>
      {readings.map((reading) => {
        const { curve, value, plain, low, high, count } = reading;
        const stroke = strokeOf(curve, indexOf(plot, reading));
        const details = [
          ...(value === plain ? [] : [t("cursor.unsmoothed", { value: format(plain) })]),
          ...(low === high ? [] : [t("cursor.range", { min: format(low), max: format(high) })]),
          ...(count > 1 ? [t("cursor.of", { count, formatted: formatCount(count) })] : []),
        ];
        return (
          <li key={curve.id}>
            <i style={{ background: cssColour(stroke) }} />
            {(isWhole || readings.length > 1) && <span>{curve.label}</span>}
            <b>{format(value)}</b>
            {isWhole && details.length > 0 && <small>{details.join(" · ")}</small>}
          </li>
        );
      })}
    </ul>
  );
}

/** A number of a series of which nothing more is known. */
export const formatPlain = formatMeasure;
