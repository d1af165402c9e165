// A chart as a file: what the page shows now, zoom and smoothing included; a CSV file has all of it.
import { saveBlob } from "../lib/save-blob.ts";
import { folderName } from "../lib/save-folder.ts";
import type { ChartProps } from "./Chart.tsx";
import { chartCsv } from "./export-csv.ts";
import { chartPng } from "./export-png.ts";
import { chartSvg } from "./export-svg.ts";
import { frameTicks } from "./frame-ticks.ts";
import { linkOn, linkStore } from "./link.ts";
import { layOutPlot } from "./plot.ts";
import { drawScene, type Palette, type Scene } from "./scene.ts";

const WIDTH = 960;
const HEIGHT = 420;

/** @param xName what the x axis is called. */
export async function saveChart(
  kind: "svg" | "png" | "csv",
  chart: ChartProps,
  xName: string,
): Promise<void> {
  const { title, curves, settings } = chart;
  const name = `${folderName(title)}.${kind}`;
  if (kind === "csv") {
    const text = chartCsv(curves, settings, settings.xAxis);
    return saveBlob(name, new Blob([text], { type: "text/csv;charset=utf-8" }));
  }
  const scene = sceneOf(chart, xName);
  saveBlob(
    name,
    kind === "png"
      ? await chartPng(scene)
      : new Blob([chartSvg(scene)], { type: "image/svg+xml;charset=utf-8" }),
  );
}

function sceneOf(chart: ChartProps, xName: string): Scene {
  const { settings } = chart;
  const { xAxis } = settings;
  const { zoom } = linkOn(linkStore.getState(), xAxis);
  const plot = layOutPlot({ ...chart, width: WIDTH, height: HEIGHT, zoom });
  return drawScene({
    plot,
    title: chart.title,
    xName,
    xTicks: frameTicks(xAxis, plot.x, plot.xTicks),
    yTicks: frameTicks(null, plot.y, plot.yTicks),
    width: WIDTH,
    height: HEIGHT,
    palette: pagePalette(),
  });
}

const TONES = 8;

/** The page's colours as they are now, light or dark. */
function pagePalette(): Palette {
  const style = getComputedStyle(document.body);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: of("--mantine-color-body"),
    ink: of("--v-ink"),
    dimmed: of("--mantine-color-dimmed"),
    line: of("--v-line"),
    accent: of("--v-accent"),
    ghost: of("--v-ghost"),
    tones: Array.from({ length: TONES }, (_, tone) => of(`--v-tone-${tone}`)),
  };
}
