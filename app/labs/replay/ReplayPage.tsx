// Four recorded runs at once, at the rate a worker sends them: what the page's own speed is measured on
// (e2e/replay.spec.ts). Not linked from anywhere.
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { LossFigure } from "../../charts/LossFigure.tsx";
import { formatCount } from "../../lib/format.ts";
import { useThrottledStore } from "../../lib/use-throttled-store.ts";
import { openSession, startRun } from "../../session/session.ts";
import { metricsStore } from "../../stores/metrics.ts";
import { resolveSetup } from "../../stores/resolve-setup.ts";
import { runsStore } from "../../stores/runs.ts";
import { setupStore } from "../../stores/setup.ts";

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
  const curves = useMemo(
    () =>
      Object.entries(byRun).map(([id, columns], index) => ({
        id,
        label: t("replay.run", { number: index + 1 }),
        columns,
      })),
    [byRun, t],
  );
  const points = curves.reduce((sum, { columns }) => sum + columns.length, 0);
  return (
    <section data-testid="replay" data-done={isDone || undefined} data-points={points}>
      <h1>{t("replay.title")}</h1>
      <LossFigure
        title={t("chart.loss")}
        note={t("replay.points", { count: points, formatted: formatCount(points) })}
        curves={curves}
        maxStep={STEPS}
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
  const { config } = resolveSetup(setupStore.getState());
  if (!config) return;
  for (let run = 0; run < RUNS; run++) await startRun({ config });
}
