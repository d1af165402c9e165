import { pickTokenizerFiles } from "../lib/pick-files.ts";
import { takeTokenizerFiles } from "../session/texts.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import { languageSetup } from "../stores/setup.ts";
import type { Action } from "./action.ts";

/** Opens the file dialog for a tokenizer.json and uses what is chosen there. */
export const chooseTokenizer: Action = {
  label: "actions.chooseTokenizer",
  shortcut: null,
  isAvailable: () => activeRun(runsStore.getState()) === null,
  async perform() {
    const files = await pickTokenizerFiles();
    if (files.length > 0) takeTokenizer(files);
  },
};

/** A tokenizer.json that was chosen or dropped, with what belongs to it. */
export function takeTokenizer(files: readonly File[]): void {
  takeTokenizerFiles(files);
  languageSetup.apply({ "data.tokenizer": "file" });
}
