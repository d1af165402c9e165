import { Anchor, Button } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { train } from "../../actions/train.ts";
import { modelById, modelsStore } from "../../stores/models.ts";
import { isPresetId } from "../../stores/presets.ts";
import { resolveSetup } from "../../stores/resolve-setup.ts";
import { sessionStore } from "../../stores/session.ts";
import { setupStore, startFromModel } from "../../stores/setup.ts";
import { describeConfig } from "./describe-config.ts";
import { isFieldPath } from "./fields.ts";
import classes from "./TrainHero.module.css";

/** The question, what will be run to answer it, and the one obvious button. */
export function TrainHero() {
  const { t } = useTranslation("language");
  const setup = useStore(setupStore);
  const isStarting = useStore(sessionStore, (state) => state.isStarting);
  const software = useStore(sessionStore, (state) => state.device?.software ?? false);
  const model = useStore(modelsStore, modelById(setup.modelId));
  const { config, needsFile, issues } = useMemo(() => resolveSetup(setup), [setup]);
  const { t: tFields } = useTranslation("fields");
  const path = issues[0]?.path ?? "";
  const field = isFieldPath(path) ? tFields(`label.${path}`) : path;
  const { t: tCommon } = useTranslation("common");
  const presetId = isPresetId(setup.presetId) ? setup.presetId : "nano";
  return (
    <section className={classes.hero}>
      <h1 className={classes.question}>{t(`presetNames.${presetId}`)}</h1>
      <p className={classes.summary}>
        {config ? describeConfig(config, t, model).join(" · ") : t("train.fix", { field })}
      </p>
      <div className={classes.start}>
        <Button
          size="lg"
          className={classes.button}
          onClick={() => void train.perform()}
          disabled={!config || setup.fileFault !== null}
          loading={isStarting}
          data-testid="train"
        >
          {needsFile ? t("train.chooseFile") : t("train.button")}
        </Button>
        <p className={classes.note}>
          {setup.fileFault ? (
            t("train.badFile")
          ) : model ? (
            <>
              {t("train.fromModel", { name: model.name })}
              <br />
              <Anchor component="button" type="button" onClick={() => startFromModel(null)}>
                {t("train.fromScratch")}
              </Anchor>
            </>
          ) : (
            t(software ? "train.noteSoftware" : "train.note")
          )}
        </p>
      </div>
      {software && <p className={classes.software}>{tCommon("device.softwareNotice")}</p>}
    </section>
  );
}
