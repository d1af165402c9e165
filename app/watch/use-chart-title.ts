import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type ChartId, isKnownChart, KNOWN_CHARTS } from "./chart-specs.ts";

/** What a chart is called in words, with its unit; a series that has no words is called by its name. */
export function useChartTitle(): (id: ChartId) => string {
  const { t } = useTranslation("charts");
  return useMemo(
    () => (id: ChartId) => (isKnownChart(id) ? t(`metric.${KNOWN_CHARTS[id].title}`) : id),
    [t],
  );
}
