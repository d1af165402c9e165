import { Button, Slider, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { requestSample } from "../../actions/write-sample.ts";
import { NumberField } from "../../components/NumberField.tsx";
import { formatCount } from "../../lib/format.ts";
import { setSampling } from "../../session/session.ts";
import { move } from "../../setup/nudge.ts";
import { hasModel, isLive, type RunRecord } from "../../stores/runs.ts";
import { changeSampling, samplingOf, samplingStore } from "../../stores/sampling.ts";
import classes from "./SamplingForm.module.css";

const MAX_TEMPERATURE = 2;
const MAX_LENGTH = 2_000;

const LENGTH = { kind: "integer", min: 1, max: MAX_LENGTH, step: null } as const;

const isLength = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_LENGTH;

/** How to write, and the button that asks for it now, training or not. */
export function SamplingForm({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const { t: tFields } = useTranslation("fields");
  const state = useStore(samplingStore);
  const settings = samplingOf(run, state);
  const change = (part: Partial<typeof settings>) => changeSampling(run.runId, part);
  /** The run's own samples follow, once the person has let go. */
  const commit = (part: Partial<typeof settings>) => {
    change(part);
    if (isLive(run)) void setSampling(run.runId, samplingOf(run));
  };
  /** A length as typed, while it is none. */
  const [length, setLength] = useState<number | string>();
  const lengthError = tFields("issue.whole", { min: "1", max: formatCount(MAX_LENGTH) });
  return (
    <section className={classes.form} aria-label={t("sampling.title")}>
      <h2 className={classes.title}>{t("sampling.title")}</h2>
      <Textarea
        label={t("sampling.prompt")}
        placeholder={t("sampling.promptPlaceholder")}
        autosize
        minRows={1}
        maxRows={5}
        value={settings.prompt}
        onChange={(event) => change({ prompt: event.currentTarget.value })}
        onBlur={() => commit({})}
      />
      <div>
        <div className={classes.label} aria-hidden="true">
          <span>{t("sampling.temperature")}</span>
          <span className={classes.value}>{settings.temperature.toFixed(2)}</span>
        </div>
        <Slider
          thumbLabel={t("sampling.temperature")}
          label={null}
          min={0}
          max={MAX_TEMPERATURE}
          step={0.05}
          value={Math.min(settings.temperature, MAX_TEMPERATURE)}
          onChange={(temperature) => change({ temperature })}
          onChangeEnd={(temperature) => commit({ temperature })}
        />
        <p className={classes.help}>{t("sampling.temperatureHelp")}</p>
      </div>
      <NumberField
        label={t("sampling.length")}
        isWhole
        move={(value, by) => move(LENGTH, value, by)}
        unit={t("sampling.unit")}
        value={length ?? settings.max_new_tokens}
        {...(length === undefined ? {} : { error: lengthError })}
        onChange={(value) => {
          const next = value ?? run.config.sample.max_new_tokens;
          setLength(isLength(next) ? undefined : next);
          if (isLength(next)) change({ max_new_tokens: next });
        }}
        onLeave={() => commit({})}
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
