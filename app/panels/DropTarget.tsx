import "@mantine/dropzone/styles.css";
import { Dropzone } from "@mantine/dropzone";
import { useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { takeTextFile } from "../actions/choose-file.ts";
import { takeTokenizer } from "../actions/choose-tokenizer.ts";
import { holdsRuns, takeRunFolders } from "../actions/import-run.ts";
import { keepModelFolder } from "../actions/load-model.ts";
import { folderOf, looksLikeModel, looksLikeTokenizer } from "../lib/pick-files.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import classes from "./DropTarget.module.css";

/** The whole page takes what is dropped: a text becomes the dataset, a tokenizer.json the tokenizer, a model
 *  folder is kept. */
export default function DropTarget() {
  const { t } = useTranslation("common");
  const isBusy = useStore(runsStore, (state) => activeRun(state) !== null);
  const isInLab = useLocation({ select: ({ pathname }) => pathname === "/" });
  return (
    <Dropzone.FullScreen
      // A run that is looked at takes nothing; on the other pages a drop is meant for them.
      active={!isBusy || !isInLab}
      inputProps={{ "aria-label": t("drop.hint") }}
      onDrop={(files) => {
        const [first] = files;
        if (holdsRuns(files)) void takeRunFolders(folderOf(files).files);
        else if (looksLikeModel(files)) void keepModelFolder(folderOf(files));
        else if (looksLikeTokenizer(files)) takeTokenizer(files);
        else if (first) takeTextFile(first);
      }}
    >
      <div className={classes.target}>
        <p className={classes.title}>{t("drop.title")}</p>
        <p>{t("drop.hint")}</p>
      </div>
    </Dropzone.FullScreen>
  );
}
