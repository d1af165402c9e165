// The lab before a run: the question and the button, what it will take, the questions to choose from, and every
// setting on demand.
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { resolveChoice } from "../../setup/kit.ts";
import type { NamedContent } from "../../setup/link.ts";
import { PresetList } from "../../setup/PresetList.tsx";
import { SetupPanel } from "../../setup/SetupPanel.tsx";
import { LANGUAGE_KIT } from "../../stores/language-kit.ts";
import { useIsHidden } from "../../stores/lesson.ts";
import { modelById, modelsStore } from "../../stores/models.ts";
import { isPresetId } from "../../stores/presets.ts";
import { sessionStore } from "../../stores/session.ts";
import { languageSetup, setupStore } from "../../stores/setup.ts";
import { describePreset } from "./describe-config.ts";
import classes from "./LanguageLab.module.css";
import { LanguageText } from "./LanguageText.tsx";
import { ModelsPointer } from "./ModelsPointer.tsx";
import { RecordedRun } from "./RecordedRun.tsx";
import { StoredRuns } from "./StoredRuns.tsx";
import { TrainHero } from "./TrainHero.tsx";

/** What a loaded model brings along. */
const OF_A_MODEL: ReadonlySet<string> = new Set([
  ...LANGUAGE_KIT.fields
    .filter(({ section, path }) => section === "model" && path !== "model.n_ctx")
    .map(({ path }) => path),
]);
/** The file itself is chosen above the form. */
const OF_THE_TEXT: ReadonlySet<string> = new Set(["data.path", "data.hash"]);
const OF_A_TOKENIZER = ["data.tokenizer", "data.vocab_size"];

export function Idle({ linkedModel }: { readonly linkedModel: NamedContent | null }) {
  const { t } = useTranslation("language");
  const isListed = useStore(sessionStore, (state) => state.storedRuns !== null);
  const { modelId } = useStore(setupStore);
  const model = useStore(modelsStore, modelById(modelId));
  const hash = useStore(languageSetup.store, ({ settings }) => settings["data.hash"]);
  const hidden = {
    presets: useIsHidden("presets"),
    text: useIsHidden("text"),
    form: useIsHidden("form"),
    models: useIsHidden("models"),
    runs: useIsHidden("runs"),
    recorded: useIsHidden("recorded"),
  };
  const decided = model
    ? {
        paths: new Set([...OF_A_MODEL, ...(model.hasTokenizer ? OF_A_TOKENIZER : [])]),
        by: t("form.ofModel", { name: model.name }),
      }
    : undefined;
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <TrainHero />
        {!hidden.text && <LanguageText />}
        {!hidden.form && (
          <SetupPanel
            elsewhere={OF_THE_TEXT}
            {...(decided ? { decided } : {})}
            linkState={{ model: linkedModel }}
            namesContent={linkedModel !== null || typeof hash === "string"}
          />
        )}
        {!hidden.runs && <StoredRuns />}
        {/* Not before the runs above it are known: it would be pushed down by them. */}
        {isListed && !hidden.recorded && <RecordedRun title={t("recorded.title")} />}
      </div>
      <aside className={classes.aside}>
        {!hidden.presets && (
          <PresetList
            questionOf={(id) => (isPresetId(id) ? t(`presetNames.${id}`) : id)}
            factsOf={(id) => {
              const { config } = resolveChoice(LANGUAGE_KIT, { presetId: id, settings: {} });
              return config ? describePreset(config, t).join(" · ") : "";
            }}
          />
        )}
        {!hidden.models && <ModelsPointer />}
      </aside>
    </div>
  );
}
