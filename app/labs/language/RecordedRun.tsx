// A run made earlier, to scrub through: something to look at before the first step, and all there is where no
// GPU can be had.
import { Button, Slider } from "@mantine/core";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChartFigure } from "../../charts/ChartFigure.tsx";
import { curveOf } from "../../charts/curve.ts";
import { DEFAULT_SETTINGS } from "../../charts/settings.ts";
import { Reading } from "../../components/Reading.tsx";
import { type Columns, rowsBefore } from "../../lib/columns.ts";
import { deviceName } from "../../lib/device-name.ts";
import { formatCount, formatDuration, formatLoss } from "../../lib/format.ts";
import type { Recording } from "../../session/recording.ts";
import classes from "./RecordedRun.module.css";
import { SampleText } from "./SampleText.tsx";

interface Loaded {
  readonly recording: Recording;
  readonly columns: Columns;
}

const PLAY_SECONDS = 20;
const FRAME_MS = 100;
const CHART_HEIGHT = 240;

export function RecordedRun({ title }: { readonly title: string }) {
  const { t } = useTranslation("language");
  const [loaded, setLoaded] = useState<Loaded | "missing" | null>(null);
  useEffect(() => {
    let isCurrent = true;
    import("../../session/recording.ts")
      .then(async ({ fetchRecording, columnsOf }) => {
        const recording = await fetchRecording();
        if (isCurrent) setLoaded({ recording, columns: columnsOf(recording) });
      })
      .catch(() => {
        if (isCurrent) setLoaded("missing");
      });
    return () => {
      isCurrent = false;
    };
  }, []);
  return (
    <section className={classes.recorded} aria-label={title}>
      {loaded === null || loaded === "missing" ? (
        <>
          <h2 className={classes.title}>{title}</h2>
          <p className={classes.made}>
            {loaded === null ? t("recorded.loading") : t("recorded.missing")}
          </p>
        </>
      ) : (
        <Scrubber title={title} {...loaded} />
      )}
    </section>
  );
}

function Scrubber({ title, recording, columns }: Loaded & { readonly title: string }) {
  const { t } = useTranslation("language");
  const { t: tCommon } = useTranslation("common");
  const last = recording.metrics.step.at(-1) ?? 0;
  const [step, setStep] = useState(last);
  const [isPlaying, setIsPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    const advance = Math.max(1, Math.round((last * FRAME_MS) / (PLAY_SECONDS * 1_000)));
    const timer = setInterval(() => setStep((old) => Math.min(last, old + advance)), FRAME_MS);
    return () => clearInterval(timer);
  }, [isPlaying, last]);
  useEffect(() => {
    if (isPlaying && step >= last) setIsPlaying(false);
  }, [isPlaying, step, last]);

  // The slider answers at once; the chart may lag a frame behind it.
  const drawnStep = useDeferredValue(step);
  const [training, validationName] = [tCommon("chart.training"), tCommon("chart.validation")];
  const curves = useMemo(() => {
    const shown = { ...columns, length: rowsBefore(columns, drawnStep + 1) };
    return [
      curveOf(columns, "train/loss", "step", { id: "ghost", label: training, look: "ghost" }),
      curveOf(shown, "train/loss", "step", { id: "train", label: training, tone: 0 }),
      curveOf(shown, "val/loss", "step", {
        id: "val",
        label: validationName,
        look: "dots",
        tone: 1,
      }),
    ];
  }, [columns, training, validationName, drawnStep]);
  const row = rowsBefore(columns, step + 1) - 1;
  const loss = row < 0 ? undefined : columns.values["train/loss"]?.[row];
  const validation = recording.validation.findLast((point) => point.step <= step);
  const sample = recording.samples.findLast((entry) => entry.step <= step);
  const { device, config } = recording;
  const seconds = recording.metrics.seconds.at(-1) ?? 0;
  return (
    <>
      <ChartFigure
        title={title}
        curves={curves}
        settings={DEFAULT_SETTINGS}
        cursor={drawnStep}
        xEnd={last}
        height={CHART_HEIGHT}
        format={formatLoss}
      />
      <div className={classes.scrub}>
        <Button
          variant="default"
          size="sm"
          className={classes.play}
          onClick={() => {
            if (!isPlaying && step >= last) setStep(0);
            setIsPlaying(!isPlaying);
          }}
        >
          {isPlaying ? t("recorded.pause") : t("recorded.play")}
        </Button>
        <Slider
          className={classes.slider}
          thumbLabel={t("recorded.slider")}
          label={null}
          min={0}
          max={last}
          value={step}
          onChange={(value) => {
            setIsPlaying(false);
            setStep(value);
          }}
        />
        <output className={classes.step}>
          {t("progress.stepOf", { step: formatCount(step), total: formatCount(last) })}
        </output>
      </div>
      <dl className={classes.readings}>
        <Reading
          isPrimary
          label={t("recorded.loss")}
          value={loss === undefined ? null : formatLoss(loss)}
          unit={t("readings.nats")}
        />
        <Reading
          label={t("recorded.validation")}
          value={validation ? formatLoss(validation.loss) : null}
          unit={t("readings.nats")}
        />
        <Reading
          label={t("recorded.bits")}
          value={validation ? formatLoss(validation.bitsPerByte) : null}
          unit={t("readings.bitsUnit")}
        />
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls when the sample is long */}
      <section className={classes.sample} aria-label={t("samples.title")} tabIndex={0}>
        {sample ? (
          <SampleText sample={sample} />
        ) : (
          <p className={classes.made}>
            {t("samples.waiting", { step: formatCount(recording.samples[0]?.step ?? last) })}
          </p>
        )}
      </section>
      <p className={classes.made}>
        {t("recorded.made", {
          title: config.title,
          steps: formatCount(last),
          device: deviceName(device),
          time: formatDuration(seconds),
        })}
      </p>
    </>
  );
}
