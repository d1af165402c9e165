import { undoLast, undoStore } from "../stores/undo.ts";
import type { Action } from "./action.ts";

/** Takes back the newest thing that can be: a deleted run, a changed setting. Fields keep their own undo. */
export const undo: Action = {
  label: "actions.undo",
  shortcut: "mod+Z",
  isAvailable: () => undoStore.getState().done.length > 0,
  perform: () => undoLast(),
};
