import { Anchor, Button } from "@mantine/core";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { loadModelFolder } from "../../actions/load-model.ts";
import { train } from "../../actions/train.ts";
import { requestPlan } from "../../session/plans.ts";
import { useFieldWords } from "../../setup/field-words.ts";
import { NeededContent } from "../../setup/NeededContent.tsx";
import { PlanProblems } from "../../setup/PlanProblems.tsx";
import { PlanReadings } from "../../setup/PlanReadings.tsx";
import { revealField, showView } from "../../setup/view-store.ts";
import { useIsHidden } from "../../stores/lesson.ts";
import { modelById, modelsStore } from "../../stores/models.ts";
import { isRefused, planStore } from "../../stores/plan.ts";
import { isPresetId } from "../../stores/presets.ts";
import { type LanguageRunSetup, resolveSetup } from "../../stores/resolve-setup.ts";
import { sessionStore } from "../../stores/session.ts";
import { languageSetup, setupStore, startFromModel } from "../../stores/setup.ts";
import { plannedText } from "../../stores/text-want.ts";
import { textsStore } from "../../stores/texts.ts";
import { describeConfig } from "./describe-config.ts";
import classes from "./TrainHero.module.css";

/** The question, what will be run to answer it and what that takes, and the one obvious button. */
export function TrainHero() {
  const { t } = useTranslation("language");
  const { t: tCommon } = useTranslation("common");
  const choice = useStore(languageSetup.store);
  const { file, fileFault, modelId, wantedModel } = useStore(setupStore);
  const { isStarting, status } = useStore(sessionStore);
  const software = useStore(sessionStore, (state) => state.device?.software ?? false);
  const model = useStore(modelsStore, modelById(modelId));
  const planned = useStore(planStore);
  const hidesPlan = useIsHidden("plan");
  const { presetId, settings, draft } = choice;
  const { hubFile, tokenizerFiles, list } = useStore(textsStore);
  const setup = useMemo(
    () => resolveSetup({ presetId, settings }, { file, hubFile, tokenizerFiles, list }),
    [presetId, settings, file, hubFile, tokenizerFiles, list],
  );
  const { config, needsFile, needsTokenizer } = setup;
  const text = config && modelId === null ? plannedText(config) : undefined;
  const request = JSON.stringify(
    config && { config, ...(modelId === null ? {} : { modelId }), ...(text && { text }) },
  );
  useEffect(() => {
    if (status === "open") requestPlan(JSON.parse(request));
  }, [request, status]);
  const isReady = config !== null && draft === null && fileFault === null && !isRefused(planned);
  return (
    <section className={classes.hero}>
      <h1 className={classes.question}>
        {t(`presetNames.${isPresetId(presetId) ? presetId : "nano"}`)}
      </h1>
      <p className={classes.summary}>
        {config && !draft ? (
          describeConfig(config, t, model).join(" · ")
        ) : (
          <Mend setup={setup} line={draft?.line ?? null} />
        )}
      </p>
      {!hidesPlan && (
        <PlanReadings plan={config && !draft ? planned.plan : null} isStale={planned.isStale} />
      )}
      {wantedModel && (
        <NeededContent
          kind="model"
          content={wantedModel}
          met={null}
          onChoose={() => void loadModelFolder.perform()}
          onLeave={() => startFromModel(null)}
        />
      )}
      <div className={classes.start}>
        <Button
          size="lg"
          className={classes.button}
          onClick={() => void train.perform()}
          disabled={!isReady}
          loading={isStarting}
          data-testid="train"
        >
          {t(
            needsFile
              ? "train.chooseFile"
              : needsTokenizer
                ? "train.chooseTokenizer"
                : "train.button",
          )}
        </Button>
        <p className={classes.note}>
          {fileFault ? (
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
          {software && <span className={classes.software}>{tCommon("device.softwareNotice")}</span>}
        </p>
      </div>
      {config && !draft && planned.plan && planned.plan.problems.length > 0 && (
        <PlanProblems problems={planned.plan.problems} />
      )}
    </section>
  );
}

/** What must be mended first, and the way there. */
function Mend({ setup, line }: { readonly setup: LanguageRunSetup; readonly line: number | null }) {
  const { t } = useTranslation("language");
  const words = useFieldWords();
  const path = setup.issues[0]?.path ?? "";
  if (line !== null)
    return (
      <button type="button" className="link" onClick={() => showView("yaml")}>
        {t("train.fixYaml", { line })}
      </button>
    );
  if (!words.has(path)) return t("train.fix", { field: path });
  return (
    <button type="button" className="link" onClick={() => revealField(path)}>
      {t("train.fix", { field: words.label(path) })}
    </button>
  );
}
