import type { LanguageConfig } from "../../configs/schema/language.ts";
import { forgetPlan } from "../session/plans.ts";
import { type StartRequest, startRun } from "../session/session.ts";
import { prepareText } from "../session/texts.ts";
import { modelById, modelsStore } from "../stores/models.ts";
import { isRefused, planStore } from "../stores/plan.ts";
import { currentSetup } from "../stores/resolve-setup.ts";
import { activeRun, runsStore } from "../stores/runs.ts";
import { sessionStore } from "../stores/session.ts";
import { languageSetup, rememberHash, setupStore } from "../stores/setup.ts";
import { wantedText, withText } from "../stores/text-want.ts";
import { textsStore } from "../stores/texts.ts";
import type { Action } from "./action.ts";
import { chooseTextFile } from "./choose-file.ts";
import { chooseTokenizer } from "./choose-tokenizer.ts";

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
    const { fileFault } = setupStore.getState();
    const setup = currentSetup();
    if (setup?.needsFile) return chooseTextFile.perform();
    if (setup?.needsTokenizer) return chooseTokenizer.perform();
    if (!setup?.config || fileFault) return;
    const { config } = setup;
    return startRun(() => requestFor(config));
  },
};

/** What to start, once its text is prepared; null where that was cancelled or failed. */
async function requestFor(config: LanguageConfig): Promise<StartRequest | null> {
  const { file, modelId } = setupStore.getState();
  const model = modelById(modelId)(modelsStore.getState());
  const start = modelId === null ? {} : { modelId };
  const { tokenizerFiles } = textsStore.getState();
  let request: StartRequest = { config, ...start };
  if (config.data.dataset === "file" && model?.hasTokenizer)
    // Its tokens are the model's own, which only the compute worker knows.
    request = { config, ...start, ...(file ? { file } : {}) };
  else if (config.data.dataset === "file") {
    const { want, ready } = wantedText(config);
    const summary = ready ?? (want && (await prepareText(want)));
    if (!summary) return null;
    rememberHash(summary.source.hash);
    const { datasetId } = summary;
    request = { config: withText(config, summary), ...start, datasetId };
  } else if (config.data.tokenizer === "file")
    request = { config, ...start, tokenizer: tokenizerFiles };
  languageSetup.settle();
  forgetPlan();
  return request;
}
