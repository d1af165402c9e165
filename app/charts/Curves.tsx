// The curves of a chart as plain paths in Recharts' plot area. Recharts' own Line and Area cost about 4 ms
// each per redraw (measured, 600 points, see docs/design-language.md); at four redraws a second and four
// runs that is felt in every control on the page. Axes, grid and tooltip stay Recharts'.
import { usePlotArea } from "recharts";
import { type ChartRow, type Curve, linePath, type Plot, reachPath } from "./rows.ts";

export interface CurvesProps {
  readonly rows: readonly ChartRow[];
  readonly curves: readonly Curve[];
  readonly ghost: Curve | null;
  readonly cursorStep: number | null;
  readonly maxStep: number;
  readonly top: number;
}

/** Told apart by lightness and dash as well as by colour. */
const STROKES = [
  { stroke: "var(--v-accent)" },
  { stroke: "var(--v-ink)" },
  { stroke: "var(--v-ghost)" },
  { stroke: "var(--v-accent)", strokeDasharray: "5 3" },
] as const;

const LINE = { fill: "none", strokeLinejoin: "round", strokeLinecap: "round" } as const;

export function Curves({ rows, curves, ghost, cursorStep, maxStep, top }: CurvesProps) {
  const area = usePlotArea();
  if (!area) return null;
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
