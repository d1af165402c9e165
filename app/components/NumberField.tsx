// A number as a person types it. Nothing typed is refused or changed on the way: what is not a number,
// or out of range, stays as it stands and is told beside the field.
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { parseNumber } from "../lib/parse-number.ts";
import classes from "./NumberField.module.css";

export interface NumberFieldProps {
  readonly id?: string;
  /** Left out where something else on the page names the field by its id. */
  readonly label?: string;
  readonly title?: string;
  readonly value: number | string | undefined;
  readonly isWhole: boolean;
  /** What the arrow keys make of it: -1 and 1 for one step, -2 and 2 for a leap. */
  readonly move: (value: number, by: -2 | -1 | 1 | 2) => number;
  /** Localised unit, shown after the number. */
  readonly unit?: string;
  /** What is wrong with it, or that something is. */
  readonly error?: string | boolean;
  /** Id of what describes it. */
  readonly describedBy?: string;
  /** A number, the text as typed where it is none, or undefined for an empty field. */
  readonly onChange: (value: number | string | undefined) => void;
  /** The person has left the field. */
  readonly onLeave?: () => void;
}

const MOVES: Readonly<Record<string, -2 | -1 | 1 | 2>> = {
  ArrowUp: 1,
  ArrowDown: -1,
  PageUp: 2,
  PageDown: -2,
};

export function NumberField(props: NumberFieldProps) {
  const { id, label, title, value, isWhole, move, unit, error, describedBy } = props;
  const { onChange, onLeave } = props;
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
      aria-describedby={describedBy}
      value={draft ?? String(value ?? "")}
      // An emptied field means the preset's own value.
      placeholder={String(value ?? "")}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={() => {
        setDraft(null);
        onLeave?.();
      }}
      onKeyDown={(event) => {
        const by = MOVES[event.key];
        if (by === undefined || typeof value !== "number") return;
        event.preventDefault();
        change(String(move(value, by)));
      }}
      rightSection={unit ? <span className={classes.unit}>{unit}</span> : undefined}
      rightSectionWidth={unit ? `${unit.length + 2}ch` : undefined}
      rightSectionPointerEvents="none"
      styles={{ input: { textAlign: "right", fontVariantNumeric: "tabular-nums" } }}
    />
  );
}
