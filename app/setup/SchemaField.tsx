// One field of a form, drawn from what the schema says about it.
import { NativeSelect } from "@mantine/core";
import type { FieldDescription } from "../../configs/schema/describe.ts";
import { NumberField } from "../components/NumberField.tsx";
import type { SettingValue } from "../lib/config-diff.ts";

export interface SchemaFieldProps {
  readonly field: FieldDescription;
  readonly label: string;
  /** Localised unit, shown after the number. */
  readonly unit?: string;
  /** Localised option names, for a choice. */
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly value: SettingValue | undefined;
  readonly error?: string;
  /** Called with undefined when the field is emptied. */
  readonly onChange: (value: SettingValue | undefined) => void;
}

export function SchemaField(props: SchemaFieldProps) {
  const { field, label, unit, options, value, error, onChange } = props;
  const id = `field-${field.path.replaceAll(".", "-")}`;
  if (field.kind === "choice")
    return (
      <NativeSelect
        id={id}
        label={label}
        error={error}
        title={field.help}
        size="sm"
        data={options ?? field.options.map((option) => ({ value: option, label: option }))}
        value={String(value ?? "")}
        onChange={(event) => onChange(event.currentTarget.value || undefined)}
      />
    );
  return (
    <NumberField
      id={id}
      label={label}
      title={field.help}
      value={typeof value === "boolean" ? undefined : value}
      isWhole={field.kind === "integer"}
      step={stepOf(field, value)}
      {...(unit === undefined ? {} : { unit })}
      {...(error === undefined ? {} : { error })}
      onChange={onChange}
    />
  );
}

/** What the arrow keys add: the schema's own step, one for counts, a tenth of the order of magnitude for reals. */
function stepOf({ step, kind }: FieldDescription, value: SettingValue | undefined): number {
  if (step !== null) return step;
  if (kind === "integer" || typeof value !== "number" || value <= 0) return 1;
  return 10 ** Math.floor(Math.log10(value));
}
