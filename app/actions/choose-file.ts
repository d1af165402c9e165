import { pickTextFile } from "../lib/pick-files.ts";
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
    if (file) chooseFile(file);
  },
};
