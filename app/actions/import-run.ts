import { i18n } from "../i18n.ts";
import { notify } from "../lib/notify.ts";
import { type PickedFile, pickFolder } from "../lib/pick-files.ts";
import { readRunFolder, refreshArchive } from "../session/archive.ts";
import { archiveStore, tick, tickedIds } from "../stores/archive.ts";
import type { Action } from "./action.ts";
import { goToRuns } from "./go.ts";

/** Files of a headless run that are read; its checkpoints are not. */
const USEFUL: ReadonlySet<string> = new Set([
  "metrics.jsonl",
  "samples.jsonl",
  "summary.json",
  "run.json",
]);
const MAX_BYTES = 500_000_000;
const MOST_TICKED = 12;

/** Reads the folder of a headless run, or all of those in a folder. */
export const importRun: Action = {
  label: "actions.importRun",
  shortcut: null,
  isAvailable: () => true,
  async perform() {
    const folder = await pickFolder();
    if (folder) await takeRunFolders(folder.files);
  },
};

/** Whether what was dropped is a run rather than a text or a model. */
export const holdsRuns = (files: readonly File[]): boolean =>
  files.some(({ name }) => name === "metrics.jsonl");

/** Every folder with a metrics.jsonl becomes a run, and is ticked. */
export async function takeRunFolders(files: readonly PickedFile[]): Promise<void> {
  await i18n.loadNamespaces("runs");
  if (goToRuns.isAvailable()) goToRuns.perform();
  const folders = new Map<string, PickedFile[]>();
  for (const picked of files) {
    const cut = picked.path.lastIndexOf("/");
    if (!USEFUL.has(picked.path.slice(cut + 1))) continue;
    const folder = picked.path.slice(0, Math.max(0, cut));
    folders.set(folder, [...(folders.get(folder) ?? []), picked]);
  }
  const runs = [...folders.values()].filter((folder) =>
    folder.some(({ path }) => path.endsWith("metrics.jsonl")),
  );
  if (runs.length === 0) {
    archiveStore.setState({
      fault: {
        code: "bad-data",
        message: i18n.t("runs:import.none"),
        hint: i18n.t("runs:import.hint"),
      },
    });
    return;
  }
  const read: string[] = [];
  for (const folder of runs) {
    const runId = await readFolder(folder);
    if (runId !== null) read.push(runId);
  }
  if (read.length === 0) return;
  const { ticked, runs: known } = archiveStore.getState();
  await refreshArchive();
  // Of very many, as many as can be told apart.
  tick([...new Set([...tickedIds(ticked, known ?? []), ...read])].slice(0, MOST_TICKED));
  notify(i18n.t("runs:import.done", { count: read.length }));
}

async function readFolder(folder: readonly PickedFile[]): Promise<string | null> {
  const large = folder.find(({ file }) => file.size > MAX_BYTES);
  if (large) {
    archiveStore.setState({
      fault: { code: "bad-data", message: i18n.t("runs:import.large", { path: large.path }) },
    });
    return null;
  }
  try {
    return await readRunFolder({
      files: await Promise.all(
        folder.map(async ({ path, file }) => ({ path, bytes: await file.arrayBuffer() })),
      ),
      modifiedAt: Math.max(...folder.map(({ file }) => file.lastModified)),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    archiveStore.setState({
      fault: { code: "bad-data", message: i18n.t("faults:unreadableFile", { reason }) },
    });
    return null;
  }
}
