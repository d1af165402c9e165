// A chart's numbers as a table: as many rows as can be read; the CSV file has all of them.
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { ChartProps } from "./Chart.tsx";
import classes from "./ChartTable.module.css";
import { formatPlain } from "./Cursor.tsx";
import { formatPosition } from "./format-axis.ts";
import { linkOn, linkStore } from "./link.ts";
import { layOutPlot, readingsAt, stopsOf } from "./plot.ts";
import { useAxisName } from "./use-axis-name.ts";

const ROWS = 100;
/** Of the plot that is read from: its points are about as many as rows are shown. */
const WIDTH = 2 * ROWS + 66;

export function ChartTable(chart: ChartProps) {
  const { curves, settings, format = formatPlain } = chart;
  const { t } = useTranslation("charts");
  const axisName = useAxisName();
  const { xAxis } = settings;
  const zoom = useStore(linkStore, (state) => linkOn(state, xAxis).zoom);
  const shown = curves.filter(({ look }) => look !== "ghost");
  const plot = layOutPlot({ ...chart, width: WIDTH, zoom });
  const stops = stopsOf(plot);
  const stride = Math.max(1, Math.ceil(stops.length / ROWS));
  const rows = stops.filter((_, i) => i % stride === 0 || i === stops.length - 1);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className={classes.scroll} aria-label={t("table.label")} tabIndex={0}>
      <table className={classes.table}>
        <caption className={classes.caption}>
          {t("table.caption", {
            rows: rows.length,
            zoomed: zoom === null ? "" : t("table.zoomed"),
          })}
        </caption>
        <thead>
          <tr>
            <th scope="col">{axisName(xAxis)}</th>
            {shown.map(({ id, label }) => (
              <th key={id} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((x) => {
            const readings = readingsAt(plot, x);
            return (
              <tr key={x}>
                <th scope="row">{formatPosition(xAxis, x)}</th>
                {shown.map(({ id }) => {
                  const reading = readings.find(({ curve }) => curve.id === id);
                  return <td key={id}>{reading ? format(reading.value) : "–"}</td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
