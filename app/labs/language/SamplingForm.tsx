import { Button, Slider, Textarea } from "@mantine/core";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { SampleConfig } from "../../../configs/schema/sample.ts";
import { requestSample } from "../../actions/write-sample.ts";
import { NumberField } from "../../components/NumberField.tsx";
import { formatCount } from "../../lib/format.ts";
import { setSampling } from "../../session/session.ts";
import { move } from "../../setup/nudge.ts";
import { hasModel, isLive, type RunRecord, runsStore } from "../../stores/runs.ts";
import { changeSampling, samplingOf, samplingStore } from "../../stores/sampling.ts";
import classes from "./SamplingForm.module.css";

const MAX_TEMPERATURE = 2;
const MAX_LENGTH = 2_000;

const LENGTH = { kind: "integer", min: 1, max: MAX_LENGTH, step: null } as const;

const isLength = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_LENGTH;

/** The run's own samples follow, once the person has let go. */
function commit(runId: string, part: Partial<SampleConfig> = {}): void {
  changeSampling(runId, part);
  const run = runsStore.getState().byId[runId];
  if (run && isLive(run)) void setSampling(runId, samplingOf(run));
}

/** How to write, and the button that asks for it now, training or not. */
export function SamplingForm({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const settings = samplingOf(run, useStore(samplingStore));
  /** A length as typed, while it is none. */
  const [length, setLength] = useState<number | string>();
  const { runId, config } = run;
  return (
    <section className={classes.form} aria-label={t("sampling.title")}>
      <h2 className={classes.title}>{t("sampling.title")}</h2>
      <Prompt runId={runId} prompt={settings.prompt} />
      <Temperature runId={runId} temperature={settings.temperature} />
      <Length
        runId={runId}
        length={length ?? settings.max_new_tokens}
        fallback={config.sample.max_new_tokens}
        onWrong={setLength}
      />
      <Button
        variant="default"
        disabled={!hasModel(run) || length !== undefined}
        onClick={() => void requestSample.perform()}
      >
        {t("sampling.write")}
      </Button>
      <p className={classes.help}>{t("sampling.note")}</p>
    </section>
  );
}

// The run changes ten times a second and its form with it; the fields are drawn again only when they change
// themselves. A text area measures itself each time, which costs the page a layout.
const Prompt = memo(function Prompt(props: { readonly runId: string; readonly prompt: string }) {
  const { runId, prompt } = props;
  const { t } = useTranslation("language");
  return (
    <Textarea
      label={t("sampling.prompt")}
      placeholder={t("sampling.promptPlaceholder")}
      autosize
      minRows={1}
      maxRows={5}
      value={prompt}
      onChange={(event) => changeSampling(runId, { prompt: event.currentTarget.value })}
      onBlur={() => commit(runId)}
    />
  );
});

const Temperature = memo(function Temperature(props: {
  readonly runId: string;
  readonly temperature: number;
}) {
  const { runId, temperature } = props;
  const { t } = useTranslation("language");
  return (
    <div>
      <div className={classes.label} aria-hidden="true">
        <span>{t("sampling.temperature")}</span>
        <span className={classes.value}>{temperature.toFixed(2)}</span>
      </div>
      <Slider
        thumbLabel={t("sampling.temperature")}
        label={null}
        min={0}
        max={MAX_TEMPERATURE}
        step={0.05}
        value={Math.min(temperature, MAX_TEMPERATURE)}
        onChange={(next) => changeSampling(runId, { temperature: next })}
        onChangeEnd={(next) => commit(runId, { temperature: next })}
      />
      <p className={classes.help}>{t("sampling.temperatureHelp")}</p>
    </div>
  );
});

const Length = memo(function Length(props: {
  readonly runId: string;
  readonly length: number | string;
  /** What an emptied field means. */
  readonly fallback: number;
  readonly onWrong: (typed: number | string | undefined) => void;
}) {
  const { runId, length, fallback, onWrong } = props;
  const { t } = useTranslation("language");
  const { t: tFields } = useTranslation("fields");
  return (
    <NumberField
      label={t("sampling.length")}
      isWhole
      move={(value, by) => move(LENGTH, value, by)}
      unit={t("sampling.unit")}
      value={length}
      {...(isLength(length)
        ? {}
        : { error: tFields("issue.whole", { min: "1", max: formatCount(MAX_LENGTH) }) })}
      onChange={(value) => {
        const next = value ?? fallback;
        onWrong(isLength(next) ? undefined : next);
        if (isLength(next)) changeSampling(runId, { max_new_tokens: next });
      }}
      onLeave={() => commit(runId)}
    />
  );
});
