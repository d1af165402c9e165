// What can be done with all ticked runs together, and with the table as it stands.
import { Button, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fileName } from "../../exports/export-runs.ts";
import { tableCsv, tableMarkdown } from "../../exports/tables.ts";
import { notify } from "../../lib/notify.ts";
import { saveBlob } from "../../lib/save-blob.ts";
import { binRuns } from "../../session/archive.ts";
import { tick } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { ExportMenu } from "./RunsHeader.tsx";
import { type RunColumn, tableOf } from "./run-columns.ts";
import classes from "./TickedBar.module.css";

export interface TickedBarProps {
  readonly ticked: readonly RunRow[];
  /** The table's rows, in its order. */
  readonly rows: readonly RunRow[];
  readonly columns: readonly RunColumn[];
}

export function TickedBar({ ticked, rows, columns }: TickedBarProps) {
  const { t } = useTranslation("runs");
  const none = ticked.length === 0;
  const listed = new Set(rows.map(({ runId }) => runId));
  // What cannot be seen is not thrown away.
  const seen = ticked.filter(({ runId }) => listed.has(runId));
  const hidden = ticked.length - seen.length;
  return (
    <div className={classes.bar}>
      <output className={classes.count}>
        {t("ticked.count", { count: ticked.length })}
        {hidden > 0 && t("ticked.hidden", { count: hidden })}
      </output>
      <Button variant="default" size="xs" disabled={none} onClick={() => tick([])}>
        {t("ticked.none")}
      </Button>
      <ExportMenu label={t("ticked.export")} rows={ticked} size="xs" />
      <Button
        variant="default"
        size="xs"
        disabled={seen.length === 0}
        onClick={() => void binRuns(seen.map(({ runId, label }) => ({ runId, label: label.text })))}
      >
        {t("ticked.delete")}
      </Button>
      <TableMenu rows={rows} columns={columns} />
    </div>
  );
}

/** The table itself, as it is sorted, filtered and chosen. */
function TableMenu({ rows, columns }: Pick<TickedBarProps, "rows" | "columns">) {
  const { t } = useTranslation("runs");
  const name = fileName(t("title"));
  const save = (extension: string, type: string, text: string) =>
    saveBlob(`${name}.${extension}`, new Blob([text], { type }));
  const copy = async () => {
    await navigator.clipboard.writeText(tableMarkdown(tableOf(rows, columns, t, "text")));
    notify(t("tableExport.copied", { count: rows.length }));
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button className={classes.end} variant="default" size="xs" disabled={rows.length === 0}>
          {t("tableExport.button")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          onClick={() => save("csv", "text/csv", tableCsv(tableOf(rows, columns, t, "value")))}
        >
          {t("tableExport.csv")}
        </Menu.Item>
        <Menu.Item
          onClick={() =>
            save("md", "text/markdown", tableMarkdown(tableOf(rows, columns, t, "text")))
          }
        >
          {t("tableExport.markdown")}
        </Menu.Item>
        <Menu.Item onClick={() => void copy()}>{t("tableExport.copy")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
