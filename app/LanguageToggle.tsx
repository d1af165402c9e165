import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "./i18n.ts";
import classes from "./ThemeToggle.module.css";

/** The page's own language, named in itself. */
export function LanguageToggle() {
  const { t, i18n } = useTranslation("common");
  return (
    <select
      className={classes.select}
      aria-label={t("languageChoice")}
      value={i18n.resolvedLanguage ?? "en"}
      onChange={(event) => void chooseLanguage(event.currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([language, name]) => (
        <option key={language} value={language} lang={language}>
          {name}
        </option>
      ))}
    </select>
  );
}
