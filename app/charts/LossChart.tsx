// Loss over steps. Recharts draws, but never sees raw history: rows.ts hands it about as many points as
// the chart has pixels.
import { useElementSize } from "@mantine/hooks";
import { memo, useContext, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from "recharts";
import { formatCompact, formatCount, formatLoss } from "../lib/format.ts";
import { Curves, type Drawing, DrawingContext } from "./Curves.tsx";
import classes from "./LossChart.module.css";
import { axisTicks, axisTop, type ChartRow, type Curve, chartRows, type Mark } from "./rows.ts";

export interface LossChartProps {
  readonly curves: readonly Curve[];
  /** Validation losses, drawn as dots. */
  readonly marks?: readonly Mark[];
  /** Right end of the step axis. */
  readonly maxStep: number;
  /** A vertical line at this step. */
  readonly cursorStep?: number;
  /** Drawn faintly behind everything: what is still to come. */
  readonly ghost?: Curve;
  readonly height: number;
}

/** Finer is hardly seen (extremes are kept), and costs main-thread time four times a second. */
const PIXELS_PER_POINT = 2;
const MARGIN = { top: 8, right: 14, bottom: 0, left: 0 };
const AXIS_WIDTH = 40;

/** An unseen line through every row: what makes Recharts' tooltip find the row under the pointer. */
const tooltipAnchor = () => 0;

export default function LossChart(props: LossChartProps) {
  const { curves, marks = NO_MARKS, maxStep, cursorStep, ghost, height } = props;
  const { ref, width } = useElementSize();
  const [isRead, setIsRead] = useState(false);
  const buckets = Math.max(40, Math.floor((width - AXIS_WIDTH) / PIXELS_PER_POINT));
  const rows = useMemo(
    () => chartRows(ghost ? [ghost, ...curves] : curves, marks, maxStep, buckets),
    [curves, ghost, marks, maxStep, buckets],
  );
  const top = axisTop(rows);
  const drawing = useMemo<Drawing>(
    () => ({ rows, curves, ghost: ghost ?? null, cursorStep: cursorStep ?? null, maxStep, top }),
    [rows, curves, ghost, cursorStep, maxStep, top],
  );
  const startReading = () => setIsRead(true);
  const stopReading = () => setIsRead(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that the chart inside is read
    <div
      ref={ref}
      className={classes.frame}
      style={{ height }}
      onPointerEnter={startReading}
      onPointerLeave={stopReading}
      onFocus={startReading}
      onBlur={stopReading}
    >
      <DrawingContext value={drawing}>
        {width > 0 && (
          <Frame
            width={width}
            height={height}
            maxStep={maxStep}
            top={top}
            rows={isRead ? rows : NO_ROWS}
          />
        )}
      </DrawingContext>
    </div>
  );
}

interface FrameProps {
  readonly width: number;
  readonly height: number;
  readonly maxStep: number;
  readonly top: number;
  /** What the tooltip reads; none while nobody points at the chart. */
  readonly rows: readonly ChartRow[];
}

/**
 * Axes, grid and tooltip: Recharts' part. It is drawn again only when one of its few numbers changes, or while it
 * is being read: new points alone go past it, through the context, to {@link Curves}.
 */
const Frame = memo(function Frame({ width, height, maxStep, top, rows }: FrameProps) {
  const { t } = useTranslation("common");
  const label = t("chart.loss");
  return (
    <LineChart width={width} height={height} data={rows} margin={MARGIN} aria-label={label}>
      <CartesianGrid vertical={false} stroke="var(--v-line)" />
      <XAxis
        dataKey="step"
        type="number"
        domain={[0, maxStep]}
        ticks={axisTicks(maxStep, width < 500 ? 4 : 8)}
        tickFormatter={
          maxStep >= 100_000 ? (step) => formatCompact(step) : (step) => formatCount(step)
        }
        allowDataOverflow
        tickLine={false}
        axisLine={{ stroke: "var(--v-line)" }}
        height={24}
      />
      <YAxis
        type="number"
        domain={[0, top]}
        ticks={axisTicks(top, 5)}
        allowDataOverflow
        tickLine={false}
        axisLine={false}
        width={AXIS_WIDTH}
      />
      <Tooltip
        isAnimationActive={false}
        // With nothing to read yet, Recharts would draw it at the left edge.
        cursor={rows.length > 0 && { stroke: "var(--v-ghost)" }}
        content={({ active, payload }) => {
          const row = payload?.[0]?.payload as ChartRow | undefined;
          return active && row ? <Reading row={row} /> : null;
        }}
      />
      <Line
        dataKey={tooltipAnchor}
        stroke="none"
        dot={false}
        activeDot={false}
        isAnimationActive={false}
      />
      <Curves />
    </LineChart>
  );
});

const NO_MARKS: readonly Mark[] = [];
const NO_ROWS: readonly ChartRow[] = [];

/** What lies under the pointer. */
function Reading({ row }: { readonly row: ChartRow }) {
  const { t } = useTranslation("common");
  const curves = useContext(DrawingContext)?.curves ?? [];
  return (
    <div className={classes.reading}>
      <strong>{t("chart.step", { step: formatCount(row.step) })}</strong>
      {curves.map(({ id, label }) => {
        const mean = row.mean[id];
        const reach = row.reach[id];
        if (mean === undefined || !reach) return null;
        const isOnePoint = reach[0] === reach[1];
        return (
          <span key={id}>
            <i>{label}</i> <b>{formatLoss(mean)}</b>
            {!isOnePoint && (
              <small>
                {t("chart.range", { min: formatLoss(reach[0]), max: formatLoss(reach[1]) })}
              </small>
            )}
          </span>
        );
      })}
      {row.mark !== null && (
        <span>
          <i>{t("chart.validation")}</i> <b>{formatLoss(row.mark)}</b>
        </span>
      )}
    </div>
  );
}
