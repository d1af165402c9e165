import type { ExportedRun, RunFileKind } from "../exports/export-runs.ts";
import { i18n } from "../i18n.ts";
import { formatBytes } from "../lib/format.ts";
import { notify } from "../lib/notify.ts";
import { ArchiveError, archiveSource, refreshArchive } from "../session/archive.ts";
import { archiveStore } from "../stores/archive.ts";
import type { RunRow } from "../stores/run-rows.ts";
import type { Action } from "./action.ts";

/** Writes runs into one file among the downloads. */
export async function exportRows(kind: RunFileKind, rows: readonly RunRow[]): Promise<void> {
  if (rows.length === 0 || archiveStore.getState().isExporting) return;
  archiveStore.setState({ isExporting: true });
  try {
    const [{ exportRuns }, { saveBlob }] = await Promise.all([
      import("../exports/export-runs.ts"),
      import("../lib/save-blob.ts"),
      i18n.loadNamespaces("runs"),
    ]);
    const { name, blob } = await exportRuns(kind, rows.map(exported), archiveSource);
    saveBlob(name, blob);
    notify(i18n.t("runs:export.done", { name, bytes: formatBytes(blob.size) }));
  } catch (error) {
    const fault =
      error instanceof ArchiveError
        ? error.fault
        : {
            code: "storage" as const,
            message: error instanceof Error ? error.message : String(error),
          };
    archiveStore.setState({ fault });
  } finally {
    archiveStore.setState({ isExporting: false });
  }
}

/** What is said of a run beside its numbers. */
function exported(row: RunRow): ExportedRun {
  const { runId, label, createdAt, config, status, steps, device, parameters, name, tags, notes } =
    row;
  return {
    runId,
    label: label.text,
    startedAt: createdAt,
    config,
    facts: {
      phase: status,
      step: steps,
      "train/loss": row.trainLoss,
      "val/loss": row.valLoss,
      seconds: row.seconds,
      device,
      ready: { parameters },
      name,
      tags,
      notes,
    },
  };
}

/** Every run there is, whatever is ticked or filtered. */
const exportAll = (kind: RunFileKind, label: Action["label"]): Action => ({
  label,
  shortcut: null,
  isAvailable: () => archiveStore.getState().runs?.length !== 0,
  async perform() {
    await refreshArchive();
    const { currentRows } = await import("../stores/run-rows.ts");
    await exportRows(kind, currentRows());
  },
});

export const exportAllAsCsv = exportAll("csv", "actions.exportAllCsv");
export const exportAllAsJsonl = exportAll("jsonl", "actions.exportAllJsonl");
export const exportAllAsTensorBoard = exportAll("tensorboard", "actions.exportAllTensorBoard");
