// The settings most worth changing. Ranges, units and help come from the schema; what is wrong comes
// from parsing the whole config, and is shown beside the field it belongs to.
import { Anchor, Button } from "@mantine/core";
import type { ParseKeys, TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { FieldDescription } from "../../../configs/schema/describe.ts";
import { chooseTextFile } from "../../actions/choose-file.ts";
import { settingAt } from "../../lib/config-diff.ts";
import { formatBytes, formatCount, formatSetting } from "../../lib/format.ts";
import { SchemaField } from "../../setup/SchemaField.tsx";
import { modelById, modelsStore } from "../../stores/models.ts";
import { resolveSetup } from "../../stores/resolve-setup.ts";
import { changeSetting, chooseFile, choosePreset, setupStore } from "../../stores/setup.ts";
import { DESCRIPTIONS, FIELDS, type FieldPath } from "./fields.ts";
import classes from "./SetupForm.module.css";

export function SetupForm() {
  const { t } = useTranslation("language");
  const setup = useStore(setupStore);
  const model = useStore(modelsStore, modelById(setup.modelId));
  const { input, config, base, issues, needsFile } = useMemo(() => resolveSetup(setup), [setup]);
  const changed = Object.keys(setup.settings).filter((path) => path !== "data.path").length;
  const field = (path: FieldPath) => {
    const description = DESCRIPTIONS[path];
    const value = settingAt(input, path) ?? settingAt(config ?? base, path);
    const issue = issues.find((entry) => entry.path === path);
    return (
      <Field key={path} path={path} field={description} value={value} issue={issue?.message} />
    );
  };
  const ownPaths: readonly string[] = FIELDS;
  const otherIssues = issues.filter(({ path }) => !ownPaths.includes(path));
  const isFile = settingAt(input, "data.dataset") === "file";
  const isBpe = settingAt(input, "data.tokenizer") === "bpe";
  return (
    <section className={classes.form} aria-label={t("form.title")}>
      <div className={classes.head}>
        <h2 className={classes.title}>{t("form.title")}</h2>
        {changed > 0 && (
          <span className={classes.changed}>
            {t("form.changed", { count: changed })}{" "}
            <Anchor
              component="button"
              type="button"
              size="sm"
              onClick={() => choosePreset(setup.presetId)}
            >
              {t("form.reset")}
            </Anchor>
          </span>
        )}
      </div>
      <div className={classes.grid}>
        <div className={classes.wide}>
          {field("data.dataset")}
          {isFile && (
            <div className={classes.file} data-missing={needsFile || undefined}>
              {setup.file ? (
                <>
                  <span className={classes.fileName} title={setup.file.name}>
                    {setup.file.name}
                  </span>
                  <span className={classes.fileSize}>{formatBytes(setup.file.size)}</span>
                </>
              ) : (
                <span>{t("form.dropHere")}</span>
              )}
              <Button
                variant="default"
                size="compact-sm"
                onClick={() => void chooseTextFile.perform()}
              >
                {setup.file ? t("form.another") : t("form.choose")}
              </Button>
              {setup.file && (
                <Anchor component="button" type="button" size="sm" onClick={() => chooseFile(null)}>
                  {t("form.remove")}
                </Anchor>
              )}
              {setup.fileFault && (
                <p className={classes.badFile} role="alert">
                  {setup.fileFault.message} {setup.fileFault.hint}
                </p>
              )}
            </div>
          )}
        </div>
        {model?.hasTokenizer ? null : (
          <>
            <div className={isBpe ? undefined : classes.wide}>{field("data.tokenizer")}</div>
            {isBpe && field("data.vocab_size")}
          </>
        )}
        {model ? (
          <p className={classes.ofModel}>{t("form.ofModel", { name: model.name })}</p>
        ) : (
          <div className={classes.wide}>{field("model.preset")}</div>
        )}
        {field("train.max_steps")}
        {field("train.batch_size")}
        {field("optim.learning_rate")}
        {field("seed")}
      </div>
      {otherIssues.length > 0 && (
        <ul className={classes.issues} role="alert">
          {otherIssues.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface FieldProps {
  readonly path: FieldPath;
  readonly field: FieldDescription;
  readonly value: ReturnType<typeof settingAt>;
  readonly issue: string | undefined;
}

function Field({ path, field, value, issue }: FieldProps) {
  const { t } = useTranslation("fields");
  const unit = field.unit !== null && field.unit in UNIT_KEYS;
  const names: Readonly<Record<string, ParseKeys<"fields">>> | undefined =
    path in OPTION_KEYS ? OPTION_KEYS[path as keyof typeof OPTION_KEYS] : undefined;
  const options =
    names && Object.entries(names).map(([option, key]) => ({ value: option, label: t(key) }));
  // A model of the preset's own widths has no name; it can be left for a named size, and come back to.
  const shown = path === "model.preset" ? (value ?? "custom") : value;
  const visible =
    path === "model.preset" && shown !== "custom"
      ? options?.filter((option) => option.value !== "custom")
      : options;
  return (
    <SchemaField
      field={field}
      label={t(`label.${path}`)}
      {...(unit ? { unit: t(UNIT_KEYS[field.unit as keyof typeof UNIT_KEYS]) } : {})}
      {...(visible ? { options: visible } : {})}
      value={shown}
      {...(issue === undefined ? {} : { error: issueText(field, value, issue, t) })}
      onChange={(next) => {
        if (path === "model.preset" && next === "custom") changeSetting(path, undefined);
        else if (path === "data.dataset" && next !== "file") {
          chooseFile(null);
          changeSetting(path, next);
        } else changeSetting(path, next);
      }}
    />
  );
}

/** A range that is passed is told as a range; anything else in the schema's own words. */
function issueText(
  { kind, min, max }: FieldDescription,
  value: ReturnType<typeof settingAt>,
  message: string,
  t: TFunction<"fields">,
): string {
  if (kind !== "integer" && kind !== "real") return message;
  if (typeof value !== "number") return t("number");
  if (min === null || max === null) return message;
  const range = { min: formatSetting(min), max: formatCount(max) };
  return kind === "integer" ? t("whole", range) : t("range", range);
}

const UNIT_KEYS = {
  steps: "unit.steps",
  windows: "unit.windows",
  tokens: "unit.tokens",
} as const satisfies Readonly<Record<string, ParseKeys<"fields">>>;

/** In the order they are offered. */
const OPTION_KEYS = {
  "data.dataset": {
    tinyworld: "option.data.dataset.tinyworld",
    file: "option.data.dataset.file",
  },
  "data.tokenizer": {
    character: "option.data.tokenizer.character",
    byte: "option.data.tokenizer.byte",
    bpe: "option.data.tokenizer.bpe",
  },
  "model.preset": {
    custom: "option.model.preset.custom",
    nano: "option.model.preset.nano",
    micro: "option.model.preset.micro",
    small: "option.model.preset.small",
    gpt2: "option.model.preset.gpt2",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ParseKeys<"fields">>>>>;
