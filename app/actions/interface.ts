import { chooseLanguage, i18n } from "../i18n.ts";
import { appearanceStore, type ColourScheme } from "../stores/appearance.ts";
import { openPanel } from "../stores/panels.ts";
import type { Action } from "./action.ts";

/** The page's own panels. */
export const openPalette: Action = {
  label: "actions.openPalette",
  shortcut: "mod+K",
  isAvailable: () => true,
  perform: () => openPanel("palette"),
};

export const openShortcuts: Action = {
  label: "actions.openShortcuts",
  shortcut: "shift+?",
  isAvailable: () => true,
  perform: () => openPanel("shortcuts"),
};

/** Named in the language it leads to, so that it is found by who needs it. */
export const switchLanguage: Action = {
  label: "actions.switchLanguage",
  shortcut: null,
  isAvailable: () => true,
  perform: () => chooseLanguage(i18n.resolvedLanguage === "zh" ? "en" : "zh"),
};

const colours = (label: Action["label"], scheme: ColourScheme): Action => ({
  label,
  shortcut: null,
  isAvailable: () => appearanceStore.getState().scheme !== scheme,
  perform: () => appearanceStore.setState({ scheme }),
});

export const chooseLight = colours("actions.light", "light");
export const chooseDark = colours("actions.dark", "dark");
export const chooseSystemColours = colours("actions.systemColours", "auto");
