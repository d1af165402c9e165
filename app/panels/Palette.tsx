import "@mantine/spotlight/styles.css";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../actions/action.ts";
import { ACTION_GROUPS, type ActionGroup } from "../actions/all-actions.ts";
import { openPalette } from "../actions/interface.ts";
import { closePanel } from "../stores/panels.ts";
import { shortcutText } from "./shortcut-text.ts";

/** Every action that would do something now, by name. */
export default function Palette() {
  const { t } = useTranslation("common");
  useEffect(() => {
    spotlight.open();
  }, []);
  return (
    <Spotlight
      shortcut={null}
      onSpotlightClose={closePanel}
      nothingFound={t("palette.nothing")}
      searchProps={{
        placeholder: t("palette.placeholder"),
        "aria-label": t("palette.placeholder"),
      }}
      highlightQuery
      scrollable
      maxHeight={420}
      actions={(Object.keys(ACTION_GROUPS) as ActionGroup[])
        .map((group) => ({ group: t(`palette.group.${group}`), actions: available(group) }))
        .filter(({ actions }) => actions.length > 0)
        .map(({ group, actions }) => ({
          group,
          actions: actions.map(({ label, shortcut, perform }) => ({
            id: label,
            label: t(label),
            rightSection: shortcut === null ? null : <kbd>{shortcutText(shortcut, t)}</kbd>,
            onClick: () => void perform(),
          })),
        }))}
    />
  );
}

const available = (group: ActionGroup): readonly Action[] =>
  (ACTION_GROUPS[group] as readonly Action[]).filter(
    (action) => action !== openPalette && action.isAvailable(),
  );
