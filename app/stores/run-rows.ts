// A run as a row of the table: what is kept of it, and what this tab knows of it while it trains.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { KeptRun } from "../../workers/api/archive.ts";
import type { RunPhase } from "../../workers/api/runs.ts";
import { type Columns, columnOf, EMPTY_COLUMNS, lastOf, recentRate } from "../lib/columns.ts";
import { type Leaf, type Leaves, leavesOf } from "../lib/config-leaves.ts";
import type { FieldValue, FilterSubject } from "../lib/run-filter.ts";
import { type LabelledRun, labelRuns, type RunLabel } from "../lib/run-labels.ts";
import { archiveStore } from "./archive.ts";
import { metricsStore } from "./metrics.ts";
import { isLive, type RunRecord, runsStore } from "./runs.ts";
import { sessionStore } from "./session.ts";

/** How a run stands. One that was left while it trained is kept in that phase, and nobody trains it now. */
export type RunStatus = RunPhase | "interrupted";

export const RUN_STATUSES: readonly RunStatus[] = [
  "preparing",
  "running",
  "paused",
  "interrupted",
  "stopped",
  "done",
  "failed",
];

export interface RunRow extends LabelledRun {
  readonly label: RunLabel;
  readonly config: LanguageConfig;
  readonly status: RunStatus;
  /** Steps done, and steps that its settings ask for. */
  readonly steps: number;
  readonly maxSteps: number;
  /** Nats per token; of the last logged step, and the lowest so far. */
  readonly trainLoss: number | null;
  readonly valLoss: number | null;
  readonly bits: number | null;
  readonly tokens: number;
  readonly seconds: number;
  readonly tokensPerSecond: number | null;
  readonly parameters: number | null;
  readonly device: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly canContinue: boolean;
  readonly isImported: boolean;
  /** Another tab has it. */
  readonly isElsewhere: boolean;
  /** This tab trains it, or has it paused. */
  readonly isLive: boolean;
}

/** What this tab knows of its own runs. */
export interface LiveRuns {
  readonly byId: Readonly<Record<string, RunRecord>>;
  readonly metrics: Readonly<Record<string, Columns>>;
  /** Description of the adapter of this tab. */
  readonly device: string;
  /** Now, in milliseconds since 1970: when a run began that has not been kept yet. */
  readonly now: number;
}

/** Every run once: the kept ones, and before them those of this tab that nothing has been kept of yet. */
export function rowsOf(
  kept: readonly KeptRun[],
  live: LiveRuns,
  baselineId: string | null,
): readonly RunRow[] {
  const known = new Set(kept.map(({ runId }) => runId));
  const fresh = Object.values(live.byId).filter((run) => !known.has(run.runId) && isLive(run));
  const rows = [
    ...fresh.map((run) => liveRow(run, null, live)),
    ...kept.map((run) => {
      const here = live.byId[run.runId];
      return here && isLive(here) ? liveRow(here, run, live) : keptRow(run);
    }),
  ];
  const labels = labelRuns(rows, baselineId);
  return rows.map((row) => ({ ...row, label: labels.get(row.runId) as RunLabel }));
}

/** The rows as the stores have them now. */
export const currentRows = (): readonly RunRow[] => {
  const { runs, baselineId } = archiveStore.getState();
  const live = {
    byId: runsStore.getState().byId,
    metrics: metricsStore.getState().byRun,
    device: sessionStore.getState().device?.description ?? "",
    now: Date.now(),
  };
  return rowsOf(runs ?? [], live, baselineId);
};

type Unlabelled = Omit<RunRow, "label">;

/** A config never changes: its leaves are read once. */
const leaves = new WeakMap<object, Leaves>();

function leavesOnce(config: object): Leaves {
  const known = leaves.get(config) ?? leavesOf(config);
  leaves.set(config, known);
  return known;
}

