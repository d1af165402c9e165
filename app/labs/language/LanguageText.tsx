// What the language run is to learn from, in the words of app/text.
import { useMemo, useRef } from "react";
import { useStore } from "zustand";
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import { chooseTextFile } from "../../actions/choose-file.ts";
import { inspectHubFile } from "../../session/texts.ts";
import { modelById, modelsStore } from "../../stores/models.ts";
import { resolveSetup } from "../../stores/resolve-setup.ts";
import {
  chooseFile,
  chooseHubFile,
  choosePrepared,
  languageSetup,
  setupStore,
} from "../../stores/setup.ts";
import { textSettingsOf } from "../../stores/text-want.ts";
import { textsStore } from "../../stores/texts.ts";
import { TextPanel } from "../../text/TextPanel.tsx";

export function LanguageText() {
  const { presetId, settings, draft } = useStore(languageSetup.store);
  const { file, fileFault, modelId } = useStore(setupStore);
  const { hubFile, tokenizerFiles, list } = useStore(textsStore);
  const model = useStore(modelsStore, modelById(modelId));
  const { config } = useMemo(
    () => resolveSetup({ presetId, settings }, { file, hubFile, tokenizerFiles, list }),
    [presetId, settings, file, hubFile, tokenizerFiles, list],
  );
  // While a field is wrong, what was right before stays in its place.
  const last = useRef<LanguageConfig | null>(null);
  if (config && !draft) last.current = config;
  if (!last.current) return null;
  return (
    <TextPanel
      settings={textSettingsOf(last.current)}
      file={file}
      fileFault={fileFault}
      isTokenizerGiven={model?.hasTokenizer ?? false}
      onChooseFile={() => void chooseTextFile.perform()}
      onLeaveFile={() => chooseFile(null)}
      onChooseHubFile={(ref) => {
        chooseHubFile(ref);
        void inspectHubFile(ref);
      }}
      onChooseColumn={(column) => languageSetup.change("data.column", column)}
      onForgetHash={() => languageSetup.change("data.hash", undefined)}
      onUse={choosePrepared}
    />
  );
}
