// The profiler as the page reaches it: through the API, as data.
import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { RunEvent, StepProfile } from "../api/studio.ts";
import { MemoryStore, MemoryTuningStore } from "../testing/memory-store.ts";
import { Studio } from "./studio.ts";

const CONFIG = {
  lab: "language",
  data: { characters: 10_000 },
  model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16 },
  train: { max_steps: 8, batch_size: 2, eval_interval: 0, sample_interval: 0 },
};

describe("Studio", () => {
  it("profiles a run that rests, and answers with a fault once it has ended", async () => {
    const studio = new Studio(
      new MemoryStore(),
      new MemoryTuningStore(),
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
    const started = await studio.start({ config: parsed.config }, ({ event }) => {
      if (event.type === "metrics") steps.push(...event.batch.step);
      heard(event);
    });
    if (!started.ok) throw new Error(started.fault.message);
    const { runId } = started.value;
    const rests = until((event) => event.type === "phase" && event.phase === "paused");
    await studio.pause(runId);
    await rests;
    const profiled = await studio.profile(runId, 3);
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
    await studio.resume(runId);
    await done;
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await studio.profile(runId, 1)).toMatchObject({
      ok: false,
      fault: { code: "bad-config", message: expect.stringContaining("done at step 8") },
    });
    expect(await studio.profile("nobody", 1)).toMatchObject({ ok: false });
  });
});
