// A run as `npm run headless` leaves it in a folder: metrics.jsonl (an object per logged step), samples.jsonl, and its
// settings in summary.json or run.json. What is read here came from outside: everything is checked, line by line,
// before anything is made of it, and no line makes more than itself.
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError } from "../../kernels/core/fault.ts";

/** Files of the folder by their names; the rest of it (checkpoints) is not looked at. */
export interface RunFolderFiles {
  readonly metrics: Uint8Array;
  readonly samples?: Uint8Array;
  /** summary.json, written when a headless run ends; run.json, written with each checkpoint. */
  readonly summary?: Uint8Array;
  readonly record?: Uint8Array;
}

/** A line of metrics.jsonl: its three axes, and the series by name. */
export interface MetricLine {
  readonly step: number;
  readonly tokens: number;
  readonly seconds: number;
  /** null where the number was not finite. */
  readonly [series: string]: number | null;
}

export interface SampleLine {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  readonly temperature: number;
  readonly requested: boolean;
}

/** What the folder says of the run as a whole; null where it says nothing usable. */
export interface RunFolderFacts {
  readonly config: LanguageConfig;
  readonly phase: "done" | "stopped" | "failed" | null;
  readonly device: string | null;
  readonly parameters: number | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number | null;
}

const MAX_LINE_BYTES = 4_000_000;
const MAX_SERIES = 1_000;
const MAX_NAME = 200;
const MAX_FACTS_BYTES = 4_000_000;
const MAX_STEP = 0xffffffff;

const bad = (message: string, hint: string): FaultError =>
  new FaultError("bad-data", message, hint);

const WRITE_HINT = "Drop the folder that `npm run headless -- CONFIG --out DIR` wrote, as it is.";

/**
 * The settings and the facts of the run.
 *
 * @throws FaultError `bad-data` where neither summary.json nor run.json holds valid settings.
 */
export function readRunFacts(files: RunFolderFiles): RunFolderFacts {
  const summary = readObject(files.summary, "summary.json");
  const record = readObject(files.record, "run.json");
  const given = summary?.config ?? record?.config;
  if (given === undefined)
    throw bad(
      "A run's folder must say its settings; there is no config in summary.json or run.json.",
      WRITE_HINT,
    );
  const parsed = parseLanguageConfig(given);
  if (!parsed.ok) {
    const [issue] = parsed.issues;
    throw bad(
      `The settings of the run must be valid; ${issue ? `${issue.path}: ${issue.message}` : "they are not"}.`,
      "It may be of another version of Vitrine; correct the field in summary.json, or leave it out.",
    );
  }
  const ready = isObject(summary?.ready) ? summary.ready : null;
  return {
    config: parsed.config,
    phase: phaseOf(summary?.phase) ?? phaseOf(record?.phase),
    device: textOf(summary?.device) ?? textOf(record?.device),
    parameters: countOf(ready?.parameters),
    createdAt: countOf(record?.createdAt) ?? countOf(record?.savedAt),
  };
}

/**
 * The lines of metrics.jsonl, one after the other. Go through them once for their faults before anything is kept.
 *
 * @throws FaultError `bad-data`, naming the line: not JSON, not an object of numbers, a step that does not rise, too
 *   many names or too long a line.
 */
