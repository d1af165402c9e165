// What the page calls a field, its values and what is wrong with it. English help is the schema's own; other
// languages have theirs in the namespace `help`.
import type { ParseKeys } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { FieldDescription } from "../../configs/schema/describe.ts";
import type { ConfigIssue } from "../../configs/schema/issues.ts";
import type { SettingValue } from "../lib/config-diff.ts";
import { formatCount, formatSetting } from "../lib/format.ts";

export interface FieldWords {
  label(path: string): string;
  help(field: FieldDescription): string;
  /** What leaving it empty means. */
  empty(field: FieldDescription): string;
  unit(field: FieldDescription): string | null;
  option(path: string, value: string): string;
  /** A value as it is read, with its unit. */
  value(field: FieldDescription, value: SettingValue | undefined): string;
  issue(issue: ConfigIssue): string;
  /** Whether the page has a name for it: an unknown field has none. */
  has(path: string): boolean;
}

export function useFieldWords(): FieldWords {
  const { t, i18n } = useTranslation(["fields", "help", "setup"]);
  return useMemo(() => {
    const language = i18n.resolvedLanguage ?? "en";
    const label = (path: string): string => t(`fields:label.${path}` as ParseKeys<"fields">);
    const has = (path: string): boolean => i18n.exists(`fields:label.${path}`);
    const unit = ({ unit }: FieldDescription): string | null =>
      unit === null ? null : t(`fields:unit.${unit}` as ParseKeys<"fields">);
    const option = (path: string, value: string): string =>
      t(`fields:option.${path}.${value}` as ParseKeys<"fields">, { defaultValue: value });
    return {
      label,
      has,
      unit,
      option,
      help: (field) =>
        t(`help:help.${field.path}` as ParseKeys<"help">, { defaultValue: field.help }),
      empty: (field) =>
        t(`help:empty.${field.path}` as ParseKeys<"help">, { defaultValue: field.empty ?? "" }),
      value(field, value) {
        if (value === undefined) return t("setup:value.empty");
        if (typeof value === "boolean") return t(value ? "setup:value.on" : "setup:value.off");
        if (field.kind === "choice") return option(field.path, String(value));
        if (typeof value === "string") return value;
        const number = showNumber(field, value);
        const name = unit(field);
        return name === null ? number : t("setup:value.withUnit", { number, unit: name });
      },
      issue: (issue) => issueText(issue, t, language),
    };
  }, [t, i18n]);
}

/** Counts are grouped, other numbers are as they were typed. */
export const showNumber = ({ kind }: Pick<FieldDescription, "kind">, value: number): string =>
  kind === "integer" ? formatCount(value) : formatSetting(value);

type Translate = ReturnType<typeof useTranslation<["fields", "help", "setup"]>>["t"];

function issueText(
  { code, params, message }: ConfigIssue,
  t: Translate,
  _language: string,
): string {
  if (code === "other") return message;
  const shown = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === "number"
        ? Number.isInteger(value)
          ? formatCount(value)
          : formatSetting(value)
        : value,
    ]),
  );
  const key = code === "unknown" && "nearest" in params ? "unknownNearest" : code;
  return t(`fields:issue.${key}`, shown);
}
