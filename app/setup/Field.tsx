// One field of the form: its name, what it does on demand, its control, and below that what is wrong with it or
// what the preset says.
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FieldDescription } from "../../configs/schema/describe.ts";
import type { ConfigIssue } from "../../configs/schema/issues.ts";
import type { SettingValue } from "../lib/config-diff.ts";
import classes from "./Field.module.css";
import { FieldControl } from "./FieldControl.tsx";
import { type FieldWords, showNumber } from "./field-words.ts";

export interface FieldProps {
  readonly field: FieldDescription;
  readonly words: FieldWords;
  readonly value: SettingValue | undefined;
  /** What it would be without its own setting. */
  readonly reference: SettingValue | undefined;
  readonly isChanged: boolean;
  readonly issues: readonly ConfigIssue[];
  readonly onChange: (value: SettingValue | null | undefined) => void;
}

export function Field(props: FieldProps) {
  const { field, words, value, reference, isChanged, issues, onChange } = props;
  const { t } = useTranslation("setup");
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const id = `field-${field.path.replaceAll(".", "-")}`;
  const helpId = useId();
  const footId = useId();
  const label = words.label(field.path);
  const isWide = field.kind === "text" && field.path !== "title";
  return (
    <div
      className={classes.field}
      data-changed={isChanged || undefined}
      data-wide={isWide || undefined}
      data-path={field.path}
    >
      <div className={classes.head}>
        <label htmlFor={id} className={classes.label}>
          {label}
        </label>
        <button
          type="button"
          className={classes.ask}
          aria-label={t("field.about", { label })}
          aria-expanded={isHelpOpen}
          aria-controls={helpId}
          onClick={() => setIsHelpOpen(!isHelpOpen)}
        >
          ?
        </button>
      </div>
      <FieldControl
        id={id}
        field={field}
        words={words}
        value={value}
        isWrong={issues.length > 0}
        describedBy={`${footId} ${helpId}`}
        onChange={onChange}
      />
      <div id={footId} className={classes.foot}>
        {issues.map((issue) => (
          <p key={issue.code + issue.message} className={classes.error}>
            {words.issue(issue)}
          </p>
        ))}
        {isChanged && (
          <p className={classes.preset}>
            <span>{t("field.preset", { value: words.value(field, reference) })}</span>
            <button
              type="button"
              className={classes.reset}
              aria-label={t("field.resetNamed", { label })}
              onClick={() => onChange(undefined)}
            >
              {t("field.reset")}
            </button>
          </p>
        )}
      </div>
      <div id={helpId} className={classes.help} hidden={!isHelpOpen}>
        {isHelpOpen && <About field={field} words={words} reference={reference} />}
      </div>
    </div>
  );
}

/** What the field does, what it may be, and what it is called in a YAML. */
function About({ field, words, reference }: Pick<FieldProps, "field" | "words" | "reference">) {
  const { t } = useTranslation("setup");
  const { min, max, fallback, empty } = field;
  const facts = [
    ...(min === null || max === null
      ? []
      : [t("field.range", { min: showNumber(field, min), max: showNumber(field, max) })]),
    ...(reference === undefined
      ? []
      : [t("field.preset", { value: words.value(field, reference) })]),
    ...(fallback === undefined || fallback === reference || fallback === ""
      ? []
      : [t("field.default", { value: words.value(field, fallback) })]),
  ];
  return (
    <>
      <p>{words.help(field)}</p>
      {empty !== null && <p>{t("field.empty", { meaning: words.empty(field) })}</p>}
      <p className={classes.facts}>
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
        <code>{field.path}</code>
      </p>
    </>
  );
}
