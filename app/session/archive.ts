// What a person can do with kept runs, as functions: each makes calls to the worker and writes the outcome into the
// archive's store.
import type { ImportedFolder, KeptRun, RunNoteChanges } from "../../workers/api/archive.ts";
import type { Fault, Outcome } from "../../workers/api/outcome.ts";
import { i18n } from "../i18n.ts";
import { appendColumns, type Columns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { notifyUndo } from "../notify-undo.tsx";
import { archiveStore } from "../stores/archive.ts";
import { dropMetrics } from "../stores/metrics.ts";
import { forgetRun } from "../stores/runs.ts";
import { callStudio } from "./session.ts";
import type { StudioLink } from "./studio-link.ts";

/** Makes one call; a failure becomes the archive's fault, and null the result. */
async function perform<T>(work: (link: StudioLink) => Promise<Outcome<T>>): Promise<T | null> {
  const outcome = await callStudio(work);
  if (outcome.ok) return outcome.value;
  archiveStore.setState({ fault: outcome.fault });
  return null;
}

/** Lists the kept runs anew. */
export async function refreshArchive(): Promise<void> {
  const kept = await perform((link) => link.archive.list());
  archiveStore.setState(
    kept ? { runs: kept.runs, unreadable: kept.unreadable } : ({ runs }) => ({ runs: runs ?? [] }),
  );
}

/** Fetches of the same thing that are under way. */
const fetching = new Map<string, Promise<unknown>>();

function once<T>(key: string, work: () => Promise<T>): Promise<T> {
  const known = fetching.get(key) as Promise<T> | undefined;
  if (known) return known;
  const fetched = work().finally(() => fetching.delete(key));
  fetching.set(key, fetched);
  return fetched;
}

/** Fetches histories that are not there yet. */
export async function fetchHistories(runIds: readonly string[]): Promise<void> {
  await Promise.all(
    runIds.map((runId) =>
      once(`history ${runId}`, async () => {
        if (archiveStore.getState().histories[runId]) return;
        const batch = await perform((link) => link.archive.history(runId));
        // A run that cannot be read has nothing to draw; the fault says why, once.
        const columns = batch ? appendColumns(EMPTY_COLUMNS, batch) : EMPTY_COLUMNS;
        archiveStore.setState(({ histories }) => ({
          histories: { ...histories, [runId]: columns },
        }));
      }),
    ),
  );
}

/** What changed in the worker's log since: the next look fetches it again. */
export function forgetHistory(runId: string): void {
  archiveStore.setState(
    ({ histories: { [runId]: _, ...histories }, samples: { [runId]: __, ...samples } }) => ({
      histories,
      samples,
    }),
  );
}

export async function fetchSamples(runIds: readonly string[]): Promise<void> {
  await Promise.all(
    runIds.map((runId) =>
      once(`samples ${runId}`, async () => {
        if (archiveStore.getState().samples[runId]) return;
        const found = (await perform((link) => link.archive.samples(runId))) ?? [];
        archiveStore.setState(({ samples }) => ({ samples: { ...samples, [runId]: found } }));
      }),
    ),
  );
}

/** What a person says of a run: shown at once, and taken back where the worker refuses. */
export async function editRun(runId: string, changes: RunNoteChanges): Promise<void> {
  const change = (apply: (run: KeptRun) => KeptRun) =>
    archiveStore.setState(({ runs }) => ({
      runs: runs?.map((run) => (run.runId === runId ? apply(run) : run)) ?? null,
    }));
  change((run) => ({ ...run, ...changes }));
  await perform((link) => link.archive.edit(runId, changes));
  await refreshArchive();
}

/** Throws runs away, with the way back for a while: offered at once, whatever the worker has yet to do. */
export async function binRuns(
  runs: readonly { readonly runId: string; readonly label: string }[],
): Promise<void> {
  const ids = runs.map(({ runId }) => runId);
  archiveStore.setState((state) => ({
    runs: state.runs?.filter(({ runId }) => !ids.includes(runId)) ?? null,
    ...(state.openId !== null && ids.includes(state.openId) ? { openId: null } : {}),
  }));
  const binned = binAll(ids);
  const [only] = runs;
  notifyUndo(
    {
      label:
        runs.length === 1 && only
          ? i18n.t("runs:deleted.one", { label: only.label })
          : i18n.t("runs:deleted.several", { count: runs.length }),
      async undo() {
        await binned;
        for (const runId of ids) await perform((link) => link.archive.restore(runId));
        await refreshArchive();
      },
    },
    () => void binned.then(() => perform((link) => link.archive.purge(ids))),
  );
  await binned;
}

async function binAll(runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) {
    await perform((link) => link.archive.bin(runId));
    // It has left the worker, with its weights; if it is wanted back, it goes on from its checkpoint.
    forgetRun(runId);
    dropMetrics(runId);
  }
  await refreshArchive();
}

/** Reads the folder of a headless run; the id of the run it became, or null after a fault. List the runs afterwards. */
export async function readRunFolder(folder: ImportedFolder): Promise<string | null> {
  const read = await perform((link) => link.archive.read(folder));
  return read?.runId ?? null;
}

/** For exports: a run's numbers and texts as they are kept now. @throws Error with the fault's words. */
export const archiveSource = {
  async history(runId: string): Promise<Columns> {
    const outcome = await callStudio((link) => link.archive.history(runId));
    if (!outcome.ok) throw new ArchiveError(outcome.fault);
    return appendColumns(EMPTY_COLUMNS, outcome.value);
  },
  async samples(runId: string): Promise<readonly object[]> {
    const outcome = await callStudio((link) => link.archive.samples(runId));
    if (!outcome.ok) throw new ArchiveError(outcome.fault);
    return outcome.value;
  },
};

/** A fault on its way up to whoever shows it. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}
