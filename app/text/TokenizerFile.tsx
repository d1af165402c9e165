import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { chooseTokenizer } from "../actions/choose-tokenizer.ts";
import { textsStore } from "../stores/texts.ts";
import classes from "./TokenizerFile.module.css";

/** The tokenizer.json that a person hands in. */
export default function TokenizerFile() {
  const { t } = useTranslation("text");
  const files = useStore(textsStore, (state) => state.tokenizerFiles);
  return (
    <div className={classes.tokenizer} data-missing={files.length === 0 || undefined}>
      <span className={classes.names}>
        {files.length === 0 ? t("tokenizer.hint") : files.map(({ name }) => name).join(", ")}
      </span>
      <Button variant="default" size="compact-sm" onClick={() => void chooseTokenizer.perform()}>
        {t(files.length === 0 ? "tokenizer.choose" : "tokenizer.another")}
      </Button>
    </div>
  );
}
