// The columns of a file, each with how its values begin; those that hold no text say what they hold.
import { Radio } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { TextColumn, TextFacts } from "../../workers/api/text.ts";
import { formatCompact } from "../lib/format.ts";
import classes from "./ColumnChoice.module.css";

export default function ColumnChoice(props: {
  readonly facts: TextFacts;
  /** The chosen one. */
  readonly column: string | null;
  readonly onChange: (column: string) => void;
}) {
  const { t } = useTranslation("text");
  const { facts, column, onChange } = props;
  // Text first: a table may have dozens of columns of numbers.
  const columns = [...facts.columns].sort((a, b) => Number(b.isText) - Number(a.isText));
  return (
    <Radio.Group
      label={t(facts.format === "jsonl" ? "column.key" : "column.title")}
      size="sm"
      value={column}
      onChange={onChange}
      classNames={{ label: classes.title }}
    >
      <div className={classes.list} role="none">
        {columns.map((each) => (
          <Column key={each.name} column={each} />
        ))}
      </div>
    </Radio.Group>
  );
}

function Column({ column }: { readonly column: TextColumn }) {
  const { t } = useTranslation("text");
  const { name, type, isText, samples, characters } = column;
  const samplesId = useId();
  return (
    <div className={classes.column} data-off={!isText || undefined}>
      <Radio
        size="sm"
        value={name}
        disabled={!isText}
        aria-describedby={samplesId}
        label={
          <span className={classes.label}>
            <span className={classes.name}>{name}</span>
            <span className={classes.type}>
              {isText
                ? t("column.characters", { amount: formatCompact(characters) })
                : t("column.notText", { type })}
            </span>
          </span>
        }
      />
      <p className={classes.samples} id={samplesId}>
        {isText && (samples.length === 0 ? t("column.empty") : samples.slice(0, 2).join(" ⏐ "))}
      </p>
    </div>
  );
}
