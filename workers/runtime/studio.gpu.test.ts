// The profiler and the tuner as the page reaches them: through the API, as data.
import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import type { VariantRows } from "../api/device.ts";
import type { RunEvent, StepProfile } from "../api/runs.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { memoryModels } from "../testing/memory-models.ts";
import { MemoryStore, MemoryTuningStore } from "../testing/memory-store.ts";
import { Studio } from "./studio.ts";
import { adapterName, slugOf } from "./variant-table.ts";

const CONFIG = {
  lab: "language",
  data: { characters: 10_000 },
  model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16 },
  train: { max_steps: 8, batch_size: 2, eval_interval: 0, sample_interval: 0 },
};

describe("Studio", () => {
  it("profiles a run that rests, and answers with a fault once it has ended", async () => {
    const studio = new Studio(
      {
        runs: new MemoryStore(),
        datasets: new MemoryDatasetStore(),
        models: memoryModels(),
        tunings: new MemoryTuningStore(),
      },
      () => navigator.gpu,
      (value) => value,
    );
    const parsed = parseLanguageConfig(CONFIG);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const steps: number[] = [];
    let heard: (event: RunEvent) => void = () => {};
    const until = (test: (event: RunEvent) => boolean) =>
      new Promise<void>((resolve) => {
        heard = (event) => {
          if (test(event)) resolve();
        };
      });
    const started = await studio.runs.start({ config: parsed.config }, ({ event }) => {
      if (event.type === "metrics") steps.push(...event.batch.step);
      heard(event);
    });
    if (!started.ok) throw new Error(started.fault.message);
    const { runId } = started.value;
    const rests = until((event) => event.type === "phase" && event.phase === "paused");
    await studio.runs.pause(runId);
    await rests;
    const profiled = await studio.runs.profile(runId, 3);
    if (!profiled.ok) throw new Error(profiled.fault.message);
    // What a thread's border lets through: data, and no more.
    const profile: StepProfile = structuredClone(profiled.value);
    expect(profile).toEqual(profiled.value);
    expect(profile).toMatchObject({ method: "timestamps", steps: 3 });
    expect(profile.total.milliseconds).toBeGreaterThan(0);
    expect(profile.total.share).toBe(1);
    expect(profile.kernels.reduce((sum, row) => sum + row.flops, 0)).toBe(profile.total.flops);
    expect(profile.paths.map(({ name }) => name)).toContain("blocks.0/attn/qkv");

    const done = until((event) => event.type === "phase" && event.phase === "done");
    await studio.runs.resume(runId);
    await done;
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await studio.runs.profile(runId, 1)).toMatchObject({
      ok: false,
      fault: { code: "bad-config", message: expect.stringContaining("done at step 8") },
    });
    expect(await studio.runs.profile("nobody", 1)).toMatchObject({ ok: false });
  });

  it("gives measured kernels to new runs until they are forgotten, and stops measuring when told", async () => {
    const gpu = await Gpu.open(navigator.gpu, { retries: 20 });
    const adapter = adapterName(gpu);
    gpu.close();
    const tunings = new MemoryTuningStore();
    const rows = { "attention/narrow.short": "plain", "matmul/few.nn": "shuffle" };
    await tunings.save(slugOf(adapter), {
      adapter,
      rows: { ...rows, "matmul/few.nt": "of an older version" },
      report: [],
    });
    const studio = new Studio(
      {
        runs: new MemoryStore(),
        datasets: new MemoryDatasetStore(),
        models: memoryModels(),
        tunings,
      },
      () => navigator.gpu,
      (value) => value,
    );
    const parsed = parseLanguageConfig(CONFIG);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    /** Trains to the end and tells what the run said it uses. */
    const trained = async () => {
      const used = await new Promise<VariantRows>((resolve, reject) => {
        let variants: VariantRows = {};
        void studio.runs.start({ config: parsed.config }, ({ event }) => {
          if (event.type === "ready") variants = event.variants;
          if (event.type === "fault") reject(new Error(event.fault.message));
          if (event.type === "phase" && event.phase === "done") resolve(variants);
        });
      });
      return used;
    };
    expect(await studio.device.report()).toMatchObject({ ok: true, value: { variants: rows } });
    expect(await trained()).toMatchObject(rows);
    expect(await studio.device.forgetTuning()).toEqual({ ok: true, value: null });
    expect(tunings.tunings.size).toBe(0);
    expect(await studio.device.report()).toMatchObject({ ok: true, value: { variants: {} } });
    expect(await trained()).toMatchObject({ "attention/narrow.short": "lanes" });

    let told = 0;
    const measuring = studio.device.tune(({ done }) => {
      if (++told === 1) {
        expect(done).toBe(0);
        void studio.device.stop();
      }
    });
    expect(await studio.device.tune(() => {})).toMatchObject({
      ok: false,
      fault: { code: "busy", message: expect.stringContaining("another measurement") },
    });
    expect(await measuring).toMatchObject({
      ok: false,
      fault: { code: "busy", message: expect.stringContaining("it was stopped") },
    });
    expect(tunings.tunings.size).toBe(0);
  });
});
