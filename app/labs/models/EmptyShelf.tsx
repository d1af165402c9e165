import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "./EmptyShelf.module.css";

/** Where models come from, for whoever has none. */
export function EmptyShelf() {
  const { t } = useTranslation("models");
  return (
    <section className={classes.empty} data-empty aria-labelledby="no-models">
      <h2 id="no-models" className={classes.title}>
        {t("empty.title")}
      </h2>
      <ol className={classes.ways}>
        <li>
          {t("empty.train")}{" "}
          <Link to="/" className={classes.link}>
            {t("empty.trainLink")}
          </Link>
        </li>
        <li>{t("empty.bring")}</li>
        <li>{t("empty.fetch")}</li>
      </ol>
    </section>
  );
}
