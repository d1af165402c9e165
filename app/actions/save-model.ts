import { i18n } from "../i18n.ts";
import { formatBytes } from "../lib/format.ts";
import { notify } from "../lib/notify.ts";
import { chooseDestination, folderName } from "../lib/save-folder.ts";
import { modelFiles } from "../session/models.ts";
import { activeRun, hasModel, runsStore } from "../stores/runs.ts";
import { sessionStore, showNotice } from "../stores/session.ts";
import type { Action } from "./action.ts";

/** The run's model as a Hugging Face folder, where the person says. */
export const saveModel: Action = {
  label: "actions.saveModel",
  shortcut: "mod+S",
  isAvailable() {
    const run = activeRun(runsStore.getState());
    return run !== null && hasModel(run) && !sessionStore.getState().isSaving;
  },
  async perform() {
    const run = activeRun(runsStore.getState());
    if (!run) return;
    const name = folderName(`${run.config.title} step ${run.step}`);
    const destination = await chooseDestination(name);
    if (!destination) return;
    sessionStore.setState({ isSaving: true });
    try {
      const files = await modelFiles({ runId: run.runId });
      if (!files.ok) return showNotice(files.fault);
      await destination.write(files.value);
      const bytes = files.value.reduce((sum, { content }) => sum + content.size, 0);
      const count = files.value.length;
      notify(i18n.t("language:models.saved", { name, count, bytes: formatBytes(bytes) }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      showNotice({ code: "storage", message: i18n.t("faults:unwritableFolder", { name, reason }) });
    } finally {
      sessionStore.setState({ isSaving: false });
    }
  },
};
