import { pickTextFile } from "../lib/pick-files.ts";
import { inspectFile } from "../session/texts.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import { chooseFile } from "../stores/setup.ts";
import type { Action } from "./action.ts";

/** Opens the file dialog and trains on what is chosen there. */
export const chooseTextFile: Action = {
  label: "actions.chooseFile",
  shortcut: null,
  isAvailable: () => activeRun(runsStore.getState()) === null,
  async perform() {
    const file = await pickTextFile();
    if (file) takeTextFile(file);
  },
};

/** A file that was chosen or dropped becomes the text, and is looked at. */
export function takeTextFile(file: File): void {
  chooseFile(file);
  void inspectFile(file);
}
