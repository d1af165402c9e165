// Four recorded runs at once, at the rate a worker sends them: what the page's own speed is measured on
// (e2e/replay.spec.ts). Not linked from anywhere.
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ChartFigure } from "../../charts/ChartFigure.tsx";
import ChartToolbar from "../../charts/ChartToolbar.tsx";
import { curveOf } from "../../charts/curve.ts";
import { formatCount } from "../../lib/format.ts";
import { useThrottledStore } from "../../lib/use-throttled-store.ts";
import { openSession, startRun } from "../../session/session.ts";
import { changeCharts, chartStore } from "../../stores/charts.ts";
import { metricsStore } from "../../stores/metrics.ts";
import { currentSetup } from "../../stores/resolve-setup.ts";
import { runsStore } from "../../stores/runs.ts";

import classes from "./ReplayPage.module.css";

const RUNS = 4;
const STEPS = 10_000;
const REDRAW_MS = 250;

export function ReplayPage() {
  const { t } = useTranslation("common");
  useEffect(() => {
    void replayRuns();
  }, []);
  const byRun = useThrottledStore(metricsStore, selectAll, REDRAW_MS);
  const isDone = useStore(runsStore, ({ byId }) => {
    const runs = Object.values(byId);
    return runs.length === RUNS && runs.every(({ phase }) => phase === "done");
  });
  const settings = useStore(chartStore);
  const { xAxis } = settings;
  const curves = useMemo(
    () =>
      Object.entries(byRun).map(([id, columns], index) =>
        curveOf(columns, "train/loss", xAxis, {
          id,
          label: t("replay.run", { number: index + 1 }),
        }),
      ),
    [byRun, xAxis, t],
  );
  const points = Object.values(byRun).reduce((sum, { length }) => sum + length, 0);
  return (
    <section
      className={classes.page}
      data-testid="replay"
      data-done={isDone || undefined}
      data-points={points}
    >
      <h1>{t("replay.title")}</h1>
      <ChartToolbar settings={settings} onChange={changeCharts} />
      <ChartFigure
        title={t("chart.loss")}
        note={t("replay.points", { count: points, formatted: formatCount(points) })}
        curves={curves}
        settings={settings}
        {...(xAxis === "step" ? { xEnd: STEPS } : {})}
        height={360}
      />
    </section>
  );
}

const selectAll = ({ byRun }: ReturnType<typeof metricsStore.getState>) => byRun;

let hasStarted = false;

async function replayRuns() {
  if (hasStarted) return;
  hasStarted = true;
  await openSession({ kind: "recorded", replay: "four" });
  const config = currentSetup()?.config;
  if (!config) return;
  for (let run = 0; run < RUNS; run++) await startRun({ config });
}
