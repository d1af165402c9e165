import { startRun } from "../session/session.ts";
import { resolveSetup } from "../stores/resolve-setup.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import { sessionStore } from "../stores/session.ts";
import { setupStore } from "../stores/setup.ts";
import type { Action } from "./action.ts";
import { chooseTextFile } from "./choose-file.ts";

/** Starts what the form says; asks for the file first where the text is to come from one. */
export const train: Action = {
  label: "actions.train",
  shortcut: "mod+Enter",
  isAvailable: () =>
    activeRun(runsStore.getState()) === null &&
    !sessionStore.getState().isStarting &&
    sessionStore.getState().deviceFault === null &&
    setupStore.getState().fileFault === null &&
    resolveSetup(setupStore.getState()).config !== null,
  perform() {
    const setup = setupStore.getState();
    const { config, needsFile } = resolveSetup(setup);
    if (needsFile) return chooseTextFile.perform();
    if (!config || setup.fileFault) return;
    return startRun({
      config,
      ...(config.data.dataset === "file" && setup.file ? { file: setup.file } : {}),
      ...(setup.modelId === null ? {} : { modelId: setup.modelId }),
    });
  },
};
