import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { DatasetSummary, HubFileRef } from "../../workers/api/text.ts";
import { inputOf, type Resolved, resolveInput, type SetupChoice } from "../setup/kit.ts";
import { keptFor } from "../text/want.ts";
import { LANGUAGE_KIT } from "./language-kit.ts";
import { languageSetup, setupStore } from "./setup.ts";
import { textSettingsOf } from "./text-want.ts";
import { textsStore } from "./texts.ts";

export interface LanguageRunSetup extends Resolved<LanguageConfig> {
  /** The text is to come from a file, and there is none: not here, not on the hub, and not prepared. */
  readonly needsFile: boolean;
  /** A tokenizer.json is to be used, and there is none. */
  readonly needsTokenizer: boolean;
}

/** What was handed in, and what is kept. */
export interface TextsAtHand {
  readonly file: File | null;
  readonly hubFile: HubFileRef | null;
  readonly tokenizerFiles: readonly File[];
  readonly list: readonly DatasetSummary[] | null;
}

/** What pressing Train would start. */
export function resolveSetup(choice: SetupChoice, texts: TextsAtHand): LanguageRunSetup {
  const { file, hubFile, tokenizerFiles, list } = texts;
  const input = inputOf(LANGUAGE_KIT, choice);
  const data = input.data as Record<string, unknown> | undefined;
  const wantsFile = data?.dataset === "file";
  // A preset that names a file means the user's own: the name is all the config keeps of it.
  if (wantsFile && file) input.data = { ...data, path: file.name };
  else if (wantsFile && data?.path === undefined) input.data = { ...data, path: "input.txt" };
  if (data?.tokenizer === "file" && data.tokenizer_path === undefined)
    input.data = {
      ...(input.data as object),
      tokenizer_path: tokenizerFiles[0]?.name ?? "tokenizer.json",
    };
  const resolved = resolveInput(LANGUAGE_KIT, input);
  const { config } = resolved;
  const isKept = config !== null && keptFor(textSettingsOf(config), list) !== null;
  return {
    ...resolved,
    needsFile: wantsFile && file === null && hubFile === null && !isKept,
    needsTokenizer:
      config?.data.tokenizer === "file" &&
      tokenizerFiles.length === 0 &&
      (file !== null || !isKept),
  };
}

/** The same for what is chosen now; null while a YAML is half-written. */
export function currentSetup(): LanguageRunSetup | null {
  const { draft, ...choice } = languageSetup.store.getState();
  const { file } = setupStore.getState();
  return draft ? null : resolveSetup(choice, { file, ...textsStore.getState() });
}
