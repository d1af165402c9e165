import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "./ModelsPointer.module.css";

/** Where models are, for whoever wants to begin with one. */
export function ModelsPointer() {
  const { t } = useTranslation("language");
  return (
    <section aria-labelledby="kept-models">
      <h2 id="kept-models" className={classes.title}>
        {t("models.title")}
      </h2>
      <p className={classes.words}>
        {t("models.pointer")} <Link to="/models">{t("models.open")}</Link>
      </p>
    </section>
  );
}
