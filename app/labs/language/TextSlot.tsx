// The file that is trained on, where the text comes from one.
import { Anchor, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { chooseTextFile } from "../../actions/choose-file.ts";
import { formatBytes } from "../../lib/format.ts";
import { useSetupState } from "../../setup/SetupContext.tsx";
import { chooseFile, setupStore } from "../../stores/setup.ts";
import classes from "./TextSlot.module.css";

export function TextSlot() {
  const { t } = useTranslation("language");
  const { resolved } = useSetupState();
  const { file, fileFault } = useStore(setupStore);
  if (resolved.value("data.dataset") !== "file") return null;
  return (
    <div className={classes.file} data-missing={file === null || undefined}>
      {file ? (
        <>
          <span className={classes.fileName} title={file.name}>
            {file.name}
          </span>
          <span className={classes.fileSize}>{formatBytes(file.size)}</span>
        </>
      ) : (
        <span>{t("form.dropHere")}</span>
      )}
      <Button variant="default" size="compact-sm" onClick={() => void chooseTextFile.perform()}>
        {file ? t("form.another") : t("form.choose")}
      </Button>
      {file && (
        <Anchor component="button" type="button" size="sm" onClick={() => chooseFile(null)}>
          {t("form.remove")}
        </Anchor>
      )}
      {fileFault && (
        <p className={classes.badFile} role="alert">
          {fileFault.message} {fileFault.hint}
        </p>
      )}
    </div>
  );
}
