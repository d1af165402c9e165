import { expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { LogName, RunFacts, RunNotes } from "../storage/run-store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { RunArchive, summaryOf } from "./run-archive.ts";
import { ALONE } from "./run-locks.ts";

/** Logs of each run by itself, and the faults that a real store has. */
class ArchiveStore extends MemoryStore {
  readonly lines = new Map<string, object[]>();
  appends = 0;

  override async appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    this.appends++;
    const key = `${runId}/${log}`;
    this.lines.set(key, [...(this.lines.get(key) ?? []), ...lines]);
  }
  override async readLog(runId: string, log: LogName): Promise<readonly object[]> {
    return this.lines.get(`${runId}/${log}`) ?? [];
  }
  override async editRun(runId: string, notes: Partial<RunNotes>): Promise<void> {
    if (!this.records.has(runId)) throw new FaultError("run-gone", "It has been deleted.");
    await super.editRun(runId, notes);
  }
  override async deleteRun(runId: string): Promise<void> {
    await super.deleteRun(runId);
    for (const log of ["metrics", "samples"]) this.lines.delete(`${runId}/${log}`);
  }
}

const parsed = parseLanguageConfig({ lab: "language", title: "Mine", seed: 3 });
if (!parsed.ok) throw new Error("the config must be valid");
const { config } = parsed;

const facts = (runId: string, more: Partial<RunFacts> = {}): RunFacts => ({
  runId,
  title: config.title,
  config,
  phase: "stopped",
  step: 10,
  savedAt: 1_000,
  device: "a device",
  variants: {},
  dataHash: "abc",
  summary: {
    step: 12,
    trainLoss: 2,
    bestValidationLoss: 2.1,
    bestBitsPerByte: 3,
    seconds: 5,
    tokens: 768,
    parameters: 1_000,
  },
  ...more,
});

const encode = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;
const METRICS =
  '{"step":1,"tokens":64,"seconds":0.5,"train/loss":4.5,"val/loss":4.25,"val/bits_per_byte":6}\n' +
  '{"step":2,"tokens":128,"seconds":1,"train/loss":4,"val/loss":4.5}\n';
const folder = (more: Readonly<Record<string, string>> = {}) => ({
  files: Object.entries({
    "metrics.jsonl": METRICS,
    "samples.jsonl": '{"step":2,"prompt":"a","text":"b","temperature":0.5}\n',
    "summary.json": JSON.stringify({
      phase: "done",
      config,
      device: "x",
      ready: { parameters: 9 },
    }),
    ...more,
  }).map(([path, text]) => ({ path, bytes: encode(text) })),
  modifiedAt: 7_000,
});

function setUp() {
  const store = new ArchiveStore();
  const clock = { now: 100_000 };
  const open = () => new RunArchive(store, ALONE, () => clock.now);
  return { store, clock, open, archive: open() };
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof FaultError) return error.code;
    throw error;
  }
  return "none";
};

it("lists every run, newest first, and says which can go on", async () => {
  const { store, archive } = setUp();
  await store.recordRun(facts("old"));
  await store.recordRun(facts("whole", { phase: "done", savedAt: 3_000 }));
  await store.recordRun(facts("early", { step: 0, savedAt: 2_000 }));
  const { runs } = await archive.list();
  expect(runs.map(({ runId, canContinue }) => [runId, canContinue])).toEqual([
    ["whole", false],
    ["early", false],
    ["old", true],
  ]);
  expect(runs[0]).toMatchObject({ name: null, tags: [], notes: "", isImported: false });
});

it("names, tags and notes are kept, and none of them stands in the run's way", async () => {
  const { store, archive } = setUp();
  await store.recordRun(facts("a"));
  await archive.edit("a", { name: "  Best so far ", tags: ["keep", " keep", "", "week 3"] });
  await archive.edit("a", { notes: "what came of it" });
  await store.recordRun(facts("a", { step: 20 }));
  expect((await archive.list()).runs[0]).toMatchObject({
    name: "Best so far",
    tags: ["keep", "week 3"],
    notes: "what came of it",
    step: 20,
  });
  await archive.edit("a", { name: "   " });
  expect((await archive.list()).runs[0]?.name).toBeNull();
  expect(await codeOf(archive.edit("a", { name: "x".repeat(201) }))).toBe("bad-config");
  expect(
    await codeOf(archive.edit("a", { tags: Array.from({ length: 51 }, (_, i) => `tag ${i}`) })),
  ).toBe("bad-config");
  expect(await codeOf(archive.edit("b", { name: "x" }))).toBe("run-gone");
});

