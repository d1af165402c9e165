import { Checkbox, TextInput, UnstyledButton } from "@mantine/core";
import { memo, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { cssColour, strokeOf } from "../../charts/tones.ts";
import { partText } from "../../lib/run-labels.ts";
import { editRun } from "../../session/archive.ts";
import { openDetails, pointAt } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { RunMenu } from "./RunMenu.tsx";
import tableClasses from "./RunTable.module.css";
import classes from "./RunTableRow.module.css";
import type { RunColumn } from "./run-columns.ts";

export interface RunTableRowProps {
  readonly row: RunRow;
  /** The label's first. */
  readonly columns: readonly RunColumn[];
  readonly numeric: ReadonlySet<string>;
  /** Its place among the ticked runs; null for one that is not. */
  readonly tone: number | null;
  readonly isBaseline: boolean;
  readonly onTick: (runId: string) => void;
}

export const RunTableRow = memo(function RunTableRow(props: RunTableRowProps) {
  const { row, columns, numeric, tone, isBaseline, onTick } = props;
  const { t } = useTranslation("runs");
  const [isRenaming, setIsRenaming] = useState(false);
  const { label } = row;
  return (
    <tr
      data-run={row.runId}
      onPointerEnter={() => pointAt(tone === null ? null : row.runId)}
      onPointerLeave={() => pointAt(null)}
    >
      <th scope="row" className={tableClasses.first}>
        <span className={tableClasses.firstCell}>
          <Checkbox
            size="xs"
            aria-label={t("table.tick", { label: label.text })}
            checked={tone !== null}
            onChange={() => onTick(row.runId)}
          />
          <ToneKey tone={tone} />
          {isRenaming ? (
            <RenameField row={row} onDone={() => setIsRenaming(false)} />
          ) : (
            <UnstyledButton
              className={classes.label}
              title={label.text}
              onClick={() => openDetails(row.runId)}
              onDoubleClick={() => setIsRenaming(true)}
              onKeyDown={(event) => {
                if (event.key === "F2") setIsRenaming(true);
              }}
            >
              <RunLabelText row={row}>
                {isBaseline && <span className={classes.mark}>{t("table.baseline")}</span>}
                {row.isElsewhere && <span className={classes.mark}>{t("table.elsewhere")}</span>}
                {row.isImported && <span className={classes.mark}>{t("table.imported")}</span>}
              </RunLabelText>
            </UnstyledButton>
          )}
        </span>
      </th>
      {columns.slice(1).map((column) => (
        <td
          key={column.id}
          data-numeric={numeric.has(column.id) || undefined}
          {...(column.exact ? { title: column.exact(row) } : {})}
        >
          <Cell row={row} column={column} />
        </td>
      ))}
      <td>
        <RunMenu row={row} isBaseline={isBaseline} onRename={() => setIsRenaming(true)} />
      </td>
    </tr>
  );
});

/** Title in the page's reading face, what sets it apart beside it. */
export function RunLabelText({
  row,
  children,
}: {
  readonly row: RunRow;
  readonly children?: ReactNode;
}) {
  const { title, parts, ordinal } = row.label;
  return (
    <span className={classes.words}>
      <span className={classes.title}>{title}</span>
      {parts.map((part) => (
        <span key={part.path} className={classes.part}>
          {partText(part)}
        </span>
      ))}
      {ordinal !== null && <span className={classes.part}>({ordinal})</span>}
      {children}
    </span>
  );
}

/** The line that the run has in the charts. */
export function ToneKey({ tone }: { readonly tone: number | null }) {
  if (tone === null) return <span className={classes.tone} aria-hidden="true" />;
  const stroke = strokeOf({ id: "", label: "", x: NONE, y: NONE }, tone);
  return (
    <span
      className={classes.tone}
      data-dashed={stroke.dash !== undefined || undefined}
      style={{ "--tone": cssColour(stroke) } as React.CSSProperties}
      data-drawn
      aria-hidden="true"
    />
  );
}

const NONE = new Float64Array(0);

function Cell({ row, column }: { readonly row: RunRow; readonly column: RunColumn }) {
  const { t } = useTranslation("runs");
  if (column.id === "tags")
    return (
      <span className={classes.tags}>
        {row.tags.map((tag) => (
          <span key={tag} className={classes.tag}>
            {tag}
          </span>
        ))}
      </span>
    );
  if (column.id === "status")
    return (
      <span className={classes.status} data-status={row.status}>
        {column.text(row, t)}
      </span>
    );
  if (column.id === "notes" || column.id === "device")
    return (
      <span className={classes.long} title={column.text(row, t)}>
        {column.text(row, t)}
      </span>
    );
  return column.text(row, t);
}

/** The name in place: Enter keeps it, Escape leaves it as it was, nothing goes back to the title. */
function RenameField({ row, onDone }: { readonly row: RunRow; readonly onDone: () => void }) {
  const { t } = useTranslation("runs");
  const [name, setName] = useState(row.name ?? "");
  const keep = () => {
    onDone();
    if (name.trim() !== (row.name ?? "")) void editRun(row.runId, { name: name.trim() || null });
  };
  return (
    <TextInput
      className={classes.rename}
      size="xs"
      autoFocus
      maxLength={200}
      aria-label={t("rename.label", { label: row.label.text })}
      placeholder={row.title}
      value={name}
      onChange={({ currentTarget }) => setName(currentTarget.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") onDone();
      }}
    />
  );
}
