// The run being prepared: its settings (languageSetup), and what was handed in. The address bar holds the settings,
// so a link restores them; files and models it names by content.
import { createStore } from "zustand/vanilla";
import type { Fault } from "../../workers/api/outcome.ts";
import type { DatasetSummary, HubFileRef } from "../../workers/api/text.ts";
import { i18n } from "../i18n.ts";
import type { NamedContent } from "../setup/link.ts";
import { type Change, createSetup } from "../setup/setup-store.ts";
import { hubAddressOf } from "../text/want.ts";
import { LANGUAGE_KIT } from "./language-kit.ts";
import { textsStore } from "./texts.ts";

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

/**
 * Takes a text file and switches the dataset to it; null goes back to the preset's dataset. Where a link or a run
 * has asked for a file by its content, the new one must be that.
 */
export function chooseFile(file: File | null): void {
  const { settings } = languageSetup.store.getState();
  const isAsked = setupStore.getState().file === null && settings["data.hash"] !== undefined;
  setupStore.setState({ file, fileFault: null });
  textsStore.setState({ hubFile: null });
  const forget = file && isAsked ? {} : { "data.hash": undefined, "data.column": undefined };
  languageSetup.apply({
    "data.dataset": file ? "file" : undefined,
    "data.path": file?.name,
    ...forget,
  });
}

/** Takes a file of the hub in the place of one of this machine. */
export function chooseHubFile(ref: HubFileRef): void {
  setupStore.setState({ file: null, fileFault: null });
  textsStore.setState({ hubFile: ref });
  languageSetup.apply({
    "data.dataset": "file",
    "data.path": hubAddressOf(ref),
    "data.hash": undefined,
    "data.column": undefined,
  });
}

/** Takes up a prepared text, with everything that was said when it was prepared. */
export function choosePrepared({ name, source, split, tokenizer }: DatasetSummary): void {
  setupStore.setState({ file: null, fileFault: null });
  textsStore.setState({ hubFile: null });
  const { asked } = tokenizer;
  languageSetup.apply({
    "data.dataset": "file",
    "data.path": source.hub ? hubAddressOf(source.hub) : name,
    "data.hash": source.hash,
    "data.column": source.column ?? undefined,
    "data.train_fraction": split.trainFraction,
    "data.tokenizer": asked.kind,
    ...(asked.kind === "bpe" ? { "data.vocab_size": asked.vocabSize } : {}),
  });
}

/** The file is known by its content now: whoever opens a link to this setup must have the same. */
export function rememberHash(hash: string): void {
  const { presetId, settings } = languageSetup.store.getState();
  languageSetup.restore({ presetId, settings: { ...settings, "data.hash": hash } });
}

export const startFromModel = (modelId: string | null): void =>
  setupStore.setState({ modelId, wantedModel: null });
