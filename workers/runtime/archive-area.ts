import type {
  ArchiveApi,
  ImportedFolder,
  KeptRuns,
  RunNoteChanges,
  StoredSample,
} from "../api/archive.ts";
import type { Outcome } from "../api/outcome.ts";
import type { MetricBatch } from "../api/runs.ts";
import type { StudioHost } from "./host.ts";
import type { RunArchive } from "./run-archive.ts";

/** The runs that are kept, for the page that compares them. */
export class ArchiveArea implements ArchiveApi {
  constructor(
    private readonly host: StudioHost,
    private readonly archive: RunArchive,
    /** Does something while no tab can train the run; one of this tab is stopped first. @throws FaultError `run-elsewhere`. */
    private readonly atRest: (runId: string, work: () => Promise<void>) => Promise<void>,
  ) {}

  list(): Promise<Outcome<KeptRuns>> {
    return this.host.outcome(() => this.archive.list());
  }

  history(runId: string): Promise<Outcome<MetricBatch>> {
    return this.host.outcome(async () => {
      const batch = await this.archive.history(runId);
      const { step, tokens, seconds, series } = batch;
      const columns = [step, tokens, seconds, ...Object.values(series)];
      return this.host.transfer(
        batch,
        columns.map(({ buffer }) => buffer as ArrayBuffer),
      );
    });
  }

  samples(runId: string): Promise<Outcome<readonly StoredSample[]>> {
    return this.host.outcome(() => this.archive.samples(runId));
  }

  edit(runId: string, changes: RunNoteChanges): Promise<Outcome<null>> {
    return this.#done(() => this.archive.edit(runId, changes));
  }

  bin(runId: string): Promise<Outcome<null>> {
    return this.#done(() => this.atRest(runId, () => this.archive.bin(runId)));
  }

  restore(runId: string): Promise<Outcome<null>> {
    return this.#done(() => this.archive.restore(runId));
  }

  purge(runIds: readonly string[]): Promise<Outcome<null>> {
    return this.#done(async () => {
      for (const runId of await this.archive.binned(runIds))
        await this.atRest(runId, () => this.archive.remove(runId));
    });
  }

  read(folder: ImportedFolder): Promise<Outcome<{ runId: string }>> {
    return this.host.outcome(async () => ({ runId: await this.archive.read(folder) }));
  }

  #done(work: () => Promise<void>): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      await work();
      return null;
    });
  }
}
