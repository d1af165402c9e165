// The run being prepared: its settings (languageSetup), and what was handed in. The address bar holds the settings,
// so a link restores them; files and models it names by content.
import { createStore } from "zustand/vanilla";
import type { Fault } from "../../workers/api/outcome.ts";
import { i18n } from "../i18n.ts";
import type { NamedContent } from "../setup/link.ts";
import { type Change, createSetup } from "../setup/setup-store.ts";
import { LANGUAGE_KIT } from "./language-kit.ts";

/** What was done, as an undo calls it. */
function wordsOf(change: Change): string {
  if (change.kind === "setting" && i18n.exists(`fields:label.${change.path}`))
    return i18n.t("setup:undo.setting", {
      field: i18n.t(`fields:label.${change.path}` as "fields:label.seed"),
    });
  return i18n.t(`setup:undo.${change.kind === "setting" ? "several" : change.kind}`);
}

export const languageSetup = createSetup(LANGUAGE_KIT, wordsOf);

export interface SetupInputs {
  /** Kept as a File and read again at each start: the worker takes the bytes with it. */
  readonly file: File | null;
  /** Why that file cannot be trained on. */
  readonly fileFault: Fault | null;
  /** Start from this loaded model instead of from random weights. */
  readonly modelId: string | null;
  /** The model that a link asks for, while it is not among those that are here. */
  readonly wantedModel: NamedContent | null;
}

export const setupStore = createStore<SetupInputs>(() => ({
  file: null,
  fileFault: null,
  modelId: null,
  wantedModel: null,
}));

/** Takes a text file and switches the dataset to it; null goes back to the preset's dataset. */
export function chooseFile(file: File | null): void {
  setupStore.setState({ file, fileFault: null });
  languageSetup.apply({
    "data.dataset": file ? "file" : undefined,
    "data.path": file?.name,
  });
}

export const startFromModel = (modelId: string | null): void =>
  setupStore.setState({ modelId, wantedModel: null });

/** The model that a link to this setup names, by its content. A new object only for another model. */
export const linkedModel = ({ wantedModel }: SetupInputs): NamedContent | null => wantedModel;

/** A link was opened: the model that it names, or none. */
export const wantModel = (wantedModel: NamedContent | null): void =>
  setupStore.setState({ wantedModel });
