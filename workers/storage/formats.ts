// What is stored, by the version that wrote it. Reading goes through these tables: what is older is brought up
// to date step by step, what is newer is refused and left alone.
//   1  checkpoints without an order of their own, in browsers without digests; records of the run alone
//   2  digests of every part; a sequence; what a person says of a run beside what it says of itself
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { RunPhase, RunSummary } from "../api/runs.ts";
import type { CheckpointMeta, RunRecord } from "./run-store.ts";

export const FORMAT = 2;

/** A file of a committed folder. */
export interface StoredPart {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex; null in what browsers stored with format 1. */
  readonly sha256: string | null;
}

/** What is committed with a checkpoint's files. */
export interface CheckpointManifest {
  readonly format: typeof FORMAT;
  /** Counts the commits of a run: the largest is the newest, whatever its step. */
  readonly sequence: number;
  readonly meta: CheckpointMeta;
  readonly parts: readonly StoredPart[];
}

type Plain = Readonly<Record<string, unknown>>;
type Migrations = Readonly<Record<number, (old: Plain) => Plain>>;

/** From the format of the key to the next one. */
const MANIFESTS: Migrations = {
  1: (old) => ({
    format: 2,
    sequence: 0,
    meta: { ...plain(old.meta), format: 2, model: null },
    parts: (old.parts as readonly Plain[]).map((part) => ({ sha256: null, ...part })),
  }),
};

const RECORDS: Migrations = {
  1: (old) => ({
    ...old,
    format: 2,
    createdAt: old.savedAt,
    dataHash: null,
    summary: NO_SUMMARY,
    name: null,
    tags: [],
    notes: "",
    deletedAt: null,
  }),
};

const NO_SUMMARY: RunSummary = {
  step: 0,
  trainLoss: null,
  bestValidationLoss: null,
  bestBitsPerByte: null,
  seconds: 0,
  tokens: 0,
  parameters: null,
};

/**
 * A manifest as this version has it.
 *
 * @throws FaultError `newer-version`, or `storage` for what is no manifest at all.
 */
export function readManifest(stored: unknown): CheckpointManifest {
  const { meta } = plain(stored);
  // Format 1 had its number in the checkpoint's own part.
  const format = formatOf(plain(stored).format ?? plain(meta).format);
  const migrated = migrate("checkpoint", MANIFESTS, format, plain(stored));
  const current = migrated as unknown as CheckpointManifest;
  if (!Array.isArray(current.parts)) throw unknown("checkpoint");
  return { ...current, meta: { ...current.meta, config: configOf(current.meta.config) } };
}

/** A run's record as this version has it. @throws as {@link readManifest}. */
export function readRecord(stored: unknown): RunRecord {
  // Records of format 1 had no number.
  const format = formatOf(plain(stored).format ?? 1);
  const current = migrate("run", RECORDS, format, plain(stored)) as unknown as RunRecord;
  if (typeof current.runId !== "string") throw unknown("run");
  return { ...current, config: configOf(current.config), phase: current.phase as RunPhase };
}

/** Whether a record is of a format that held no numbers; see {@link completeRecord}. */
export const isOldRecord = (stored: unknown): boolean => plain(stored).format === undefined;

/**
 * A record of format 1 with the numbers that those of today hold.
 *
 * @param newest of its checkpoints. @param metrics its log.
 */
export function completeRecord(
  record: RunRecord,
  newest: CheckpointMeta,
  metrics: readonly object[],
): RunRecord {
  const rows = metrics as readonly Readonly<Record<string, number | undefined>>[];
  const [best] = rows
    .filter((row) => typeof row["val/loss"] === "number")
    .sort((one, other) => (one["val/loss"] as number) - (other["val/loss"] as number));
  return {
    ...record,
    step: newest.step,
    dataHash: newest.dataHash,
    summary: {
      step: newest.step,
      trainLoss: rows.findLast(({ step }) => step === newest.step)?.["train/loss"] ?? null,
      bestValidationLoss: best?.["val/loss"] ?? null,
      bestBitsPerByte: best?.["val/bits_per_byte"] ?? null,
      seconds: newest.seconds,
      tokens: newest.tokens,
      parameters: null,
    },
  };
}

/** The id that a record of any format begins with. */
export const runIdOf = (stored: unknown): string => String(plain(stored).runId ?? "");

function migrate(what: string, table: Migrations, from: number, stored: Plain): Plain {
  if (from > FORMAT)
    throw new FaultError(
      "newer-version",
      `This version of Vitrine reads runs up to format ${FORMAT}; this ${what} has format ${from}.`,
      "A newer version wrote it. Open that version; until then nothing of the run is changed.",
    );
  let current = stored;
  for (let format = from; format < FORMAT; format++) {
    const next = table[format];
    if (!next) throw unknown(what);
    current = next(current);
  }
  return current;
}

/** Settings may have been added since: they get their defaults. @throws FaultError `newer-version`. */
function configOf(stored: unknown): LanguageConfig {
  const parsed = parseLanguageConfig(stored);
  if (parsed.ok) return parsed.config;
  throw new FaultError(
    "newer-version",
    `The settings of a stored run must be known here; ${parsed.issues.map(({ path, message }) => `${path}: ${message}`).join("; ")}.`,
    "Another version wrote it. Open that version; until then nothing of the run is changed.",
  );
}

const plain = (value: unknown): Plain =>
  typeof value === "object" && value !== null ? (value as Plain) : {};

const formatOf = (value: unknown): number => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw unknown("entry");
};

const unknown = (what: string): FaultError =>
  new FaultError(
    "storage",
    `What is stored as a ${what} must have a format; this has none.`,
    "Delete its entry.",
  );
