import { expect, it } from "vitest";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import type { KeptRun } from "../../workers/api/archive.ts";
import { appendColumns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { matchesFilter, parseFilter } from "../lib/run-filter.ts";
import { type LiveRuns, rowsOf, subjectOf } from "./run-rows.ts";
import { newRun } from "./runs.ts";

function configOf(more: Readonly<Record<string, unknown>> = {}): LanguageConfig {
  const parsed = parseLanguageConfig({ lab: "language", title: "Nano", ...more });
  if (!parsed.ok) throw new Error("the config must be valid");
  return parsed.config;
}

const kept = (runId: string, more: Partial<KeptRun> = {}): KeptRun => {
  const config = more.config ?? configOf();
  return {
    runId,
    title: config.title,
    config,
    phase: "done",
    step: 100,
    savedAt: 2_000,
    createdAt: 1_000,
    device: "A GPU",
    variants: {},
    isElsewhere: false,
    name: null,
    tags: [],
    notes: "",
    dataHash: null,
    summary: {
      step: 100,
      trainLoss: 2,
      bestValidationLoss: 2.5,
      bestBitsPerByte: 3.5,
      seconds: 10,
      tokens: 6_400,
      parameters: 107_000,
    },
    canContinue: false,
    isImported: false,
    ...more,
  };
};

const NOBODY: LiveRuns = { byId: {}, metrics: {}, device: "This GPU", now: 9_000 };

it("shows what is kept, with the speed that it comes to", () => {
  const [row] = rowsOf([kept("a", { tags: ["keep"] })], NOBODY, null);
  expect(row).toMatchObject({
    status: "done",
    steps: 100,
    maxSteps: 1_000,
    trainLoss: 2,
    valLoss: 2.5,
    bits: 3.5,
    tokensPerSecond: 640,
    parameters: 107_000,
    tags: ["keep"],
    isLive: false,
  });
});

it("calls a run that nobody trains any more left off", () => {
  const statuses = (["running", "paused", "preparing", "stopped", "failed"] as const).map(
    (phase) => rowsOf([kept("a", { phase })], NOBODY, null)[0]?.status,
  );
  expect(statuses).toEqual(["interrupted", "interrupted", "interrupted", "stopped", "failed"]);
});

it("shows a run of this tab as it stands now, with what was said of it", () => {
  const config = configOf();
  const live: LiveRuns = {
    ...NOBODY,
    byId: {
      a: {
        ...newRun("a", config),
        phase: "running",
        step: 120,
      },
      fresh: { ...newRun("fresh", config), phase: "preparing" },
      over: { ...newRun("over", config), phase: "done" },
    },
    metrics: {
      a: appendColumns(EMPTY_COLUMNS, {
        step: [118, 119, 120],
        tokens: [500, 1_000, 2_000],
        seconds: [0.5, 1, 2],
        series: {
          "train/loss": [2, 1.9, 1.8],
          "val/loss": [2.2, Number.NaN, 2.4],
          "val/bits_per_byte": [3, Number.NaN, 3.2],
        },
      }),
    },
  };
  const rows = rowsOf([kept("a", { phase: "paused", name: "Mine", notes: "n" })], live, null);
  // What is over was in this tab and is not kept: it has been thrown away.
  expect(rows.map(({ runId }) => runId)).toEqual(["fresh", "a"]);
  expect(rows[0]).toMatchObject({ status: "preparing", createdAt: 9_000, device: "This GPU" });
  expect(rows[1]).toMatchObject({
    status: "running",
    steps: 120,
    trainLoss: 1.8,
    valLoss: 2.2,
    bits: 3,
    tokens: 2_000,
    tokensPerSecond: 1_000,
    createdAt: 1_000,
    notes: "n",
    isLive: true,
  });
  expect(rows[1]?.label.text).toBe("Mine");
});

it("can be asked for settings by path, last name and alias, for numbers and for words", () => {
  const config = configOf({ optim: { learning_rate: 0.01 } });
  const [row] = rowsOf([kept("a", { config, tags: ["week 3"], notes: "too fast" })], NOBODY, null);
  if (!row) throw new Error("there is a row");
  const passes = (typed: string) => matchesFilter(parseFilter(typed), subjectOf(row));
  for (const typed of [
    "lr=0.01",
    "learning_rate>0.001",
    "optim.learning_rate<1",
    "width=64 layers=2",
    "val<2.6 loss=2 bits>3 params>1e5",
    "status:done tag:week note:fast",
    "tinyworld",
    '"too fast"',
    "name=nano",
  ])
    expect([typed, passes(typed)]).toEqual([typed, true]);
  for (const typed of ["lr<0.01", "tag:other", "status=stopped", "shakespeare"])
    expect([typed, passes(typed)]).toEqual([typed, false]);
});
