import { Progress } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { formatShare } from "../lib/format.ts";
import { cancelPreparing } from "../session/texts.ts";
import { textsStore } from "../stores/texts.ts";
import classes from "./PrepareProgress.module.css";

/** The preparation under way, wherever it was asked for; nothing while there is none. */
export function PrepareProgress({ name }: { readonly name: string }) {
  const { t } = useTranslation("text");
  const work = useStore(textsStore, (state) => state.work);
  if (!work) return null;
  const { progress } = work;
  const share = progress && progress.total > 0 ? progress.done / progress.total : 0;
  return (
    <div className={classes.progress}>
      <Progress value={100 * share} size={6} aria-label={t("prepare.progress", { name })} />
      <p className={classes.line}>
        <span>{t(`prepare.task.${progress?.task ?? "begin"}`)}</span>
        <span className={classes.share}>{formatShare(share)}</span>
        <button type="button" className="link" onClick={() => void cancelPreparing()}>
          {t("prepare.cancel")}
        </button>
      </p>
    </div>
  );
}
