import { i18n } from "../i18n.ts";
import { notify } from "../lib/notify.ts";
import { type PickedFolder, pickFolder } from "../lib/pick-files.ts";
import { addFolder } from "../session/models.ts";
import { sessionStore } from "../stores/session.ts";
import type { Action } from "./action.ts";

export const loadModelFolder: Action = {
  label: "actions.loadModel",
  shortcut: null,
  isAvailable: () => sessionStore.getState().status === "open",
  async perform() {
    const folder = await pickFolder();
    if (folder) await keepModelFolder(folder);
  },
};

/** Keeps a chosen or dropped folder, and shows it where models are. */
export async function keepModelFolder({ name, files }: PickedFolder): Promise<void> {
  await i18n.loadNamespaces("models");
  const isThere = window.location.hash.startsWith("#/models");
  if (!isThere) window.location.hash = "#/models";
  const model = await addFolder(
    name,
    files.map(({ path, file }) => ({ path, content: file })),
  );
  if (!model) return;
  window.location.hash = `#/models?model=${encodeURIComponent(model.modelId)}`;
  notify(i18n.t("models:added", { name: model.name }));
}
