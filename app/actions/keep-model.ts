import { i18n } from "../i18n.ts";
import { notify } from "../lib/notify.ts";
import { keepModel } from "../session/models.ts";
import { activeRun, hasModel, runsStore, updateRun } from "../stores/runs.ts";
import { sessionStore } from "../stores/session.ts";
import type { Action } from "./action.ts";

/** Keeps the run's model as it is now, among the models of this browser. */
export const keepRunModel: Action = {
  label: "actions.keepModel",
  shortcut: null,
  isAvailable() {
    const run = activeRun(runsStore.getState());
    if (run === null || !hasModel(run) || sessionStore.getState().isSaving) return false;
    return run.kept?.step !== run.step;
  },
  async perform() {
    const run = activeRun(runsStore.getState());
    if (!run) return;
    sessionStore.setState({ isSaving: true });
    const model = await keepModel(run.runId, run.config.title);
    sessionStore.setState({ isSaving: false });
    if (!model) return;
    const { modelId, source } = model;
    const step = source.kind === "run" ? source.step : run.step;
    updateRun(run.runId, (old) => ({ ...old, kept: { modelId, step } }));
    notify(i18n.t("language:models.kept", { name: model.name }));
  },
};
