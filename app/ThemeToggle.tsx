import { useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./ThemeToggle.module.css";

const SCHEMES = ["auto", "light", "dark"] as const;

/** System, light or dark. A plain select: the platform's own, and it needs no icon to be understood. */
export function ThemeToggle() {
  const { t } = useTranslation("common");
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <select
      className={classes.select}
      aria-label={t("theme.label")}
      value={colorScheme}
      onChange={(event) => {
        const chosen = SCHEMES.find((scheme) => scheme === event.currentTarget.value);
        if (chosen) setColorScheme(chosen);
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