export function* readMetricLines(bytes: Uint8Array): Generator<MetricLine> {
  const names = new Set<string>();
  let last = -1;
  for (const { value, number } of jsonLines(bytes, "metrics.jsonl")) {
    const at = `Line ${number} of metrics.jsonl`;
    for (const [name, given] of Object.entries(value)) {
      if (given !== null && typeof given !== "number")
        throw bad(`${at} must hold numbers; ${shown(name)} is ${kindOf(given)}.`, WRITE_HINT);
      if (names.has(name)) continue;
      if (name.length > MAX_NAME || name === "" || name === "__proto__")
        throw bad(
          `${at} must name its series in 1 to ${MAX_NAME} letters; one is ${shown(name)}.`,
          WRITE_HINT,
        );
      if (names.size >= MAX_SERIES)
        throw bad(
          `metrics.jsonl must have at most ${MAX_SERIES} series; ${at} has another.`,
          WRITE_HINT,
        );
      names.add(name);
    }
    const { step, tokens, seconds } = value as Record<string, unknown>;
    if (!Number.isSafeInteger(step) || (step as number) < 0 || (step as number) > MAX_STEP)
      throw bad(`${at} must have a step, a whole number; it has ${shown(step)}.`, WRITE_HINT);
    if ((step as number) <= last)
      throw bad(
        `Steps must rise; ${at} has step ${step} after step ${last}.`,
        "Two logs in one file? Keep the lines of one run.",
      );
    last = step as number;
    for (const [name, given] of Object.entries({ tokens, seconds }))
      if (typeof given !== "number" || given < 0)
        throw bad(`${at} must have ${name}, a number; it has ${shown(given)}.`, WRITE_HINT);
    yield value as unknown as MetricLine;
  }
  if (last < 0) throw bad("metrics.jsonl must hold logged steps; it holds none.", WRITE_HINT);
}

/** The lines of samples.jsonl. @throws FaultError `bad-data`, naming the line. */
export function* readSampleLines(bytes: Uint8Array): Generator<SampleLine> {
  for (const { value, number } of jsonLines(bytes, "samples.jsonl")) {
    const { step, prompt, text, temperature, requested } = value as Record<string, unknown>;
    const isSample =
      Number.isSafeInteger(step) &&
      (step as number) >= 0 &&
      (step as number) <= MAX_STEP &&
      typeof prompt === "string" &&
      typeof text === "string" &&
      typeof temperature === "number";
    if (!isSample)
      throw bad(
        `Line ${number} of samples.jsonl must hold step, prompt, text and temperature; it holds ${shown(Object.keys(value).join(", "))}.`,
        WRITE_HINT,
      );
    yield {
      step: step as number,
      prompt: prompt as string,
      text: text as string,
      temperature: temperature as number,
      requested: requested === true,
    };
  }
}

/** Objects of a JSON Lines file with the numbers of their lines; empty lines are passed over. */
function* jsonLines(
  bytes: Uint8Array,
  file: string,
): Generator<{ readonly value: Readonly<Record<string, unknown>>; readonly number: number }> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    start = end + 1;
    number += 1;
    if (line.length > MAX_LINE_BYTES)
      throw bad(
        `A line of ${file} must have at most ${MAX_LINE_BYTES} bytes; line ${number} has ${line.length}.`,
        WRITE_HINT,
      );
    const value = parseLine(line, decoder, `Line ${number} of ${file}`);
    if (value !== undefined) yield { value, number };
  }
}

const NEWLINE = 10;

function parseLine(
  line: Uint8Array,
  decoder: TextDecoder,
  at: string,
): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    const text = decoder.decode(line).trim();
    if (text === "") return undefined;
    value = JSON.parse(text);
  } catch (error) {
    throw bad(`${at} must be JSON in UTF-8; ${reasonOf(error)}.`, WRITE_HINT);
  }
  if (!isObject(value)) throw bad(`${at} must be an object; it is ${kindOf(value)}.`, WRITE_HINT);
  return value;
}

/** A file of one JSON object; undefined where there is no such file. */
function readObject(
  bytes: Uint8Array | undefined,
  file: string,
): Readonly<Record<string, unknown>> | undefined {
  if (!bytes) return undefined;
  if (bytes.length > MAX_FACTS_BYTES)
    throw bad(
      `${file} must have at most ${MAX_FACTS_BYTES} bytes; it has ${bytes.length}.`,
      WRITE_HINT,
    );
  return parseLine(bytes, new TextDecoder("utf-8", { fatal: true }), file);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const PHASES = ["done", "stopped", "failed"] as const;

const phaseOf = (value: unknown): RunFolderFacts["phase"] =>
  PHASES.find((phase) => phase === value) ?? null;

const textOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value.slice(0, MAX_NAME) : null;

const countOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;

/** As much of something unknown as a message can hold. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? `"${value}"` : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

const reasonOf = (error: unknown): string => shown(error instanceof Error ? error.message : error);
