// The charts of a run beside its loss: small ones, side by side, all read and zoomed together. Which ones is up to
// the person who looks.
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ChartFigure } from "../charts/ChartFigure.tsx";
import type { ChartSettings } from "../charts/settings.ts";
import { CheckList } from "../components/CheckList.tsx";
import { type Columns, seriesNames } from "../lib/columns.ts";
import { chartStore } from "../stores/charts.ts";
import { changeWatch, watchStore } from "../stores/watch.ts";
import {
  type ChartId,
  chartChoices,
  curvesOfChart,
  DEFAULT_CHARTS,
  isKnownChart,
  KNOWN_CHARTS,
} from "./chart-specs.ts";
import classes from "./RunCharts.module.css";
import { useChartTitle } from "./use-chart-title.ts";

const HEIGHT = 180;

export interface RunChartsProps {
  readonly columns: Columns;
  /** Steps of the whole run. */
  readonly maxSteps: number;
  /** What this run will never measure. */
  readonly leavesOut: (id: ChartId) => boolean;
}

export default function RunCharts({ columns, maxSteps, leavesOut }: RunChartsProps) {
  const { t } = useTranslation("charts");
  const settings = useStore(chartStore);
  const chosen = useStore(watchStore, (state) => state.charts);
  const titleOf = useChartTitle();
  const names = useSeriesNames(columns);
  const shown = chosen.filter((id) => !leavesOut(id));
  const items = useMemo(() => chartChoices(names, chosen, titleOf), [names, chosen, titleOf]);
  return (
    <section className={classes.section} aria-label={t("panel.title")}>
      <header className={classes.header}>
        <h2 className={classes.title}>{t("panel.title")}</h2>
        <CheckList
          label={t("panel.choose")}
          title={t("panel.chooseTitle")}
          search={t("panel.search")}
          items={items}
          chosen={chosen}
          onChange={(charts) => changeWatch({ charts: charts.length === 0 ? [] : charts })}
        />
      </header>
      {shown.length === 0 && (
        <p className={classes.none}>
          {t("panel.none")}{" "}
          <button
            type="button"
            className={classes.link}
            onClick={() => changeWatch({ charts: DEFAULT_CHARTS })}
          >
            {t("panel.defaults")}
          </button>
        </p>
      )}
      <div className={classes.grid}>
        {shown.map((id) => (
          <OneChart
            key={id}
            id={id}
            title={titleOf(id)}
            names={names}
            columns={columns}
            settings={settings}
            maxSteps={maxSteps}
          />
        ))}
      </div>
    </section>
  );
}

interface OneChartProps {
  readonly id: ChartId;
  readonly title: string;
  readonly names: readonly string[];
  readonly columns: Columns;
  readonly settings: ChartSettings;
  readonly maxSteps: number;
}

const OneChart = memo(function OneChart(props: OneChartProps) {
  const { id, title, names, columns, settings, maxSteps } = props;
  const { xAxis } = settings;
  const curves = useMemo(
    () => curvesOfChart(id, names, columns, xAxis),
    [id, names, columns, xAxis],
  );
  const fits = isKnownChart(id) && "fits" in KNOWN_CHARTS[id];
  return (
    <ChartFigure
      title={title}
      level={3}
      isSmall
      hidesLegend
      curves={curves}
      settings={settings}
      height={HEIGHT}
      fits={fits}
      {...(xAxis === "step" ? { xEnd: maxSteps } : {})}
    />
  );
});

/** What a chart is called: known ones in words, others by the name of their series. */
/** The names of a history's series; the same array while they are the same. */
function useSeriesNames(columns: Columns): readonly string[] {
  const key = seriesNames(columns).join("\n");
  return useMemo(() => (key === "" ? [] : key.split("\n")), [key]);
}
