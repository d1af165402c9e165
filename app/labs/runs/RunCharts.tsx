import { Select } from "@mantine/core";
import { lazy, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ChartFigure } from "../../charts/ChartFigure.tsx";
import { CheckList } from "../../components/CheckList.tsx";
import { LazyPart } from "../../components/LazyPart.tsx";
import type { Columns } from "../../lib/columns.ts";
import { formatCount, formatLoss } from "../../lib/format.ts";
import type { Spread } from "../../lib/group-series.ts";
import { ALL_BUT_SEED, archiveStore } from "../../stores/archive.ts";
import { changeCharts, chartStore } from "../../stores/charts.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { useChartTitle } from "../../watch/use-chart-title.ts";
import {
  canGroupOver,
  groupablePaths,
  groupCurves,
  groupsOf,
  measuredBy,
  runCurves,
} from "./chart-curves.ts";
import classes from "./RunCharts.module.css";
import { RunLegend } from "./RunLegend.tsx";
import { useHistories } from "./use-runs.ts";

const ChartToolbar = lazy(() => import("../../charts/ChartToolbar.tsx"));

const HEIGHT = 260;

/** Curves of the ticked runs, a chart for each chosen metric, all over the same x. */
export function RunCharts({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const settings = useStore(chartStore);
  const metrics = useStore(archiveStore, (state) => state.metrics);
  const histories = useHistories(rows);
  const series = useMemo(() => measuredBy(Object.values(histories)), [histories]);
  return (
    <>
      <div className={classes.tools}>
        <CheckList
          label={t("charts.metrics", { count: metrics.length })}
          title={t("charts.metricsTitle")}
          items={[...new Set([...series, ...metrics])].map((value) => ({ value, label: value }))}
          chosen={metrics}
          onChange={(chosen) => archiveStore.setState({ metrics: chosen })}
        />
        <Grouping rows={rows} />
        <div className={classes.toolbar}>
          <LazyPart>
            <ChartToolbar settings={settings} onChange={changeCharts} series={series} />
          </LazyPart>
        </div>
      </div>
      <RunLegend rows={rows} />
      {metrics.length === 0 && <p className={classes.note}>{t("charts.noMetric")}</p>}
      <div className={classes.charts} data-single={metrics.length === 1 || undefined}>
        {metrics.map((metric) => (
          <MetricChart key={metric} metric={metric} rows={rows} histories={histories} />
        ))}
      </div>
    </>
  );
}

interface MetricChartProps {
  readonly metric: string;
  readonly rows: readonly RunRow[];
  readonly histories: Readonly<Record<string, Columns>>;
}

function MetricChart({ metric, rows, histories }: MetricChartProps) {
  const { t } = useTranslation("runs");
  const titleOf = useChartTitle();
  const settings = useStore(chartStore);
  const groupBy = useStore(archiveStore, (state) => state.groupBy);
  const spread = useStore(archiveStore, (state) => state.spread);
  const pointedId = useStore(archiveStore, (state) => state.pointedId);
  const { xAxis } = settings;
  const isGrouped = groupBy.length > 0 && canGroupOver(xAxis);
  const curves = useMemo(
    () =>
      isGrouped
        ? groupCurves(groupsOf(rows, groupBy), histories, metric, xAxis, spread, (label, count) =>
            t("charts.group", { label, count, formatted: formatCount(count) }),
          )
        : runCurves(rows, histories, metric, xAxis),
    [isGrouped, rows, groupBy, histories, metric, xAxis, spread, t],
  );
  const pointed = useMemo(() => {
    if (pointedId === null || !isGrouped) return pointedId;
    const isIn = (members: readonly RunRow[]) => members.some(({ runId }) => runId === pointedId);
    return groupsOf(rows, groupBy).find((group) => isIn(group.rows))?.id ?? null;
  }, [pointedId, isGrouped, rows, groupBy]);
  return (
    <ChartFigure
      title={titleOf(metric)}
      emphasis={pointed}
      curves={curves}
      settings={settings}
      height={HEIGHT}
      isSmall
      hidesLegend
      fits={metric.endsWith("loss")}
      {...(metric.endsWith("loss") ? { format: formatLoss } : {})}
    />
  );
}

/** Which runs become one curve, and what the band around it shows. */
function Grouping({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const groupBy = useStore(archiveStore, (state) => state.groupBy);
  const spread = useStore(archiveStore, (state) => state.spread);
  const xAxis = useStore(chartStore, (state) => state.xAxis);
  const items = useMemo(() => {
    const paths = groupablePaths(rows);
    // A setting that was chosen for other runs stays in the list while it is chosen.
    const others = groupBy.filter((path) => path !== ALL_BUT_SEED && !paths.includes(path));
    return [
      { value: ALL_BUT_SEED, label: t("group.allButSeed") },
      ...[...paths, ...others].map((path) => ({ value: path, label: path })),
    ];
  }, [rows, groupBy, t]);
  const isGrouped = groupBy.length > 0;
  return (
    <>
      <CheckList
        label={
          isGrouped ? t("group.on", { count: groupsOf(rows, groupBy).length }) : t("group.off")
        }
        title={t("group.title")}
        note={t(canGroupOver(xAxis) ? "group.note" : "group.needsAxis")}
        items={items}
        chosen={groupBy}
        onChange={(chosen) => archiveStore.setState({ groupBy: latest(chosen, groupBy) })}
      />
      {isGrouped && (
        <Select
          className={classes.band}
          size="xs"
          aria-label={t("group.band")}
          allowDeselect={false}
          value={spread}
          onChange={(next) => next && archiveStore.setState({ spread: next as Spread })}
          data={[
            { value: "range", label: t("group.range") },
            { value: "deviation", label: t("group.deviation") },
          ]}
        />
      )}
    </>
  );
}

/** "All but the seed" and single settings exclude each other: the last choice counts. */
function latest(chosen: readonly string[], before: readonly string[]): readonly string[] {
  if (!chosen.includes(ALL_BUT_SEED) || chosen.length === 1) return chosen;
  return before.includes(ALL_BUT_SEED)
    ? chosen.filter((path) => path !== ALL_BUT_SEED)
    : [ALL_BUT_SEED];
}
