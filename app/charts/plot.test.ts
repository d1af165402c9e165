import { describe, expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { type ChartCurve, curveOf } from "./curve.ts";
import { bandPath, linePath } from "./paths.ts";
import { layOutPlot, type PlotRequest, readingsAt, stopsOf } from "./plot.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

const curve = (
  x: readonly number[],
  y: readonly number[],
  rest: Partial<ChartCurve> = {},
): ChartCurve => ({
  id: "a",
  label: "A",
  x: Float64Array.from(x),
  y: Float64Array.from(y),
  ...rest,
});

const plotOf = (curves: readonly ChartCurve[], rest: Partial<PlotRequest> = {}) =>
  layOutPlot({
    curves,
    settings: DEFAULT_SETTINGS,
    width: 466,
    height: 232,
    zoom: null,
    ...rest,
  });

const count = (length: number) => Array.from({ length }, (_, i) => i + 1);

describe("points", () => {
  it("are the values themselves while there are few", () => {
    const { points } = plotOf([curve([1, 2, 3], [4, 3, 2])], { xEnd: 100 }).curves[0] ?? {};
    expect(points?.length).toBe(3);
    expect([...(points?.y.subarray(0, 3) ?? [])]).toEqual([4, 3, 2]);
  });

  it("are never more than the chart is wide, and lose no spike either way", () => {
    const y = count(10_000).map((step) => (step === 5_555 ? 99 : step === 5_556 ? -7 : 1));
    const { points } = plotOf([curve(count(10_000), y)]).curves[0] ?? {};
    expect(points?.length).toBeLessThanOrEqual(202);
    expect(Math.max(...(points?.high ?? []))).toBe(99);
    expect(Math.min(...(points?.low ?? []))).toBe(-7);
  });

  it("leave out what is not finite", () => {
    const plot = plotOf([curve([1, 2, 3, 4], [1, Number.NaN, 3, Number.POSITIVE_INFINITY])]);
    expect(plot.curves[0]?.points.length).toBe(2);
  });

  it("reach past both edges of what is zoomed into, so that lines do", () => {
    const plot = plotOf([curve(count(100), count(100))], { zoom: { from: 40.5, to: 42.5 } });
    const { points } = plot.curves[0] ?? {};
    expect([...(points?.x.subarray(0, points.length) ?? [])]).toEqual([40, 41, 42, 43]);
    expect(stopsOf(plot)).toEqual([41, 42]);
  });

  it("of a log axis lie as dense at its beginning as at its end", () => {
    const plot = plotOf([curve(count(10_000), count(10_000))], {
      settings: { ...DEFAULT_SETTINGS, logX: true },
    });
    const { points } = plot.curves[0] ?? {};
    const below = [...(points?.x ?? [])].filter((x) => x > 0 && x <= 100).length;
    expect(below).toBeGreaterThan((points?.length ?? 0) / 4);
    expect(plot.whole.from).toBe(1);
  });

  it("of a series over another one keep the order of its rows", () => {
    const plot = plotOf([curve([3, 1, 2], [10, 20, 30])]);
    const { points } = plot.curves[0] ?? {};
    expect([...(points?.x.subarray(0, 3) ?? [])]).toEqual([3, 1, 2]);
    expect(plot.whole).toEqual({ from: 1, to: 3 });
  });
});

it("takes any series for x, rows that lack one of both left out", () => {
  const columns = appendColumns(EMPTY_COLUMNS, {
    step: [1, 2, 3],
    tokens: [512, 1_024, 1_536],
    seconds: [1, 2, 3],
    series: {
      "train/loss": [3, 2, 1],
      "val/loss": [Number.NaN, 2.5, 1.5],
    },
  });
  const over = (xAxis: string) =>
    plotOf([curveOf(columns, "train/loss", xAxis, { id: "a", label: "A" })]).curves[0]?.points;
  expect(over("tokens")?.x[2]).toBe(1_536);
  const both = over("val/loss");
  expect([both?.length, both?.x[0], both?.y[0]]).toEqual([2, 2.5, 2]);
  expect(over("nothing of that name")?.length).toBe(0);
});

describe("the y axis", () => {
  const spiky = curve(
    count(1_000),
    count(1_000).map((step) => (step === 500 ? 1_000 : 2 + Math.sin(step))),
  );

  it("shows every extreme, or the 1st to the 99th percentile", () => {
    expect(plotOf([spiky]).y.to).toBe(1_000);
    const clipped = plotOf([spiky], { settings: { ...DEFAULT_SETTINGS, clip: true } }).y;
    expect(clipped.to).toBeLessThan(4);
    expect(clipped.from).toBeGreaterThanOrEqual(0.5);
  });

  it("keeps a curve of few points in a clipped picture", () => {
    const few = curve([1, 1_000], [9, 9], { id: "b" });
    const clipped = plotOf([spiky, few], { settings: { ...DEFAULT_SETTINGS, clip: true } });
    expect(clipped.y.to).toBeGreaterThanOrEqual(9);
  });

  it("of a logarithm leaves out what is not above zero, in range and in line", () => {
    const plot = plotOf([curve([1, 2, 3, 4], [10, 0, -1, 100])], {
      settings: { ...DEFAULT_SETTINGS, logY: true },
    });
    expect(plot.y.from).toBeGreaterThan(5);
    const { points } = plot.curves[0] as NonNullable<(typeof plot.curves)[0]>;
    expect(linePath(points, points.y, plot).match(/[ML]/g)).toEqual(["M", "M"]);
  });
});

describe("readings", () => {
  const a = curve([0, 50, 100], [1, 2, 3], { id: "a" });
  const b = curve([0, 50, 100], [5, 4, 9], { id: "b" });

  it("are of the nearest points, greatest first", () => {
    const read = readingsAt(plotOf([a, b]), 51);
    expect(read.map(({ curve: { id }, x, value }) => [id, x, value])).toEqual([
      ["b", 50, 4],
      ["a", 50, 2],
    ]);
  });

  it("leave out a curve that has nothing near, unless nothing is near", () => {
    const far = curve([0, 100], [7, 8], { id: "far", look: "dots" });
    const ids = (x: number, curves: readonly ChartCurve[]) =>
      readingsAt(plotOf(curves), x).map(({ curve: { id } }) => id);
    expect(ids(50, [a, far])).toEqual(["a"]);
    expect(ids(100, [a, far])).toEqual(["far", "a"]);
    expect(ids(40, [far])).toEqual(["far"]);
    expect(ids(50, [curve([50], [1], { look: "ghost" })])).toEqual([]);
  });

  it("of smoothed curves tell the average, the value and the reach", () => {
    const noisy = curve(
      count(1_000),
      count(1_000).map((step) => (step % 2 === 0 ? 1 : 3)),
    );
    const plot = plotOf([noisy], { settings: { ...DEFAULT_SETTINGS, smoothing: 0.99 } });
    const [reading] = readingsAt(plot, 800);
    expect(reading?.value).toBeCloseTo(2, 1);
    expect([reading?.low, reading?.high]).toEqual([1, 3]);
    expect(reading?.count).toBeGreaterThan(1);
  });
});

it("draws a band around a group's mean, and none where no point stands for more than one value", () => {
  const flat = plotOf([curve([0, 100], [1, 1])]);
  const points = flat.curves[0]?.points;
  expect(points && bandPath(points, flat)).toBe("");
  const group = plotOf([
    curve([0, 100], [1, 2], { low: Float64Array.of(0, 1), high: Float64Array.of(3, 4) }),
  ]);
  const banded = group.curves[0]?.points;
  // The plot is 400 x 200 pixels at (58, 8), y from 0 to 4.
  expect(banded && bandPath(banded, group)).toBe("M58.0,58.0L452.0,8.0L452.0,158.0L58.0,208.0Z");
});
