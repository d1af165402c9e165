// The curves of a chart as plain paths in Recharts' plot area. Drawn by Recharts' own Line and Area, four
// runs of 600 points took 34 ms of script per redraw; this way they take 4 (docs/design-language.md). Axes,
// grid and tooltip stay Recharts'.
import { createContext, useContext } from "react";
import { usePlotArea } from "recharts";
import { type ChartRow, type Curve, linePath, type Plot, reachPath } from "./rows.ts";

/** What is drawn now. It reaches {@link Curves} past Recharts, which need not know. */
export interface Drawing {
  readonly rows: readonly ChartRow[];
  readonly curves: readonly Curve[];
  readonly ghost: Curve | null;
  readonly cursorStep: number | null;
  readonly maxStep: number;
  readonly top: number;
}

export const DrawingContext = createContext<Drawing | null>(null);

/** Told apart by lightness and dash as well as by colour. */
const STROKES = [
  { stroke: "var(--v-accent)" },
  { stroke: "var(--v-ink)" },
  { stroke: "var(--v-ghost)" },
  { stroke: "var(--v-accent)", strokeDasharray: "5 3" },
] as const;

const LINE = { fill: "none", strokeLinejoin: "round", strokeLinecap: "round" } as const;

export function Curves() {
  const area = usePlotArea();
  const drawing = useContext(DrawingContext);
  if (!area || !drawing) return null;
  const { rows, curves, ghost, cursorStep, maxStep, top } = drawing;
  const plot: Plot = {
    x: (step) => area.x + (step / maxStep) * area.width,
    y: (value) => area.y + (1 - value / top) * area.height,
  };
  const marked = rows.filter(({ mark }) => mark !== null);
  const markOf = ({ mark }: ChartRow) => mark ?? undefined;
  return (
    <g>
      {ghost && (
        <path
          d={linePath(rows, ({ mean }) => mean[ghost.id], plot)}
          stroke="var(--v-ghost)"
          strokeWidth={1.25}
          {...LINE}
        />
      )}
      {curves.map(({ id }, index) => (
        <g key={id}>
          <path
            d={reachPath(rows, ({ reach }) => reach[id], plot)}
            fill={strokeOf(index).stroke}
            fillOpacity={0.14}
          />
          <path
            d={linePath(rows, ({ mean }) => mean[id], plot)}
            strokeWidth={1.75}
            {...strokeOf(index)}
            {...LINE}
          />
        </g>
      ))}
      <path
        d={linePath(marked, markOf, plot)}
        stroke="var(--v-ink)"
        strokeWidth={1.25}
        strokeDasharray="2 3"
        {...LINE}
      />
      {marked.map(({ step, mark }) => (
        <circle
          key={step}
          cx={plot.x(step)}
          cy={plot.y(mark ?? 0)}
          r={3}
          fill="var(--v-ink)"
          stroke="var(--mantine-color-body)"
        />
      ))}
      {cursorStep !== null && (
        <line
          x1={plot.x(cursorStep)}
          x2={plot.x(cursorStep)}
          y1={area.y}
          y2={area.y + area.height}
          stroke="var(--v-ink)"
        />
      )}
    </g>
  );
}

const strokeOf = (index: number) => STROKES[index % STROKES.length] as (typeof STROKES)[number];
