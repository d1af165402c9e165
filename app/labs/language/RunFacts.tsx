import { useTranslation } from "react-i18next";
import { formatBytes, formatCompact, formatCount, formatSetting } from "../../lib/format.ts";
import type { RunRecord } from "../../stores/runs.ts";
import classes from "./RunFacts.module.css";

/** What exactly is being run: the settings that matter, and what the engine made of them. */
export function RunFacts({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation("language");
  const { t: tFields } = useTranslation("fields");
  const { config, ready, checkpoint } = run;
  const { data, model, optim, train } = config;
  const none = t("facts.none");
  const vocabulary = (count: number): string =>
    ready?.tokenizer === "bpe" && data.tokenizer === "bpe" && count < data.vocab_size
      ? t("facts.vocabularyFewer", { count })
      : t("facts.vocabularyValue", { count });
  const rows: readonly (readonly [label: string, value: string])[] = [
    [
      t("facts.text"),
      data.dataset === "file" && data.path ? data.path : tFields("option.data.dataset.tinyworld"),
    ],
    [t("facts.tokens"), tFields(`option.data.tokenizer.${ready?.tokenizer ?? data.tokenizer}`)],
    [t("facts.vocabulary"), ready ? vocabulary(ready.vocabSize) : none],
    [
      t("facts.model"),
      t("facts.modelValue", {
        family: ready?.family ?? model.family,
        layers: ready?.layers ?? model.n_layers,
        width: ready?.width ?? model.d_model,
      }),
    ],
    [t("facts.parameters"), ready ? formatCompact(ready.parameters) : none],
    [
      t("facts.trainTokens"),
      ready ? t("facts.tokensValue", { amount: formatCompact(ready.trainTokens) }) : none,
    ],
    [
      t("facts.batch"),
      t("facts.tokensValue", {
        amount: formatCount(
          ready?.tokensPerStep ??
            train.batch_size * train.gradient_accumulation_steps * model.n_ctx,
        ),
      }),
    ],
    [t("facts.rate"), formatSetting(optim.learning_rate)],
    [t("facts.seed"), String(config.seed)],
    [t("facts.memory"), ready ? formatBytes(ready.plannedBytes) : none],
    [
      t("facts.dispatches"),
      ready
        ? t("facts.dispatchesValue", {
            dispatches: formatCount(ready.dispatchesPerStep),
            submits: formatCount(ready.submitsPerStep),
          })
        : none,
    ],
    [
      t("facts.checkpoint"),
      checkpoint
        ? t("facts.checkpointValue", {
            step: formatCount(checkpoint.step),
            bytes: formatBytes(checkpoint.bytes),
          })
        : none,
    ],
  ];
  return (
    <section aria-label={t("facts.title")}>
      <h2 className={classes.title}>{t("facts.title")}</h2>
      <dl className={classes.facts}>
        {rows.map(([label, value]) => (
          <div key={label} className={classes.row}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
