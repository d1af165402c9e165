import { forgetPlan } from "../session/plans.ts";
import { startRun } from "../session/session.ts";
import { isRefused, planStore } from "../stores/plan.ts";
import { currentSetup } from "../stores/resolve-setup.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import { sessionStore } from "../stores/session.ts";
import { languageSetup, setupStore } from "../stores/setup.ts";
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
    !isRefused(planStore.getState()) &&
    (currentSetup()?.config ?? null) !== null,
  perform() {
    const { file, fileFault, modelId } = setupStore.getState();
    const setup = currentSetup();
    if (setup?.needsFile) return chooseTextFile.perform();
    if (!setup?.config || fileFault) return;
    const { config } = setup;
    languageSetup.settle();
    forgetPlan();
    return startRun({
      config,
      ...(config.data.dataset === "file" && file ? { file } : {}),
      ...(modelId === null ? {} : { modelId }),
    });
  },
};
