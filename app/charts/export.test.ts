import { expect, it } from "vitest";
import type { ChartCurve } from "./curve.ts";
import { chartCsv } from "./export-csv.ts";
import { chartSvg } from "./export-svg.ts";
import { frameTicks } from "./frame-ticks.ts";
import { layOutPlot } from "./plot.ts";
import { drawScene, mixed, type Palette } from "./scene.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

const PALETTE: Palette = {
  background: "#ffffff",
  ink: "#000000",
  dimmed: "#666666",
  line: "#dddddd",
  accent: "#147366",
  ghost: "#c2bdb5",
  tones: ["#147366", "#221f1c"],
};

const CURVES: readonly ChartCurve[] = [
  {
    id: "a",
    label: 'Run "A", <first> & best',
    x: Float64Array.of(1, 2, 3),
    y: Float64Array.of(3, Number.NaN, 1),
  },
  {
    id: "b",
    label: "Validation",
    look: "dots",
    x: Float64Array.of(2, 3),
    y: Float64Array.of(2.5, 1.25),
  },
  { id: "g", label: "Ghost", look: "ghost", x: Float64Array.of(9), y: Float64Array.of(9) },
];

it("writes every point as CSV: quoted names, empty places, no ghosts", () => {
  expect(chartCsv(CURVES, { smoothing: 0 }, "step")).toBe(
    ['step,"Run ""A"", <first> & best",Validation', "1,3,", "2,,2.5", "3,1,1.25", ""].join("\r\n"),
  );
});

it("gives averages and bands columns of their own", () => {
  const band: ChartCurve = {
    id: "m",
    label: "mean",
    x: Float64Array.of(1, 2),
    y: Float64Array.of(4, 6),
    low: Float64Array.of(3, 5),
    high: Float64Array.of(5, 8),
  };
  expect(chartCsv([band], { smoothing: 0.5 }, "tokens").split("\r\n")).toEqual([
    "tokens,mean,mean (smoothed 0.5),mean (low),mean (high)",
    "1,4,4,3,5",
    "2,6,5.333333333333333,5,8",

    "",
  ]);
});

it("keeps each time that a series comes back to the same x", () => {
  const back: ChartCurve = {
    id: "a",
    label: "A",
    x: Float64Array.of(1, 2, 1),
    y: Float64Array.of(10, 20, 30),
  };
  expect(chartCsv([back], { smoothing: 0 }, "x").split("\r\n")).toEqual([
    "x,A",
    "1,10",
    "1,30",
    "2,20",
    "",
  ]);
});

it("makes an SVG that stands alone: title, legend, ticks, curves, all of it escaped", () => {
  const plot = layOutPlot({
    curves: CURVES,
    settings: DEFAULT_SETTINGS,
    width: 600,
    height: 300,
    zoom: null,
  });
  const svg = chartSvg(
    drawScene({
      plot,
      title: "Loss",
      xName: "Step",
      xTicks: frameTicks("step", plot.x, plot.xTicks),
      yTicks: frameTicks(null, plot.y, plot.yTicks),
      width: 600,
      height: 300,
      palette: PALETTE,
    }),
  );
  expect(svg).toContain("Run &quot;A&quot;, &lt;first&gt; &amp; best</text>");
  expect(svg).toContain(">Validation</text>");
  expect(svg).toContain(">Loss</text>");
  expect(svg).toContain(">Step</text>");
  expect(svg).not.toContain("Ghost");
  expect(svg).not.toMatch(/NaN|undefined|var\(/);
  expect(svg.match(/<circle/g)).toHaveLength(3); // two points and the legend's
  expect(balanced(svg)).toBe(true);
});

/** Whether every element that is opened is closed, in order. */
function balanced(xml: string): boolean {
  const open: string[] = [];
  for (const [, slash, name, rest] of xml.matchAll(/<(\/?)([\w]+)([^>]*)>/g)) {
    if (rest?.endsWith("/")) continue;
    if (!slash) open.push(name as string);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

it("mixes the colours of an order", () => {
  expect(mixed("#000000", "#ffffff", 1)).toBe("#000000");
  expect(mixed("#000000", "#ffffff", 0)).toBe("#ffffff");
  expect(mixed("#ff0000", "#0000ff", 0.5)).toBe("#800080");
});
