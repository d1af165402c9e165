// A number as a person types it. Nothing typed is refused or changed on the way: what is not a number,
// or out of range, stays as it stands and is told beside the field.
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { parseNumber } from "../lib/parse-number.ts";
import classes from "./NumberField.module.css";

export interface NumberFieldProps {
  readonly id?: string;
  readonly label: string;
  readonly title?: string;
  readonly value: number | string | undefined;
  readonly isWhole: boolean;
  /** What the arrow keys add and take. */
  readonly step: number;
  /** Localised unit, shown after the number. */
  readonly unit?: string;
  readonly error?: string;
  /** A number, the text as typed where it is none, or undefined for an empty field. */
  readonly onChange: (value: number | string | undefined) => void;
  /** The person has left the field. */
  readonly onLeave?: () => void;
}

export function NumberField(props: NumberFieldProps) {
  const { id, label, title, value, isWhole, step, unit, error, onChange, onLeave } = props;
  // While it is being typed, "1e" and "0." stay what they are.
  const [draft, setDraft] = useState<string | null>(null);
  const change = (text: string) => {
    setDraft(text);
    onChange(parseNumber(text));
  };
  return (
    <TextInput
      id={id}
      label={label}
      title={title}
      size="sm"
      inputMode={isWhole ? "numeric" : "decimal"}
      autoComplete="off"
      error={error}
      value={draft ?? String(value ?? "")}
      // An emptied field means the preset's own value.
      placeholder={String(value ?? "")}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={() => {
        setDraft(null);
        onLeave?.();
      }}
      onKeyDown={(event) => {
        const sign = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
        if (sign === 0 || typeof value !== "number") return;
        event.preventDefault();
        change(String(Number((value + sign * step).toPrecision(12))));
      }}
      rightSection={unit ? <span className={classes.unit}>{unit}</span> : undefined}
      rightSectionWidth={unit ? `${unit.length + 2}ch` : undefined}
      rightSectionPointerEvents="none"
      styles={{ input: { textAlign: "right", fontVariantNumeric: "tabular-nums" } }}
    />
  );
}
