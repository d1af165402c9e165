import { binRuns } from "../session/archive.ts";
import { archiveStore, tickedIds } from "../stores/archive.ts";
import type { Action } from "./action.ts";

const isOpen = (): boolean => window.location.hash.split("?")[0] === "#/runs";

/** Id of the field that filters the table of runs. */
export const FILTER_ID = "runs-filter";

export const filterRuns: Action = {
  label: "actions.filterRuns",
  shortcut: "/",
  isAvailable: () => isOpen() && document.getElementById(FILTER_ID) !== null,
  perform: () => document.getElementById(FILTER_ID)?.focus(),
};

/** Into the bin with what a person has ticked; what was ticked for them at first stays. */
export const deleteTickedRuns: Action = {
  label: "actions.deleteTicked",
  shortcut: "Delete",
  isAvailable: () => isOpen() && (archiveStore.getState().ticked?.length ?? 0) > 0,
  async perform() {
    const { ticked, runs } = archiveStore.getState();
    const { currentRows } = await import("../stores/run-rows.ts");
    const ids = new Set(tickedIds(ticked, runs ?? []));
    const rows = currentRows().filter(({ runId }) => ids.has(runId));
    await binRuns(rows.map(({ runId, label }) => ({ runId, label: label.text })));
  },
};
