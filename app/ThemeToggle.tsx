import { useMantineColorScheme } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { appearanceStore } from "./stores/appearance.ts";
import classes from "./ThemeToggle.module.css";

const SCHEMES = ["auto", "light", "dark"] as const;

/** System, light or dark. A plain select: the platform's own, and it needs no icon to be understood. */
export function ThemeToggle() {
  const { t } = useTranslation("common");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const wanted = useStore(appearanceStore, ({ scheme }) => scheme);
  useEffect(() => {
    if (wanted === null) appearanceStore.setState({ scheme: colorScheme });
    else if (wanted !== colorScheme) setColorScheme(wanted);
  }, [wanted, colorScheme, setColorScheme]);
  return (
    <select
      className={classes.select}
      aria-label={t("theme.label")}
      value={colorScheme}
      onChange={(event) => {
        const chosen = SCHEMES.find((scheme) => scheme === event.currentTarget.value);
        if (chosen) appearanceStore.setState({ scheme: chosen });
      }}
    >
      {SCHEMES.map((scheme) => (
        <option key={scheme} value={scheme}>
          {t(`theme.${scheme}`)}
        </option>
      ))}
    </select>
  );
}
