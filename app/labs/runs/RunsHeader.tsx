import { Button, Menu, SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { exportRows } from "../../actions/export-runs.ts";
import { importRun } from "../../actions/import-run.ts";
import { archiveStore, RUN_VIEWS, type RunView } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import classes from "./RunsHeader.module.css";

/** The page's name, what is looked at, and what comes in and goes out as a whole. */
export function RunsHeader({ rows }: { readonly rows: readonly RunRow[] }) {
  const { t } = useTranslation("runs");
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>{t("title")}</h1>
      {rows.length > 0 && <ViewSwitch />}
      <div className={classes.tools}>
        <Button variant="default" size="sm" onClick={() => void importRun.perform()}>
          {t("import.button")}
        </Button>
        <ExportMenu label={t("export.all")} rows={rows} size="sm" />
      </div>
    </header>
  );
}

function ViewSwitch() {
  const { t } = useTranslation("runs");
  const view = useStore(archiveStore, (state) => state.view);
  return (
    <SegmentedControl
      size="sm"
      aria-label={t("compare.view")}
      value={view}
      onChange={(next) => archiveStore.setState({ view: next as RunView })}
      data={RUN_VIEWS.map((value) => ({ value, label: t(`compare.${value}`) }))}
    />
  );
}

export interface ExportMenuProps {
  readonly label: string;
  readonly rows: readonly RunRow[];
  readonly size: "xs" | "sm";
}

/** The forms in which runs leave the page. */
export function ExportMenu({ label, rows, size }: ExportMenuProps) {
  const { t } = useTranslation("runs");
  const isExporting = useStore(archiveStore, (state) => state.isExporting);
  return (
    <Menu position="bottom-end" withinPortal width={300}>
      <Menu.Target>
        <Button variant="default" size={size} disabled={rows.length === 0} loading={isExporting}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["csv", "jsonl", "tensorboard"] as const).map((kind) => (
          <Menu.Item key={kind} onClick={() => void exportRows(kind, rows)}>
            {t(`export.${kind}`)}
            <span className={classes.note}>{t(`export.${kind}Note`)}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
