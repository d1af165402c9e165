import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { lessonStore } from "../stores/lesson.ts";
import classes from "./LessonNotice.module.css";
import { NOTHING_HIDDEN } from "./lesson.ts";

/** One line that says why the page is so bare, and the way to all of it. */
export function LessonNotice() {
  const { t } = useTranslation("setup");
  const { hidden } = useStore(lessonStore);
  if (hidden.size === 0) return null;
  return (
    <p className={classes.notice}>
      {t("lesson.notice")}{" "}
      <button
        type="button"
        className="link"
        onClick={() => lessonStore.setState({ hidden: NOTHING_HIDDEN })}
      >
        {t("lesson.showAll")}
      </button>
    </p>
  );
}
