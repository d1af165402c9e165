// The runs that are kept, as things to compare: listed with what was measured, renamed, tagged, thrown away and taken
// out of the bin again, and read in from the folders of headless runs. It trains nothing and needs no device.
import { FaultError } from "../../kernels/core/fault.ts";
import type {
  ImportedFolder,
  KeptRun,
  KeptRuns,
  RunNoteChanges,
  StoredSample,
} from "../api/archive.ts";
import type { MetricBatch, RunSummary } from "../api/runs.ts";
import {
  type MetricLine,
  type RunFolderFiles,
  readMetricLines,
  readRunFacts,
  readSampleLines,
} from "../interop/run-folder.ts";
import type { LogName, RunRecord, RunStore } from "../storage/run-store.ts";
import { batchOfLog, type LoggedStep } from "./metric-log.ts";
import type { RunLocks } from "./run-locks.ts";

/** Begins the ids of runs that were read in: there is nothing of them to continue. */
const IMPORTED = "import-";
/** How long a run stays in the bin at least: whoever threw it away, here or in another tab, may want it back. */
const BIN_MS = 60_000;
/** Lines that are kept with one call. */
const LINES = 1_000;

const MAX_NAME = 200;
const MAX_TAGS = 50;
const MAX_TAG = 60;
const MAX_NOTES = 50_000;

export class RunArchive {
  /** Summaries that had to be read out of a log, by run and the time it was last saved. */
  readonly #summaries = new Map<string, { savedAt: number; summary: RunSummary }>();
  #isSwept = false;

  constructor(
    private readonly store: RunStore,
    private readonly locks: RunLocks,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
  ) {}

  /** Newest first, without those in the bin. The first call empties it of what has lain there long enough. */
  async list(): Promise<KeptRuns> {
    const { records, unreadable } = await this.store.listRuns();
    await this.#sweep(records);
    const kept = records.filter(({ deletedAt }) => deletedAt === null);
    const elsewhere = await this.locks.elsewhere();
    const runs: KeptRun[] = [];
    for (const record of kept.sort((one, other) => other.createdAt - one.createdAt))
      runs.push(await this.#entryOf(record, elsewhere.has(record.runId)));
    return { runs, unreadable };
  }

  /** Everything that the run has logged. @throws FaultError `run-gone` where there is no such run. */
  async history(runId: string): Promise<MetricBatch> {
    return batchOfLog((await this.#logOf(runId, "metrics")) as LoggedStep[]);
  }

  /** What the run has written, oldest first. @throws FaultError `run-gone`. */
  async samples(runId: string): Promise<readonly StoredSample[]> {
    return (await this.#logOf(runId, "samples")) as StoredSample[];
  }

  /** @throws FaultError `bad-config` for what is too long, `run-gone` where there is no such run. */
  async edit(runId: string, { name, tags, notes }: RunNoteChanges): Promise<void> {
    const change = {
      ...(name === undefined ? {} : { name: nameOf(name) }),
      ...(tags === undefined ? {} : { tags: tagsOf(tags) }),
      ...(notes === undefined ? {} : { notes: limited(notes, MAX_NOTES, "A note") }),
    };
    await this.store.editRun(runId, change);
  }

  /** Into the bin: not listed any more, and not gone yet. */
  async bin(runId: string): Promise<void> {
    await this.store.editRun(runId, { deletedAt: this.now() });
  }

  /** Out of the bin again. @throws FaultError `run-gone` where it is too late. */
  async restore(runId: string): Promise<void> {
    await this.store.editRun(runId, { deletedAt: null });
  }

  /** Of these, what is in the bin now: a run that was taken out of it is not. */
  async binned(runIds: readonly string[]): Promise<readonly string[]> {
    const { records } = await this.store.listRuns();
    const inBin = new Set(
      records.filter(({ deletedAt }) => deletedAt !== null).map((record) => record.runId),
    );
    return runIds.filter((runId) => inBin.has(runId));
  }

  /** Deletes for good. */
  async remove(runId: string): Promise<void> {
    await this.store.deleteRun(runId);
  }

  /**
   * Keeps a headless run's folder as a run to look at. The same folder again is the same run.
   *
   * @throws FaultError `bad-data` where a file is not what it must be; then nothing is kept.
   */
  async read({ files, modifiedAt }: ImportedFolder): Promise<string> {
    const found = filesOf(files);
    const facts = readRunFacts(found);
    const summary = this.#check(found, facts.parameters);
    const runId = IMPORTED + (await digestOf(found));
    if (await this.#isKept(runId)) return runId;
    // What a reading that was cut short may have left.
    await this.store.deleteRun(runId);
    await this.#keep(runId, "metrics", readMetricLines(found.metrics));
    if (found.samples) await this.#keep(runId, "samples", readSampleLines(found.samples));
    await this.store.recordRun({
      runId,
      title: facts.config.title,
      config: facts.config,
      phase: facts.phase ?? "stopped",
      step: 0,
      savedAt: facts.createdAt ?? modifiedAt,
      device: facts.device ?? "",
      variants: {},
      dataHash: null,
      summary,
    });
    return runId;
  }

  /** Takes the run out of the bin, if it lay there; false where there is no such run. */
  async #isKept(runId: string): Promise<boolean> {
    try {
      await this.restore(runId);
      return true;
    } catch (error) {
      if (error instanceof FaultError && error.code === "run-gone") return false;
      throw error;
    }
  }

  /** Reads every line once, so that nothing is kept of a folder that is not whole. */
  #check(files: RunFolderFiles, parameters: number | null): RunSummary {
    if (files.samples) for (const _ of readSampleLines(files.samples));
    return summaryOf(readMetricLines(files.metrics), parameters);
  }

  async #keep(runId: string, log: LogName, lines: Iterable<object>): Promise<void> {
    let batch: object[] = [];
    for (const line of lines) {
      batch.push(line);
      if (batch.length < LINES) continue;
      await this.store.appendLog(runId, log, batch);
      batch = [];
    }
    await this.store.appendLog(runId, log, batch);
  }

  async #logOf(runId: string, log: LogName): Promise<readonly object[]> {
    const lines = await this.store.readLog(runId, log);
    if (lines.length > 0) return lines;
    const { records } = await this.store.listRuns();
    if (records.some((record) => record.runId === runId)) return lines;
    throw new FaultError(
      "run-gone",
      "The run must still be kept; it has been deleted, here or in another tab.",
      "Reload the list of runs.",
    );
  }

  async #entryOf(record: RunRecord, isElsewhere: boolean): Promise<KeptRun> {
    const { runId, title, config, phase, step, savedAt, createdAt, device, variants } = record;
    const { dataHash, name, tags, notes } = record;
    const isImported = runId.startsWith(IMPORTED);
    return {
      runId,
      title,
      config,
      phase,
      step,
      savedAt,
      createdAt,
      device,
      variants,
      dataHash,
      name,
      tags,
      notes,
      summary: await this.#summaryOf(record),
      isElsewhere,
      canContinue: !isImported && !isElsewhere && step > 0 && phase !== "done",
      isImported,
    };
  }

