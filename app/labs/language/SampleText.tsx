import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import type { Sample } from "../../stores/runs.ts";
import classes from "./SampleText.module.css";

/** What a model wrote: at which step, how boldly, the prompt in grey. */
export function SampleText({
  sample,
}: {
  readonly sample: Pick<Sample, "step" | "prompt" | "text" | "temperature"> &
    Partial<Pick<Sample, "done" | "requested">>;
}) {
  const { t } = useTranslation("language");
  const { step, prompt, text, temperature, done = true, requested = false } = sample;
  const facts = [
    t("samples.at", { step: formatCount(step) }),
    t("samples.temperature", { value: String(Number(temperature.toFixed(2))) }),
  ];
  if (requested) facts.push(t("samples.requested"));
  if (!done) facts.push(t("samples.writing"));
  return (
    <article className={classes.sample} data-writing={!done || undefined}>
      <p className={classes.facts}>{facts.join(" · ")}</p>
      <p className={classes.text}>
        <span className={classes.prompt}>{prompt}</span>
        {done && text === "" ? <em>{t("samples.empty")}</em> : text}
      </p>
    </article>
  );
}
