// One legend for all charts of the page: which line is which run, or which group of runs.
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatCount } from "../../lib/format.ts";
import { archiveStore, pointAt, tick } from "../../stores/archive.ts";
import { chartStore } from "../../stores/charts.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { canGroupOver, groupsOf, legendLabels } from "./chart-curves.ts";
import classes from "./RunLegend.module.css";
import { ToneKey } from "./RunTableRow.tsx";

export function RunLegend({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  const groupBy = useStore(archiveStore, (state) => state.groupBy);
  const xAxis = useStore(chartStore, (state) => state.xAxis);
  const isGrouped = groupBy.length > 0 && canGroupOver(xAxis);
  const groups = useMemo(
    () => (isGrouped ? groupsOf(rows, groupBy) : []),
    [isGrouped, rows, groupBy],
  );
  const labels = useMemo(() => legendLabels(rows), [rows]);
  const untick = (runId: string) =>
    tick(rows.filter((row) => row.runId !== runId).map((row) => row.runId));
  return (
    <ul className={classes.legend} aria-label={t("charts.legend")}>
      {isGrouped
        ? groups.map(({ id, label, rows: members }, tone) => (
            <li key={id} className={classes.key}>
              <ToneKey tone={tone} />
              {t("charts.group", {
                label,
                count: members.length,
                formatted: formatCount(members.length),
              })}
            </li>
          ))
        : rows.map(({ runId, label }, tone) => (
            <li key={runId}>
              <button
                type="button"
                className={classes.key}
                title={t("charts.untick")}
                onClick={() => untick(runId)}
                onPointerEnter={() => pointAt(runId)}
                onPointerLeave={() => pointAt(null)}
                onFocus={() => pointAt(runId)}
                onBlur={() => pointAt(null)}
              >
                <ToneKey tone={tone} />
                {labels.get(runId) ?? label.text}
              </button>
            </li>
          ))}
    </ul>
  );
}