  /** Records of older versions, and of runs that were killed early, have none: their logs know. */
  async #summaryOf({ runId, savedAt, summary }: RunRecord): Promise<RunSummary> {
    if (summary.trainLoss !== null && summary.step !== undefined) return summary;
    const known = this.#summaries.get(runId);
    if (known?.savedAt === savedAt) return known.summary;
    const lines = (await this.store.readLog(runId, "metrics")) as MetricLine[];
    const read = { ...summaryOf(lines, summary.parameters) };
    this.#summaries.set(runId, { savedAt, summary: read });
    return read;
  }

  async #sweep(records: readonly RunRecord[]): Promise<void> {
    if (this.#isSwept) return;
    this.#isSwept = true;
    for (const { runId, deletedAt } of records)
      if (deletedAt !== null && this.now() - deletedAt > BIN_MS)
        // What cannot be removed now is tried again at the next start.
        await this.store.deleteRun(runId).catch(() => {});
  }
}

/** The few numbers that a log comes to. */
export function summaryOf(lines: Iterable<MetricLine>, parameters: number | null): RunSummary {
  let last: MetricLine | null = null;
  let trainLoss: number | null = null;
  let bestValidationLoss: number | null = null;
  let bestBitsPerByte: number | null = null;
  for (const line of lines) {
    last = line;
    trainLoss = line["train/loss"] ?? trainLoss;
    const loss = line["val/loss"];
    if (typeof loss !== "number" || (bestValidationLoss !== null && loss >= bestValidationLoss))
      continue;
    bestValidationLoss = loss;
    bestBitsPerByte = line["val/bits_per_byte"] ?? null;
  }
  return {
    step: last?.step ?? 0,
    trainLoss,
    bestValidationLoss,
    bestBitsPerByte,
    seconds: last?.seconds ?? 0,
    tokens: last?.tokens ?? 0,
    parameters,
  };
}

/** The files that count, wherever in the folder they lie; the metrics must be there. */
function filesOf(files: ImportedFolder["files"]): RunFolderFiles {
  const named = (name: string): Uint8Array | undefined => {
    const found = files.find(({ path }) => path === name || path.endsWith(`/${name}`));
    return found ? new Uint8Array(found.bytes) : undefined;
  };
  const metrics = named("metrics.jsonl");
  if (!metrics)
    throw new FaultError(
      "bad-data",
      `A run's folder must hold metrics.jsonl; this one holds ${
        files
          .map(({ path }) => path)
          .join(", ")
          .slice(0, 200) || "nothing of use"
      }.`,
      "Choose a folder that `npm run headless -- CONFIG --out DIR` wrote.",
    );
  const samples = named("samples.jsonl");
  const summary = named("summary.json");
  const record = named("run.json");
  return {
    metrics,
    ...(samples ? { samples } : {}),
    ...(summary ? { summary } : {}),
    ...(record ? { record } : {}),
  };
}

/** 16 hexadecimal digits that stand for what the files hold. */
async function digestOf(files: RunFolderFiles): Promise<string> {
  const digests: number[] = [];
  for (const bytes of [files.metrics, files.samples, files.summary ?? files.record])
    if (bytes)
      digests.push(
        ...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)),
      );
  const whole = await crypto.subtle.digest("SHA-256", Uint8Array.from(digests));
  return [...new Uint8Array(whole, 0, 8)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function nameOf(name: string | null): string | null {
  const trimmed = limited(name ?? "", MAX_NAME, "A name").trim();
  return trimmed === "" ? null : trimmed;
}

/** Each once, in the order given. */
function tagsOf(tags: readonly string[]): string[] {
  const trimmed = tags.map((tag) => limited(tag, MAX_TAG, "A tag").trim()).filter(Boolean);
  const once = [...new Set(trimmed)];
  if (once.length > MAX_TAGS)
    throw new FaultError(
      "bad-config",
      `A run must have at most ${MAX_TAGS} tags; these are ${once.length}.`,
      "Leave some out.",
    );
  return once;
}

function limited(text: string, most: number, what: string): string {
  if (text.length > most)
    throw new FaultError(
      "bad-config",
      `${what} must have at most ${most} letters; this one has ${text.length}.`,
      "Make it shorter.",
    );
  return text;
}
