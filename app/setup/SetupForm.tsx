// The form, drawn from the schema: a section for each of the config's, closed until it is wanted, with what is in
// it in one line. Within, the few fields that most runs differ in come first.
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import type { FieldDescription } from "../../configs/schema/describe.ts";
import { useFieldWords } from "./field-words.ts";
import { referenceOf } from "./kit.ts";
import { useSetup, useSetupState } from "./SetupContext.tsx";
import classes from "./SetupForm.module.css";
import { SetupSection } from "./SetupSection.tsx";
import { formViewStore, toggleSection } from "./view-store.ts";

export interface SetupFormProps {
  /** Fields that the lab asks for beside the form: the file of a text, say. */
  readonly elsewhere?: ReadonlySet<string>;
  /** Fields that something else decides now, and what that is. */
  readonly decided?: { readonly paths: ReadonlySet<string>; readonly by: ReactNode };
}

/** Fields of the config itself. */
const GENERAL = "";

export function SetupForm({ elsewhere, decided }: SetupFormProps) {
  const { t } = useTranslation("setup");
  const setup = useSetup();
  const { state, resolved } = useSetupState();
  const words = useFieldWords();
  const { open, onlyChanged } = useStore(formViewStore);
  const sections = useMemo(() => sectionsOf(setup.kit.fields), [setup]);
  const choice = { presetId: state.presetId, settings: state.settings };
  const isShown = (field: FieldDescription): boolean =>
    resolved.matters(field) &&
    !decided?.paths.has(field.path) &&
    !elsewhere?.has(field.path) &&
    (!onlyChanged || Object.hasOwn(state.settings, field.path));
  const known = new Set(setup.kit.fields.map(({ path }) => path));
  // What stands beside no field: an unknown name in a link, or a section that is none.
  const others = resolved.issues.filter(({ path }) => !known.has(path));
  return (
    <fieldset className={classes.form} disabled={state.draft !== null}>
      <legend className={classes.legend}>{t("form.title")}</legend>
      {sections.map(([section, all]) => {
        const fields = all.filter(isShown);
        if (fields.length === 0) return null;
        const hasDecided = all.some(({ path }) => decided?.paths.has(path));
        return (
          <SetupSection
            key={section}
            section={section}
            title={t(`section.${section === GENERAL ? "general" : section}` as "section.general")}
            fields={fields}
            words={words}
            resolved={resolved}
            settings={state.settings}
            isOpen={onlyChanged || open.has(section)}
            onToggle={() => toggleSection(section)}
            referenceOf={(path) => referenceOf(setup.kit, choice, path)}
            onChange={setup.change}
            note={hasDecided && !onlyChanged ? decided?.by : null}
          />
        );
      })}
      {others.length > 0 && (
        <ul className={classes.others} role="alert">
          {others.map((issue) => (
            <li key={issue.path + issue.message}>
              <code>{issue.path}</code> {words.issue(issue)}
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}

/** Sections in the schema's order, what belongs to none at the end. */
function sectionsOf(
  fields: readonly FieldDescription[],
): readonly (readonly [string, readonly FieldDescription[]])[] {
  const sections = new Map<string, FieldDescription[]>();
  for (const field of fields)
    sections.set(field.section, [...(sections.get(field.section) ?? []), field]);
  const entries = [...sections];
  return [
    ...entries.filter(([section]) => section !== GENERAL),
    ...entries.filter(([section]) => section === GENERAL),
  ];
}
