import "@mantine/spotlight/styles.css";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ALL_ACTIONS } from "../actions/all-actions.ts";
import { openPalette } from "../actions/interface.ts";
import { closePanel } from "../stores/panels.ts";
import { shortcutText } from "./shortcut-text.ts";

/** Every action that would do something now, by name. */
export default function Palette() {
  const { t } = useTranslation("common");
  const available = ALL_ACTIONS.filter((action) => action !== openPalette && action.isAvailable());
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
      actions={available.map(({ label, shortcut, perform }) => ({
        id: label,
        label: t(label),
        rightSection: shortcut === null ? null : <kbd>{shortcutText(shortcut, t)}</kbd>,
        onClick: () => void perform(),
      }))}
    />
  );
}
