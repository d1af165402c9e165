import type { LanguageConfig } from "../../configs/schema/language.ts";
import { inputOf, type Resolved, resolveInput, type SetupChoice } from "../setup/kit.ts";
import { LANGUAGE_KIT } from "./language-kit.ts";
import { languageSetup, setupStore } from "./setup.ts";

export interface LanguageRunSetup extends Resolved<LanguageConfig> {
  /** The text is to come from a file and none has been chosen yet. */
  readonly needsFile: boolean;
}

/** What pressing Train would start. */
export function resolveSetup(choice: SetupChoice, file: File | null): LanguageRunSetup {
  const input = inputOf(LANGUAGE_KIT, choice);
  const data = input.data as Record<string, unknown> | undefined;
  const wantsFile = data?.dataset === "file";
  // A preset that names a file means the user's own: the name is all the config keeps of it.
  if (wantsFile && file) input.data = { ...data, path: file.name };
  else if (wantsFile && data?.path === undefined) input.data = { ...data, path: "input.txt" };
  return { ...resolveInput(LANGUAGE_KIT, input), needsFile: wantsFile && file === null };
}

/** The same for what is chosen now; null while a YAML is half-written. */
export function currentSetup(): LanguageRunSetup | null {
  const { draft, ...choice } = languageSetup.store.getState();
  return draft ? null : resolveSetup(choice, setupStore.getState().file);
}
