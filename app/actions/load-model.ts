import { i18n } from "../i18n.ts";
import { notify } from "../lib/notify.ts";
import { type PickedFolder, pickFolder } from "../lib/pick-files.ts";
import { loadModel } from "../session/session.ts";
import { sessionStore, showNotice } from "../stores/session.ts";
import type { Action } from "./action.ts";

/** What a model folder may hold that is of use; anything else in it is left unread. */
const USEFUL = /\.(json|safetensors|txt|model|jinja)$/;

export const loadModelFolder: Action = {
  label: "actions.loadModel",
  shortcut: null,
  isAvailable: () => sessionStore.getState().status === "open",
  async perform() {
    const folder = await pickFolder();
    if (folder) await readModelFolder(folder);
  },
};

/** Reads a chosen or dropped folder into the worker. */
export async function readModelFolder({ name, files }: PickedFolder): Promise<void> {
  try {
    const useful = files.filter(({ path }) => !path.includes("/") && USEFUL.test(path));
    const read = await Promise.all(
      useful.map(async ({ path, file }) => ({ path, bytes: await file.arrayBuffer() })),
    );
    const model = await loadModel(name, read);
    if (model) notify(i18n.t("language:models.loaded", { name: model.name }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    showNotice({ code: "bad-model", message: i18n.t("faults:unreadableFile", { reason }) });
  }
}
