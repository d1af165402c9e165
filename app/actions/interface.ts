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