function keptRow(run: KeptRun): Unlabelled {
  const { runId, title, config, phase, createdAt, device, name, tags, notes, summary } = run;
  const isOver = phase === "done" || phase === "stopped" || phase === "failed";
  return {
    runId,
    name,
    title,
    config,
    leaves: leavesOnce(config),
    createdAt,
    status: isOver || run.isElsewhere ? phase : "interrupted",
    steps: Math.max(summary.step, run.step),
    maxSteps: config.train.max_steps,
    trainLoss: summary.trainLoss,
    valLoss: summary.bestValidationLoss,
    bits: summary.bestBitsPerByte,
    tokens: summary.tokens,
    seconds: summary.seconds,
    tokensPerSecond: rateOf(summary.tokens, summary.seconds),
    parameters: summary.parameters,
    device,
    tags,
    notes,
    canContinue: run.canContinue,
    isImported: run.isImported,
    isElsewhere: run.isElsewhere,
    isLive: false,
  };
}

function liveRow(run: RunRecord, kept: KeptRun | null, live: LiveRuns): Unlabelled {
  const { runId, config, phase, step, ready } = run;
  const columns = live.metrics[runId] ?? EMPTY_COLUMNS;
  const best = bestValidation(columns);
  const tokens = lastOf(columns, "tokens") ?? 0;
  const seconds = lastOf(columns, "seconds") ?? 0;
  return {
    runId,
    name: kept?.name ?? null,
    title: config.title,
    config,
    leaves: leavesOnce(config),
    createdAt: kept?.createdAt ?? live.now,
    status: phase,
    steps: step,
    maxSteps: config.train.max_steps,
    trainLoss: lastOf(columns, "train/loss"),
    valLoss: best?.loss ?? null,
    bits: best?.bits ?? null,
    tokens,
    seconds,
    tokensPerSecond: recentRate(columns, "tokens") ?? rateOf(tokens, seconds),
    parameters: ready?.parameters ?? kept?.summary.parameters ?? null,
    device: kept?.device || live.device,
    tags: kept?.tags ?? [],
    notes: kept?.notes ?? "",
    canContinue: false,
    isImported: false,
    isElsewhere: false,
    isLive: true,
  };
}

/** The lowest validation loss so far, and the bits per byte that it came to. */
function bestValidation(columns: Columns): { loss: number; bits: number | null } | null {
  const losses = columnOf(columns, "val/loss");
  let best = -1;
  for (let row = 0; row < losses.length; row++) {
    const loss = losses[row] as number;
    if (Number.isFinite(loss) && (best < 0 || loss < (losses[best] as number))) best = row;
  }
  if (best < 0) return null;
  const bits = columnOf(columns, "val/bits_per_byte")[best];
  return { loss: losses[best] as number, bits: Number.isFinite(bits) ? (bits as number) : null };
}

const rateOf = (amount: number, seconds: number): number | null =>
  seconds > 0 && amount > 0 ? amount / seconds : null;

/** Short names for what people ask for most. */
const ALIASES: Readonly<Record<string, string>> = {
  lr: "optim.learning_rate",
  wd: "optim.weight_decay",
  batch: "train.batch_size",
  layers: "model.n_layers",
  heads: "model.n_heads",
  width: "model.d_model",
  context: "model.n_ctx",
};

/** What a filter may ask of a row: measured values, words, and every setting by its path and by its last name. */
export function subjectOf(row: RunRow): FilterSubject {
  const fields = new Map<string, FieldValue[]>();
  const add = (field: string, ...values: readonly (Leaf | undefined)[]) => {
    const known = values.filter((value) => value !== undefined && value !== null);
    fields.set(field, [...(fields.get(field) ?? []), ...known]);
  };
  for (const [path, value] of row.leaves) {
    add(path, value);
    const end = path.slice(path.lastIndexOf(".") + 1);
    if (end !== path) add(end, value);
  }
  for (const [alias, path] of Object.entries(ALIASES)) add(alias, row.leaves.get(path));
  add("loss", row.trainLoss);
  add("val", row.valLoss);
  add("bits", row.bits);
  add("step", row.steps);
  add("tokens", row.tokens);
  add("time", row.seconds);
  add("speed", row.tokensPerSecond);
  add("params", row.parameters);
  add("status", row.status);
  add("device", row.device);
  add("tag", ...row.tags);
  add("name", row.name ?? row.title);
  add("note", row.notes);
  add("id", row.runId);
  const values = [...row.leaves.values()].filter((value) => typeof value === "string");
  const text = [row.label.text, row.title, ...row.tags, row.notes, row.device, ...values];
  return { text: text.join(" "), fields };
}
