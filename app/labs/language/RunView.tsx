import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { ChartFigure } from "../../charts/ChartFigure.tsx";
import { curveOf } from "../../charts/curve.ts";
import { LookInsideSection } from "../../inspect/LookInsideSection.tsx";
import { formatLoss } from "../../lib/format.ts";
import { useThrottledStore } from "../../lib/use-throttled-store.ts";
import { chartStore } from "../../stores/charts.ts";
import { useIsHidden } from "../../stores/lesson.ts";
import { columnsOfRun, metricsStore } from "../../stores/metrics.ts";
import { hasModel, type RunRecord } from "../../stores/runs.ts";
import { RunFaultNotice } from "./FaultNotice.tsx";
import { Preparing } from "./Preparing.tsx";
import { RunHeader } from "./RunHeader.tsx";
import { RunNotices } from "./RunNotices.tsx";
import { RunReadings } from "./RunReadings.tsx";
import classes from "./RunView.module.css";
import { SampleBoard } from "./SampleBoard.tsx";
import { SamplingForm } from "./SamplingForm.tsx";

const CHART_HEIGHT = 280;
/** Four pictures a second: calm to look at, and the main thread stays free for input. */
const REDRAW_MS = 250;

/** A run while it goes on, and after. */
export function RunView({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const hidesSampling = useIsHidden("sampling");
  const { t: tCommon } = useTranslation("common");
  const { runId, ready, config } = run;
  const select = useMemo(() => columnsOfRun(runId), [runId]);
  const columns = useThrottledStore(metricsStore, select, REDRAW_MS);
  const settings = useStore(chartStore);
  const { xAxis } = settings;
  const [training, validation] = [tCommon("chart.training"), tCommon("chart.validation")];
  const curves = useMemo(
    () => [
      curveOf(columns, "train/loss", xAxis, { id: "train", label: training }),
      curveOf(columns, "val/loss", xAxis, { id: "val", label: validation, look: "dots" }),
    ],
    [columns, xAxis, training, validation],
  );
  return (
    <div className={classes.view}>
      <RunHeader run={run} columns={columns} />
      <RunFaultNotice run={run} />
      <RunNotices run={run} />
      {run.phase === "preparing" ? <Preparing run={run} /> : <RunReadings columns={columns} />}
      <ChartFigure
        title={t("figure.title")}
        note={
          ready
            ? t("figure.note", { blind: formatLoss(Math.log(ready.vocabSize)) })
            : t("figure.noteShort")
        }
        curves={curves}
        settings={settings}
        {...(xAxis === "step" ? { xEnd: ready?.maxSteps ?? config.train.max_steps } : {})}
        format={formatLoss}
        height={CHART_HEIGHT}
      />
      <div className={classes.writing}>
        <SampleBoard run={run} />
        {!hidesSampling && <SamplingForm run={run} />}
      </div>
      <LookInsideSection
        target={{ runId }}
        isAvailable={hasModel(run)}
        suggestion={newestText(run)}
        progress={{ step: run.step, isMoving: run.phase === "running" }}
      />
    </div>
  );
}

/** What the model wrote last, with its prompt; before that, the prompt. */
function newestText({ samples, config }: RunRecord): string {
  const newest = samples.find(({ done }) => done);
  return newest ? newest.prompt + newest.text : config.sample.prompt;
}
