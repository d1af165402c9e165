// The curves of a chart as plain paths over Recharts' axes. Drawn by Recharts' own Line and Area, four runs of
// 600 points took 34 ms of script per redraw; this way they take 4 (docs/design-language.md).
import { memo, useId } from "react";
import { bandPath, linePath, placing } from "./paths.ts";
import type { Plot, PlottedCurve } from "./plot.ts";
import { cssColour, strokeOf } from "./tones.ts";

export interface CurvesProps {
  readonly plot: Plot;
  readonly width: number;
  readonly height: number;
  /** A curve that stands out while the others step back. */
  readonly emphasis?: string | null;
  /** A line at this x, for a page that scrubs through a run. */
  readonly cursor?: number;
}

const LINE = { fill: "none", strokeLinejoin: "round", strokeLinecap: "round" } as const;

export const Curves = memo(function Curves({
  plot,
  width,
  height,
  emphasis = null,
  cursor,
}: CurvesProps) {
  const clip = useId();
  const { area } = plot;
  const at = placing(plot);
  return (
    <svg width={width} height={height} aria-hidden="true">
      <clipPath id={clip}>
        {/* Half a stroke more, so that a line along an edge keeps its width. */}
        <rect x={area.left} y={area.top - 2} width={area.width + 2} height={area.height + 3} />
      </clipPath>
      <g clipPath={`url(#${clip})`}>
        {plot.curves.map((plotted, index) => (
          <g
            key={plotted.curve.id}
            data-curve={plotted.curve.id}
            opacity={emphasis === null || emphasis === plotted.curve.id ? 1 : 0.2}
          >
            <OneCurve plotted={plotted} plot={plot} index={index} />
          </g>
        ))}
        {cursor !== undefined && (
          <line
            x1={at.x(cursor)}
            x2={at.x(cursor)}
            y1={area.top}
            y2={area.top + area.height}
            stroke="var(--v-ink)"
          />
        )}
      </g>
    </svg>
  );
});

/** What of a smoothed curve is its own and not the average. */
const FAINT = 0.3;

function OneCurve({
  plotted,
  plot,
  index,
}: {
  readonly plotted: PlottedCurve;
  readonly plot: Plot;
  readonly index: number;
}) {
  const { curve, points, isSmoothed } = plotted;
  if (curve.look === "ghost")
    return (
      <path
        d={linePath(points, points.y, plot)}
        stroke="var(--v-ghost)"
        strokeWidth={1.25}
        {...LINE}
      />
    );
  const stroke = strokeOf(curve, index);
  const colour = cssColour(stroke);
  if (curve.look === "dots") {
    const at = placing(plot);
    return (
      <>
        <path
          d={linePath(points, points.y, plot)}
          stroke={colour}
          strokeWidth={1.25}
          strokeDasharray="2 3"
          {...LINE}
        />
        {Array.from({ length: points.length }, (_, i) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: a point is its place
            key={i}
            cx={at.x(points.x[i] as number)}
            cy={at.y(points.y[i] as number)}
            r={3}
            fill={colour}
            stroke="var(--mantine-color-body)"
          />
        ))}
      </>
    );
  }
  const dash = stroke.dash === undefined ? {} : { strokeDasharray: stroke.dash };
  return (
    <>
      <path d={bandPath(points, plot)} fill={colour} fillOpacity={isSmoothed ? 0.09 : 0.14} />
      {isSmoothed && (
        <path
          data-original
          d={linePath(points, points.y, plot)}
          stroke={colour}
          strokeOpacity={FAINT}
          strokeWidth={1}
          {...LINE}
        />
      )}
      <path
        data-line
        d={linePath(points, isSmoothed ? points.smooth : points.y, plot)}
        stroke={colour}
        strokeWidth={1.75}
        {...dash}
        {...LINE}
      />
    </>
  );
}
