// The right control for a field's kind. What is typed is never refused on the way: what is wrong is told beside it.
import { Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FieldDescription } from "../../configs/schema/describe.ts";
import { NumberField } from "../components/NumberField.tsx";
import type { SettingValue } from "../lib/config-diff.ts";
import type { FieldWords } from "./field-words.ts";
import { move } from "./nudge.ts";

export interface FieldControlProps {
  readonly id: string;
  readonly field: FieldDescription;
  readonly words: FieldWords;
  /** Undefined: left empty. */
  readonly value: SettingValue | undefined;
  readonly isWrong: boolean;
  readonly describedBy: string;
  /** Null leaves the field empty where it may be; undefined goes back to the preset's value. */
  readonly onChange: (value: SettingValue | null | undefined) => void;
}

/** Texts longer than this get room for lines. */
const ONE_LINE = 300;

export function FieldControl(props: FieldControlProps) {
  const { field } = props;
  if (field.kind === "choice") return <ChoiceControl {...props} />;
  if (field.kind === "flag") return <FlagControl {...props} />;
  if (field.kind === "text") return <TextControl {...props} />;
  return <NumberControl {...props} />;
}

function NumberControl(props: FieldControlProps) {
  const { id, field, words, value, isWrong, describedBy, onChange } = props;
  const unit = words.unit(field);
  return (
    <NumberField
      id={id}
      value={typeof value === "boolean" ? undefined : value}
      isWhole={field.kind === "integer"}
      move={(from, by) => move(field, from, by)}
      error={isWrong}
      describedBy={describedBy}
      {...(unit === null ? {} : { unit })}
      onChange={(next) => onChange(next ?? emptied(field))}
    />
  );
}

/** What an emptied field means: nothing, where it may be left out, or else the preset's value again. */
const emptied = ({ empty }: FieldDescription): null | undefined =>
  empty === null ? undefined : null;

const NOTHING = "";

function ChoiceControl(props: FieldControlProps) {
  const { id, field, words, value, isWrong, describedBy, onChange } = props;
  const { options, path, empty } = field;
  // What a YAML or a link may have put there.
  const isStrange = value !== undefined && !options.includes(String(value));
  const data = [
    ...(empty === null ? [] : [{ value: NOTHING, label: words.empty(field) }]),
    ...(isStrange ? [{ value: String(value), label: String(value) }] : []),
    ...options.map((option) => ({ value: option, label: words.option(path, option) })),
  ];
  return (
    <NativeSelect
      id={id}
      size="sm"
      data={data}
      value={value === undefined ? NOTHING : String(value)}
      error={isWrong}
      aria-describedby={describedBy}
      onChange={({ currentTarget }) => onChange(currentTarget.value || emptied(field))}
    />
  );
}

function FlagControl(props: FieldControlProps) {
  const { t } = useTranslation("setup");
  const { id, field, words, value, isWrong, describedBy, onChange } = props;
  if (field.empty === null && typeof value === "boolean")
    return (
      <Checkbox
        id={id}
        size="sm"
        label={t(value ? "value.on" : "value.off")}
        checked={value}
        aria-describedby={describedBy}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    );
  const read: Readonly<Record<string, boolean | null | undefined>> = {
    [NOTHING]: emptied(field),
    true: true,
    false: false,
  };
  return (
    <NativeSelect
      id={id}
      size="sm"
      data={[
        { value: NOTHING, label: field.empty === null ? "" : words.empty(field) },
        { value: "true", label: t("value.on") },
        { value: "false", label: t("value.off") },
      ]}
      value={typeof value === "boolean" ? String(value) : NOTHING}
      error={isWrong}
      aria-describedby={describedBy}
      onChange={({ currentTarget }) => onChange(read[currentTarget.value])}
    />
  );
}

function TextControl({ id, field, value, isWrong, describedBy, onChange }: FieldControlProps) {
  const common = {
    id,
    size: "sm",
    value: value === undefined ? "" : String(value),
    error: isWrong,
    autoComplete: "off",
    "aria-describedby": describedBy,
  } as const;
  const change = (text: string) => onChange(text === "" && field.empty !== null ? null : text);
  return (field.maxLength ?? 0) > ONE_LINE ? (
    <Textarea
      {...common}
      autosize
      minRows={1}
      maxRows={6}
      onChange={({ currentTarget }) => change(currentTarget.value)}
    />
  ) : (
    <TextInput {...common} onChange={({ currentTarget }) => change(currentTarget.value)} />
  );
}
