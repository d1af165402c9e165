import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { BenchmarkProgress, KernelCheck, SelfTestProgress } from "../api/device.ts";
import type { Outcome } from "../api/outcome.ts";
import { MemoryReportStore } from "../storage/report-store.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { memoryModels } from "../testing/memory-models.ts";
import { MemoryStore, MemoryTuningStore } from "../testing/memory-store.ts";
import { Studio } from "./studio.ts";

const parsed = parseLanguageConfig({
  lab: "language",
  data: { characters: 10_000 },
  model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16 },
  train: {
    ...{ max_steps: 10_000, batch_size: 2, checkpoint_interval: 0, checkpoint_seconds: 0 },
    ...{ eval_interval: 0, sample_interval: 0 },
  },
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
const { config } = parsed;

const must = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
};

describe("the device area", () => {
  let studio: Studio;
  const reports = new MemoryReportStore();
  const open = () =>
    new Studio(
      {
        runs: new MemoryStore(),
        datasets: new MemoryDatasetStore(),
        models: memoryModels(),
        tunings: new MemoryTuningStore(),
        reports,
      },
      () => navigator.gpu,
      (value) => value,
    );
  beforeEach(() => {
    studio = open();
  });
  afterEach(async () => {
    await studio.device.stop();
  });

  it("tells what the adapter offers, and what of it is used", async () => {
    const overview = must(await studio.device.overview());
    expect(overview.software).toBe(true);
    expect(overview.features).toContainEqual({ name: "shader-f16", used: true });
    expect(overview.features.some(({ used }) => !used)).toBe(true);
    const limits = new Map(overview.limits.map((limit) => [limit.name, limit]));
    expect(limits.size).toBeGreaterThan(25);
    const groups = limits.get("maxComputeInvocationsPerWorkgroup");
    expect(groups?.value).toBe(groups?.offered);
    const textures = limits.get("maxTextureDimension2D");
    expect(textures?.value).toBeLessThanOrEqual(textures?.offered ?? 0);
    expect(overview.checks.full).toBeGreaterThan(4 * overview.checks.quick);
  });

  it("tests itself quickly, tells each check, and keeps the result for this adapter", async () => {
    const told: SelfTestProgress[] = [];
    const report = must(await studio.device.selfTest("quick", (one) => told.push(one)));
    const failed = (checks: readonly KernelCheck[]) => checks.filter(({ passed }) => !passed);
    expect(failed(report.checks)).toEqual([]);
    expect(told.map(({ check }) => check)).toEqual(report.checks);
    expect(told.at(-1)).toMatchObject({ done: told.length, total: told.length });
    const kept = must(await open().device.overview());
    expect(kept.selfTest).toEqual(report);
    expect(kept.checks.quick).toBe(report.checks.length);
  });

  it("measures rates with their spread and share, and keeps them", async () => {
    const told: BenchmarkProgress[] = [];
    const report = must(await studio.device.benchmark((one) => told.push(one)));
    expect(new Set(report.rows.map(({ part }) => part).filter((part) => part !== "cache"))).toEqual(
      new Set(["arithmetic", "memory", "matmul", "attention", "training"]),
    );
    for (const { part, rate, low, high, share } of report.rows) {
      expect(low, part).toBeGreaterThan(0);
      expect(rate, part).toBeGreaterThanOrEqual(low);
      expect(high, part).toBeGreaterThanOrEqual(rate);
      if (share !== null) expect(share, part).toBeGreaterThan(0);
    }
    expect(report.rows.find(({ part }) => part === "matmul")).toMatchObject({
      problem: "512 x 512 x 512",
      unit: "flops",
      variant: expect.any(String),
    });
    expect(told[0]).toMatchObject({ done: 0 });
    expect(told.at(-1)?.done).toBe(told.at(-1)?.total);
    expect(must(await open().device.overview()).benchmark).toEqual(report);
  });

  it("refuses to measure while a run trains or another measurement is under way; a run goes first", async () => {
    const testing = studio.device.selfTest("full", () => {});
    expect(await studio.device.benchmark(() => {})).toMatchObject({
      ok: false,
      fault: { code: "busy", message: expect.stringContaining("another measurement") },
    });
    const { runId } = must(await studio.runs.start({ config }, () => {}));
    expect(await testing).toMatchObject({
      ok: false,
      fault: { code: "busy", message: expect.stringContaining("a run began") },
    });
    expect(await studio.device.selfTest("quick", () => {})).toMatchObject({
      ok: false,
      fault: { code: "busy", message: expect.stringContaining("a run is training") },
    });
    must(await studio.runs.stop(runId));
  });

  it("stops when it is told to", async () => {
    let checks = 0;
    const testing = studio.device.selfTest("full", () => {
      if (++checks === 3) void studio.device.stop();
    });
    expect(await testing).toMatchObject({
      ok: false,
      fault: { code: "busy", message: expect.stringContaining("it was stopped") },
    });
    expect(checks).toBeLessThan(6);
    expect(await studio.device.stop()).toEqual({ ok: true, value: null });
  });
});
