// What the language run is to learn from, in the words of app/text.
import { useMemo } from "react";
import { useStore } from "zustand";
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
  if (!config || draft) return null;
  return (
    <TextPanel
      settings={textSettingsOf(config)}
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
