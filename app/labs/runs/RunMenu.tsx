// What can be done with one run. Its content is made only once it is opened: a long table has many of them.
import { ActionIcon, Menu } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exportRows } from "../../actions/export-runs.ts";
import { binRuns } from "../../session/archive.ts";
import { openDetails, pointAt, setBaseline } from "../../stores/archive.ts";
import type { RunRow } from "../../stores/run-rows.ts";
import { continueRun, openSettings } from "./go-on.ts";
import classes from "./RunMenu.module.css";

export interface RunMenuProps {
  readonly row: RunRow;
  readonly isBaseline: boolean;
  readonly onRename: () => void;
}

export function RunMenu({ row, isBaseline, onRename }: RunMenuProps) {
  const { t } = useTranslation("runs");
  const [isOpen, setIsOpen] = useState(false);
  const label = row.label.text;
  return (
    <Menu
      position="bottom-end"
      withinPortal
      opened={isOpen}
      onChange={setIsOpen}
      // The menu goes from under the pointer, which then has left the row without a word.
      onClose={() => pointAt(null)}
      returnFocus
    >
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("menu.open", { label })}>
          <span aria-hidden="true" className={classes.dots}>
            ⋯
          </span>
        </ActionIcon>
      </Menu.Target>
      {isOpen && (
        <Menu.Dropdown>
          <Menu.Item onClick={() => openDetails(row.runId)}>{t("menu.details")}</Menu.Item>
          <Menu.Item onClick={() => setTimeout(onRename, 0)}>{t("menu.rename")}</Menu.Item>
          <Menu.Item onClick={() => setBaseline(isBaseline ? null : row.runId)}>
            {t(isBaseline ? "menu.unpin" : "menu.pin")}
          </Menu.Item>
          {row.canContinue && (
            <Menu.Item onClick={() => void continueRun(row)}>{t("menu.continue")}</Menu.Item>
          )}
          <Menu.Item onClick={() => openSettings(row)}>{t("menu.settings")}</Menu.Item>
          <Menu.Divider />
          {(["csv", "jsonl", "tensorboard"] as const).map((kind) => (
            <Menu.Item key={kind} onClick={() => void exportRows(kind, [row])}>
              {t(`export.${kind}`)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => void binRuns([{ runId: row.runId, label }])}>
            {t("menu.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      )}
    </Menu>
  );
}
