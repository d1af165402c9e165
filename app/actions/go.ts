import type { Action } from "./action.ts";

/** Opens a page by its address. Its own state, if any, is in that address or in the stores. */
const goTo = (label: Action["label"], shortcut: string, path: string): Action => ({
  label,
  shortcut,
  isAvailable: () => window.location.hash.split("?")[0] !== path,
  perform() {
    window.location.hash = path;
  },
});

export const goToLanguage = goTo("actions.goToLanguage", "1", "#/");
export const goToRuns = goTo("actions.goToRuns", "2", "#/runs");
export const goToModels = goTo("actions.goToModels", "3", "#/models");
export const goToDevice = goTo("actions.goToDevice", "4", "#/device");
