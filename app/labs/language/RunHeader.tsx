import { Button, Progress } from "@mantine/core";
import { lazy, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { continueRun } from "../../actions/continue-run.ts";
import { keepRunModel } from "../../actions/keep-model.ts";
import { startOver } from "../../actions/new-run.ts";
import { pauseOrResume } from "../../actions/pause-or-resume.ts";
import { saveModel } from "../../actions/save-model.ts";
import { step as stepAction } from "../../actions/step.ts";
import { stop } from "../../actions/stop.ts";
import { LazyPart } from "../../components/LazyPart.tsx";
import { type Columns, lastOf } from "../../lib/columns.ts";
import { secondsLeft } from "../../lib/eta.ts";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { isLive, type RunRecord } from "../../stores/runs.ts";
import { sessionStore } from "../../stores/session.ts";
import classes from "./RunHeader.module.css";

const NotifyToggle = lazy(() => import("../../watch/NotifyToggle.tsx"));

export interface RunHeaderProps {
  readonly run: RunRecord;
  readonly columns: Columns;
}

/** What the run is doing, how far it is, and the buttons that govern it. */
export function RunHeader({ run, columns }: RunHeaderProps) {
  const { t } = useTranslation("language");
  const { t: tCommon } = useTranslation("common");
  const { phase, config, ready } = run;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that began it is gone: the keyboard goes on from here.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  const total = ready?.maxSteps ?? config.train.max_steps;
  const share = total === 0 ? 0 : Math.min(1, run.step / total);
  const isSaving = useStore(sessionStore, (state) => state.isSaving);
  return (
    <header className={classes.header}>
      <p className={classes.phase} role="status">
        {t(phaseKey(run))}
      </p>
      <h1 ref={heading} tabIndex={-1} className={classes.question}>
        {config.question || config.title}
      </h1>
      <div className={classes.bar}>
        <Progress value={100 * share} size={6} aria-label={t("progress.label")} />
        <p className={classes.counts}>
          <span>
            {t("progress.stepOf", { step: formatCount(run.step), total: formatCount(total) })}
          </span>
          <span>
            {timeText(run, columns, total, t)}
            {isLive(run) && (
              <LazyPart>
                <NotifyToggle />
              </LazyPart>
            )}
          </span>
        </p>
      </div>
      <fieldset className={classes.controls} aria-label={t("controls.label")}>
        {isLive(run) ? (
          <>
            <Button
              className={classes.main}
              disabled={phase === "preparing"}
              onClick={() => void pauseOrResume.perform()}
            >
              {phase === "paused" ? t("controls.resume") : t("controls.pause")}
            </Button>
            <Button
              variant="default"
              disabled={phase !== "paused"}
              onClick={() => void stepAction.perform()}
            >
              {t("controls.step")}
            </Button>
            <Button variant="default" onClick={() => void stop.perform()}>
              {t("controls.stop")}
            </Button>
          </>
        ) : (
          <>
            <Button className={classes.main} onClick={() => void startOver.perform()}>
              {t("controls.newRun")}
            </Button>
            {run.elsewhere ? (
              <Button
                variant="default"
                disabled={run.elsewhere === "held"}
                onClick={() => void continueRun.perform()}
              >
                {t("controls.takeOver")}
              </Button>
            ) : null}
            {!run.elsewhere && continueRun.isAvailable() && (
              <Button variant="default" onClick={() => void continueRun.perform()}>
                {t("controls.continue")}
              </Button>
            )}
          </>
        )}
        <Button
          variant="default"
          className={classes.save}
          disabled={!saveModel.isAvailable()}
          loading={isSaving}
          onClick={() => void saveModel.perform()}
        >
          {tCommon("actions.saveModel")}
        </Button>
        <KeepModel run={run} />
      </fieldset>
    </header>
  );
}

function phaseKey({ phase, ready, elsewhere }: RunRecord) {
  if (elsewhere) return `phase.elsewhere.${elsewhere}` as const;
  if (phase === "failed" && ready === null) return "phase.refused" as const;
  return `phase.${phase}` as const;
}

/** Keeps the model as it is now; says where it is once it is kept. */
function KeepModel({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const { t: tCommon } = useTranslation("common");
  if (run.kept?.step === run.step)
    return (
      <Button
        variant="default"
        component="a"
        href={`#/models?model=${encodeURIComponent(run.kept.modelId)}`}
      >
        {t("models.isKept")}
      </Button>
    );
  return (
    <Button
      variant="default"
      disabled={!keepRunModel.isAvailable()}
      onClick={() => void keepRunModel.perform()}
    >
      {tCommon("actions.keepModel")}
    </Button>
  );
}

function timeText(
  run: RunRecord,
  columns: Columns,
  total: number,
  t: ReturnType<typeof useTranslation<"language">>["t"],
): string {
  const seconds = lastOf(columns, "seconds");
  if (run.phase === "running") {
    const left = secondsLeft(columns, total);
    return left === null
      ? t("progress.estimating")
      : t("progress.left", { time: formatDuration(left) });
  }
  if (run.phase === "preparing" || seconds === null) return "";
  return t("progress.took", { time: formatDuration(seconds) });
}
