import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { pickTokenizerFiles } from "../lib/pick-files.ts";
import { takeTokenizerFiles } from "../session/texts.ts";
import { textsStore } from "../stores/texts.ts";
import classes from "./TokenizerFile.module.css";

/** The tokenizer.json that a person hands in. */
export function TokenizerFile() {
  const { t } = useTranslation("text");
  const files = useStore(textsStore, (state) => state.tokenizerFiles);
  const choose = async () => {
    const picked = await pickTokenizerFiles();
    if (picked.length > 0) takeTokenizerFiles(picked);
  };
  return (
    <div className={classes.tokenizer} data-missing={files.length === 0 || undefined}>
      <span className={classes.names}>
        {files.length === 0 ? t("tokenizer.hint") : files.map(({ name }) => name).join(", ")}
      </span>
      <Button variant="default" size="compact-sm" onClick={() => void choose()}>
        {t(files.length === 0 ? "tokenizer.choose" : "tokenizer.another")}
      </Button>
    </div>
  );
}
