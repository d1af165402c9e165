// Loss over steps. Recharts draws, but never sees raw history: rows.ts hands it about as many points as
// the chart has pixels.
import { useElementSize } from "@mantine/hooks";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatCompact, formatCount, formatLoss } from "../lib/format.ts";
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

/** Two pixels per point: finer is not seen, and costs main-thread time ten times a second. */
const PIXELS_PER_POINT = 2;
const MARGIN = { top: 8, right: 14, bottom: 0, left: 0 };
const AXIS_WIDTH = 40;

/** Told apart by lightness and dash as well as by colour. */
const STROKES = [
  { stroke: "var(--v-accent)" },
  { stroke: "var(--v-ink)" },
  { stroke: "var(--v-ghost)" },
  { stroke: "var(--v-accent)", strokeDasharray: "5 3" },
] as const;

const still = { isAnimationActive: false, connectNulls: true, activeDot: false } as const;

export default function LossChart(props: LossChartProps) {
  const { curves, marks = NO_MARKS, maxStep, cursorStep, ghost, height } = props;
  const { ref, width } = useElementSize();
  const buckets = Math.max(40, Math.floor((width - AXIS_WIDTH) / PIXELS_PER_POINT));
  const rows = useMemo(
    () => chartRows(ghost ? [ghost, ...curves] : curves, marks, maxStep, buckets),
    [curves, ghost, marks, maxStep, buckets],
  );
  const top = axisTop(rows);
  return (
    <div ref={ref} className={classes.frame} style={{ height }}>
      {width > 0 && (
        <ComposedChart width={width} height={height} data={rows} margin={MARGIN}>
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
            cursor={{ stroke: "var(--v-ghost)" }}
            content={({ active, payload }) => {
              const row = payload?.[0]?.payload as ChartRow | undefined;
              return active && row ? <Reading row={row} curves={curves} /> : null;
            }}
          />
          {ghost && (
            <Line
              dataKey={(row: ChartRow) => row.mean[ghost.id]}
              stroke="var(--v-ghost)"
              strokeWidth={1.25}
              dot={false}
              {...still}
            />
          )}
          {curves.map((curve, index) => (
            <Area
              key={`reach ${curve.id}`}
              dataKey={(row: ChartRow) => row.reach[curve.id]}
              stroke="none"
              fill={strokeOf(index).stroke}
              fillOpacity={0.14}
              dot={false}
              {...still}
            />
          ))}
          {curves.map((curve, index) => (
            <Line
              key={curve.id}
              dataKey={(row: ChartRow) => row.mean[curve.id]}
              strokeWidth={1.75}
              dot={false}
              {...strokeOf(index)}
              {...still}
            />
          ))}
          {marks.length > 0 && (
            <Line
              dataKey="mark"
              stroke="var(--v-ink)"
              strokeWidth={1.25}
              strokeDasharray="2 3"
              dot={{
                r: 3,
                fill: "var(--v-ink)",
                stroke: "var(--mantine-color-body)",
                strokeDasharray: "0",
              }}
              {...still}
            />
          )}
          {cursorStep !== undefined && <ReferenceLine x={cursorStep} stroke="var(--v-ink)" />}
        </ComposedChart>
      )}
    </div>
  );
}

const NO_MARKS: readonly Mark[] = [];

const strokeOf = (index: number) => STROKES[index % STROKES.length] as (typeof STROKES)[number];

/** What lies under the pointer. */
function Reading({ row, curves }: { row: ChartRow; curves: readonly Curve[] }) {
  const { t } = useTranslation("common");
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