it("a run in the bin is not listed, comes back whole, and is gone once it is purged", async () => {
  const { store, archive } = setUp();
  await store.recordRun(facts("a"));
  await archive.bin("a");
  expect((await archive.list()).runs).toEqual([]);
  await archive.restore("a");
  expect((await archive.list()).runs).toHaveLength(1);
  expect(await archive.binned(["a", "b"])).toEqual([]);
  await archive.bin("a");
  expect(await archive.binned(["a", "b"])).toEqual(["a"]);
  await archive.remove("a");
  expect(store.records.has("a")).toBe(false);
  expect(await codeOf(archive.restore("a"))).toBe("run-gone");
});

it("empties the bin of forgotten runs when the studio opens, not of those just thrown away", async () => {
  const { store, clock, archive, open } = setUp();
  await store.recordRun(facts("long ago"));
  await store.recordRun(facts("just now"));
  await archive.bin("long ago");
  clock.now += 90_000;
  await archive.bin("just now");
  clock.now += 1_000;
  expect((await open().list()).runs).toEqual([]);
  expect([...store.records.keys()]).toEqual(["just now"]);
});

it("tells a run's whole log as columns", async () => {
  const { store, archive } = setUp();
  await store.recordRun(facts("a"));
  await store.appendLog("a", "metrics", [
    { step: 1, tokens: 8, seconds: 1, "train/loss": 4 },
    { step: 2, tokens: 16, seconds: 2, "train/loss": null, "val/loss": 3 },
  ]);
  const { step, series } = await archive.history("a");
  expect([...step]).toEqual([1, 2]);
  expect([...(series["train/loss"] as Float32Array)]).toEqual([4, Number.NaN]);
  expect([...(series["val/loss"] as Float32Array)]).toEqual([Number.NaN, 3]);
  expect(await codeOf(archive.history("b"))).toBe("run-gone");
});

it("reads the summary out of the log where the record has none", async () => {
  const { store, archive } = setUp();
  const none = { step: 0, trainLoss: null, bestValidationLoss: null, bestBitsPerByte: null };
  await store.recordRun(
    facts("old", { summary: { ...none, seconds: 0, tokens: 0, parameters: null } }),
  );
  await store.appendLog(
    "old",
    "metrics",
    METRICS.trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
  expect((await archive.list()).runs[0]?.summary).toEqual({
    step: 2,
    trainLoss: 4,
    bestValidationLoss: 4.25,
    bestBitsPerByte: 6,
    seconds: 1,
    tokens: 128,
    parameters: null,
  });
});

it("keeps a headless run's folder as a run to look at", async () => {
  const { archive } = setUp();
  const runId = await archive.read(folder());
  const { runs } = await archive.list();
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({
    runId,
    title: "Mine",
    phase: "done",
    device: "x",
    createdAt: 7_000,
    isImported: true,
    canContinue: false,
    summary: { step: 2, trainLoss: 4, bestValidationLoss: 4.25, parameters: 9 },
  });
  expect([...(await archive.history(runId)).step]).toEqual([1, 2]);
  expect(await archive.samples(runId)).toEqual([
    { step: 2, prompt: "a", text: "b", temperature: 0.5, requested: false },
  ]);
});

it("knows the same folder again, with what was said of it; another is another run", async () => {
  const { store, archive } = setUp();
  const runId = await archive.read(folder());
  await archive.edit(runId, { name: "Kept" });
  await archive.bin(runId);
  expect(await archive.read(folder())).toBe(runId);
  const { runs } = await archive.list();
  expect(runs.map(({ name }) => name)).toEqual(["Kept"]);
  expect(await store.readLog(runId, "metrics")).toHaveLength(2);
  const other = await archive.read(folder({ "metrics.jsonl": METRICS.replace("4.5", "4.6") }));
  expect(other).not.toBe(runId);
});

it("keeps nothing of a folder that is not whole", async () => {
  const { store, archive } = setUp();
  const broken = folder({ "samples.jsonl": '{"step":2}\n' });
  expect(await codeOf(archive.read(broken))).toBe("bad-data");
  expect(await codeOf(archive.read({ files: [], modifiedAt: 0 }))).toBe("bad-data");
  expect(store.records.size).toBe(0);
  expect(store.appends).toBe(0);
});

it("keeps a long log in pieces", async () => {
  const { store, archive } = setUp();
  const line = (step: number) => `{"step":${step},"tokens":${step},"seconds":${step},"a":1}\n`;
  const metrics = Array.from({ length: 2_500 }, (_, step) => line(step)).join("");
  const runId = await archive.read(folder({ "metrics.jsonl": metrics }));
  expect(await store.readLog(runId, "metrics")).toHaveLength(2_500);
  expect(store.appends).toBe(3 + 1);
});

it("sums up a log without validation", () => {
  expect(summaryOf([{ step: 5, tokens: 5, seconds: 5, "train/loss": 1 }], null)).toMatchObject({
    step: 5,
    trainLoss: 1,
    bestValidationLoss: null,
    bestBitsPerByte: null,
  });
});
