import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { FieldDescription } from "../../configs/schema/describe.ts";
import type { Settings, SettingValue } from "../lib/config-diff.ts";
import { Field } from "./Field.tsx";
import type { FieldWords } from "./field-words.ts";
import type { Resolved } from "./kit.ts";
import classes from "./SetupSection.module.css";
import { formViewStore, toggleMore } from "./view-store.ts";

export interface SetupSectionProps {
  readonly section: string;
  readonly title: string;
  /** Those that matter now. */
  readonly fields: readonly FieldDescription[];
  readonly words: FieldWords;
  readonly resolved: Resolved<unknown>;
  readonly settings: Settings;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly referenceOf: (path: string) => SettingValue | undefined;
  readonly onChange: (path: string, value: SettingValue | null | undefined) => void;
  /** What decides fields that are not shown. */
  readonly note: ReactNode;
}

/** A section: its name and what is in it in one line; open, its fields. */
export function SetupSection(props: SetupSectionProps) {
  const { section, title, fields, words, resolved, settings, isOpen, onToggle, note } = props;
  const { t } = useTranslation("setup");
  const { more, onlyChanged } = useStore(formViewStore);
  const bodyId = useId();
  const changed = fields.filter(({ path }) => Object.hasOwn(settings, path)).length;
  const wrong = new Set(resolved.issues.map(({ path }) => path));
  const main = fields.filter(({ importance }) => importance === "main");
  const rest = fields.filter(({ importance }) => importance !== "main");
  // What is wrong or changed is never behind a button.
  const isPressing = ({ path }: FieldDescription) =>
    wrong.has(path) || Object.hasOwn(settings, path);
  const isMore = onlyChanged || more.has(section);
  const shown = isMore ? fields : [...main, ...rest.filter(isPressing)];
  const hidden = fields.length - shown.length;
  const isWrong = fields.some(({ path }) => wrong.has(path));
  return (
    <section className={classes.section} data-section={section || "general"}>
      <h3 className={classes.heading}>
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={onToggle}
        >
          <span className={classes.title}>{title}</span>
          <span className={classes.summary}>{summaryOf(main, words, resolved)}</span>
          {isWrong && <span className={classes.wrong}>{t("section.wrong")}</span>}
          {changed > 0 && (
            <span className={classes.changed}>{t("form.changedShort", { count: changed })}</span>
          )}
          <span className={classes.arrow} aria-hidden="true" />
        </button>
      </h3>
      <div id={bodyId} className={classes.body} hidden={!isOpen}>
        {isOpen && (
          <>
            {note && <p className={classes.note}>{note}</p>}
            <div className={classes.grid}>
              {shown.map((field) => (
                <Field
                  key={field.path}
                  field={field}
                  words={words}
                  value={resolved.value(field.path)}
                  reference={props.referenceOf(field.path)}
                  isChanged={Object.hasOwn(settings, field.path)}
                  issues={resolved.issues.filter(({ path }) => path === field.path)}
                  onChange={(value) => props.onChange(field.path, value)}
                />
              ))}
            </div>
            {!onlyChanged && (hidden > 0 || more.has(section)) && (
              <button
                type="button"
                className={classes.more}
                aria-expanded={isMore}
                onClick={() => toggleMore(section)}
              >
                {isMore ? t("section.fewer") : t("section.more", { count: hidden })}
              </button>
            )}
          </>
        )}
      </div>
    </section>
  );
}

/** The main fields that say something, one after the other: `GPT-2 · 2 blocks · 64 channels`. */
function summaryOf(
  fields: readonly FieldDescription[],
  words: FieldWords,
  resolved: Resolved<unknown>,
): string {
  return fields
    .flatMap((field) => {
      const value = resolved.value(field.path);
      if (value === undefined || value === "" || value === false) return [];
      const text = words.value(field, value);
      const speaks = field.kind === "choice" || field.kind === "text" || field.unit !== null;
      return [speaks ? text : `${words.label(field.path)} ${text}`];
    })
    .join(" · ");
}
