// Runs as files: one table of all their numbers, folders like those of `npm run headless`, or event files for TensorBoard.
// One run's history is in memory at a time; what it becomes is handed to the browser piece by piece.
import { stringify } from "yaml";
import { type Columns, seriesNames } from "../lib/columns.ts";
import { type SummedEntry, sumUp, zipFiles } from "../lib/zip.ts";
import { metricsCsvHeader, metricsCsvRows, metricsJsonl } from "./metric-files.ts";
import { eventFile, eventFileName } from "./tensorboard.ts";

/** What a run may be exported as. */
export type RunFileKind = "csv" | "jsonl" | "tensorboard";

export interface ExportedRun {
  readonly runId: string;
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly config: object;
  /** What summary.json says beside the config. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Where numbers and texts come from. Both throw where a run cannot be read. */
export interface RunSource {
  history(runId: string): Promise<Columns>;
  samples(runId: string): Promise<readonly object[]>;
}

export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/** Writes some runs as one file. `onProgress` counts the runs that are done. */
export async function exportRuns(
  kind: RunFileKind,
  runs: readonly ExportedRun[],
  source: RunSource,
  onProgress: (done: number) => void = () => {},
): Promise<ExportedFile> {
  const [only] = runs;
  const about = runs.length === 1 && only ? fileName(only.label) : `vitrine-${runs.length}-runs`;
  if (kind === "csv") {
    const { content } = await sumUp("metrics.csv", csvOf(runs, source, onProgress));
    return { name: `${about}-metrics.csv`, blob: new Blob([content], { type: "text/csv" }) };
  }
  const entries: SummedEntry[] = [];
  const folders = uniqueNames(runs.map(({ label }) => fileName(label)));
  for (const [index, run] of runs.entries()) {
    const folder = `${about}/${folders[index]}`;
    const history = await source.history(run.runId);
    if (kind === "tensorboard") {
      const path = `${folder}/${eventFileName(run.startedAt)}`;
      entries.push(await sumUp(path, eventFile(history, run.startedAt)));
    } else
      entries.push(
        await sumUp(`${folder}/metrics.jsonl`, metricsJsonl(history)),
        await sumUp(`${folder}/samples.jsonl`, linesOf(await source.samples(run.runId))),
        await sumUp(`${folder}/summary.json`, [summaryOf(run)]),
      );
    entries.push(await sumUp(`${folder}/config.yaml`, [stringify(run.config)]));
    onProgress(index + 1);
  }
  return {
    name: `${about}-${kind === "jsonl" ? "logs" : "tensorboard"}.zip`,
    blob: zipFiles(entries),
  };
}

/** Every run twice: first for the names of what was measured, which stand in the first line. */
async function* csvOf(
  runs: readonly ExportedRun[],
  source: RunSource,
  onProgress: (done: number) => void,
): AsyncGenerator<string> {
  const series = new Set<string>();
  for (const { runId } of runs)
    for (const name of seriesNames(await source.history(runId))) series.add(name);
  yield metricsCsvHeader([...series]);
  for (const [index, run] of runs.entries()) {
    yield* metricsCsvRows(run, await source.history(run.runId), [...series]);
    onProgress(index + 1);
  }
}

function* linesOf(lines: readonly object[]): Generator<string> {
  for (const line of lines) yield `${JSON.stringify(line)}\n`;
}

const summaryOf = ({ runId, label, config, facts }: ExportedRun): string =>
  `${JSON.stringify({ runId, label, ...facts, config }, null, 2)}\n`;

const MAX_NAME = 80;

/** A name that is safe for files on every system and still says what it is: "Nano, seed 2" -> "Nano-seed-2". */
export const fileName = (label: string): string =>
  label
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}._=]+/gu, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, MAX_NAME) || "run";

/** Each name once; also where a file system takes capitals for small letters. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${name}-${count}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
