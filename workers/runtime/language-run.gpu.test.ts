// A run as a person drives it: pause, step, resume, stop, samples in between, and what breaks it.
import { afterEach, describe, expect, it } from "vitest";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import { everyRow, tableOf } from "../../kernels/core/variants.ts";
import { FAMILIES } from "../../kernels/tuned.ts";
import type { RunEvent } from "../api/runs.ts";
import { bytesFile } from "../data/formats/source.ts";
import type { Checkpoint } from "../storage/run-store.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { LanguageRun } from "./language-run.ts";
import type { RunOptions } from "./run-options.ts";

const TEXT = new TextEncoder().encode(
  "the cat sat on the mat. the dog sat on the log.\n".repeat(200),
);

function configOf(over: Record<string, unknown> = {}): LanguageConfig {
  const parsed = parseLanguageConfig({
    lab: "language",
    data: { dataset: "file", path: "cats.txt" },
    model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16 },
    optim: { learning_rate: 0.01, warmup_steps: 2 },
    train: {
      max_steps: 30,
      batch_size: 2,
      eval_interval: 10,
      eval_windows: 4,
      sample_interval: 0,
      checkpoint_interval: 5,
    },
    sample: { max_new_tokens: 20, prompt: "the " },
    ...over,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

/** Dawn does not take it well when one of a dozen open devices is lost. */
const opened = new Set<Gpu>();
afterEach(() => {
  for (const gpu of opened) gpu.close();
  opened.clear();
});

async function setUp(
  options: Partial<RunOptions> = {},
  now: () => number = () => performance.now(),
  without: readonly GPUFeatureName[] = [],
  /** Of another run: its device, and what it keeps of texts. */
  shared: { readonly gpu?: Gpu; readonly datasets?: MemoryDatasetStore } = {},
) {
  const gpu = shared.gpu ?? (await Gpu.open(navigator.gpu, { retries: 20, without }));
  opened.add(gpu);
  const datasets = shared.datasets ?? new MemoryDatasetStore();
  const store = new MemoryStore();
  const events: RunEvent[] = [];
  const waiting: { test: (event: RunEvent) => boolean; go: (event: RunEvent) => void }[] = [];
  const run = new LanguageRun(
    { runId: "r", config: configOf(), file: bytesFile(TEXT, "cats.txt"), ...options },
    {
      gpu,
      store,
      datasets,
      now,
      emit(event) {
        events.push(event);
        for (const item of waiting.filter(({ test }) => test(event))) {
          waiting.splice(waiting.indexOf(item), 1);
          item.go(event);
        }
      },
    },
  );
  const until = (test: (event: RunEvent) => boolean): Promise<RunEvent> =>
    new Promise((go) => waiting.push({ test, go }));
  const phase = (name: string) => until((event) => event.type === "phase" && event.phase === name);
  return { gpu, store, datasets, events, run, until, phase };
}

/** All that was logged but what the clock said. */
const lossesOf = (store: MemoryStore) =>
  (store.logs.metrics as Record<string, number>[]).map(
    ({ seconds: _, "perf/tokens_per_second": __, ...row }) => row,
  );

const faultOf = (events: readonly RunEvent[]) => {
  const event = events.find((e) => e.type === "fault");
  return event?.type === "fault" ? event : null;
};

describe("LanguageRun", () => {
  it("pauses, takes single steps, samples while paused, resumes, and loses nothing", async () => {
    const plain = await setUp();
    expect(await plain.run.run()).toBe("done");

    const { run, store, events, until, phase } = await setUp();
    run.pause();
    const ended = run.run();
    await phase("paused");
    expect(run.step).toBe(0);
    for (const step of [1, 2, 3]) {
      const reported = until((e) => e.type === "metrics" && e.batch.step.at(-1) === step);
      run.singleStep();
      await reported;
      expect(run.step).toBe(step);
    }
    const sampled = until((e) => e.type === "sample" && e.done);
    const id = run.requestSample({ ...configOf().sample, temperature: 0 });
    expect(await sampled).toMatchObject({ sampleId: id, requested: true, temperature: 0 });
    run.resume();
    expect(await ended).toBe("done");
    expect(lossesOf(store)).toEqual(lossesOf(plain.store));
    const phases = events.flatMap((e) => (e.type === "phase" ? [e.phase] : []));
    expect(phases[0]).toBe("preparing");
    expect(phases.at(-1)).toBe("done");
    run.destroy();
    plain.run.destroy();
  });

  it("logs and tells the norms of every part, in every so many steps, and how fast it is", async () => {
    const config = configOf();
    config.train = { ...config.train, norms_interval: 10 };
    // A speed is measured over some time, more than these few steps take: the clock is a fast one.
    const { run, store, events } = await setUp({ config }, () => 50 * performance.now());
    expect(await run.run()).toBe("done");
    const rows = store.logs.metrics as Record<string, number>[];
    const watched = rows.filter((row) => "norms/grad/embed" in row);
    expect(watched.map(({ step }) => step)).toEqual([1, 11, 21]);
    for (const row of watched)
      for (const name of ["norms/grad/blocks.0.attn", "norms/weight/blocks.0.mlp"])
        expect(row[name]).toBeGreaterThan(0);
    const speeds = rows.flatMap((row) => row["perf/tokens_per_second"] ?? []);
    expect(speeds.length).toBeGreaterThan(0);
    for (const speed of speeds) expect(speed).toBeGreaterThan(0);
    const told = events.flatMap((e) => (e.type === "metrics" ? [e.batch] : []));
    const columns = told.flatMap(({ series }) => [...(series["norms/weight/embed"] ?? [])]);
    expect(columns.filter(Number.isFinite)).toHaveLength(3);
    run.destroy();
  });

  it("writes samples on request while it trains, and the same numbers come out", async () => {
    const plain = await setUp();
    await plain.run.run();
    const { run, store, until } = await setUp();
    const first = until((e) => e.type === "metrics");
    const ended = run.run();
    await first;
    const samples = [0.1, 1.5].map(async (temperature) => {
      const done = until((e) => e.type === "sample" && e.done && e.temperature === temperature);
      run.requestSample({ ...configOf().sample, temperature });
      return done;
    });
    for (const sample of await Promise.all(samples))
      expect(sample).toMatchObject({ type: "sample", prompt: "the ", requested: true });
    expect(await ended).toBe("done");
    expect(lossesOf(store)).toEqual(lossesOf(plain.store));
    run.destroy();
    plain.run.destroy();
  });

  it("is profiled while it trains and while it rests, and the same numbers come out", async () => {
    const plain = await setUp();
    await plain.run.run();
    const { run, store, phase } = await setUp({}, undefined, ["timestamp-query"]);
    // Asked for before there is anything to profile, and one after the other.
    const early = Promise.all([run.profile(2), run.profile(1)]);
    run.pause();
    const ended = run.run();
    await phase("paused");
    const [two, one] = await early;
    expect(run.step).toBe(3);
    expect(two).toMatchObject({ method: "wall-clock", steps: 2 });
    expect(one.steps).toBe(1);
    expect((await run.profile(4)).steps).toBe(4);
    expect(run.step).toBe(7);
    run.resume();
    expect((await run.profile(2)).total.dispatches).toBe(run.result.trainer.dispatchesPerStep);
    // More than there are left: the profile is of those.
    const last = await run.profile(100);
    expect(last.steps).toBeGreaterThan(0);
    expect(last.steps).toBeLessThan(22);
    expect(await ended).toBe("done");
    expect(lossesOf(store)).toEqual(lossesOf(plain.store));
    await expect(run.profile(1)).rejects.toThrow(/this one is done at step 30/);
    await expect(run.profile(0)).rejects.toThrow(/0 were asked for/);
    run.destroy();
    plain.run.destroy();
  });

  it("tells who waits for a profile what ended the run", async () => {
    const { gpu, run, until } = await setUp();
    const reported = until((e) => e.type === "metrics");
    const ended = run.run();
    await reported;
    const profile = run.profile(1000).catch((error: Error) => error);
    gpu.device.destroy();
    expect(await ended).toBe("failed");
    expect(await profile).toBeInstanceOf(Error);
  });

  it("stops with a last checkpoint, and goes on from it to the same end", async () => {
    const plain = await setUp();
    await plain.run.run();
    const { run, store, until } = await setUp();
    const twelve = until((e) => e.type === "metrics" && (e.batch.step.at(-1) ?? 0) >= 12);
    const ended = run.run();
    await twelve;
    run.stop();
    expect(await ended).toBe("stopped");
    const checkpoint = await store.loadCheckpoint("r");
    expect(checkpoint?.meta.step).toBe(run.step);
    expect(checkpoint?.meta.step).toBeLessThan(30);
    run.destroy();

    const again = await setUp(checkpoint ? { checkpoint } : {});
    // The log runs past the checkpoint, as it does after a kill: those steps come again.
    again.store.logs.metrics = plain.store.logs.metrics.slice(0, (checkpoint?.meta.step ?? 0) + 3);
    expect(await again.run.run()).toBe("done");
    expect(lossesOf(again.store)).toEqual(lossesOf(plain.store));
    const told = again.events.flatMap((e) => (e.type === "metrics" ? [...e.batch.step] : []));
    expect(told).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    again.run.destroy();
    plain.run.destroy();
  });

  it("keeps its kernels for its whole life, whatever the table says later", async () => {
    const plain = await setUp();
    expect(await plain.run.run()).toBe("done");
    const other = Object.assign({}, ...FAMILIES.map((family) => everyRow(family, "plain")));
    const otherwise = await setUp({ variants: other });
    expect(await otherwise.run.run()).toBe("done");
    expect(lossesOf(otherwise.store)).not.toEqual(lossesOf(plain.store));

    // Stopped before anything was evaluated or written: those kernels are met after the resume only.
    const { gpu, run, store } = await setUp({ stopAfterStep: 7 });
    expect(await run.run()).toBe("stopped");
    const checkpoint = (await store.loadCheckpoint("r")) as Checkpoint;
    expect(checkpoint.meta.variants).toEqual(tableOf(FAMILIES, gpu.profile));
    run.destroy();
    const again = await setUp({ variants: other, checkpoint });
    again.store.logs.metrics = store.logs.metrics;
    expect(await again.run.run()).toBe("done");
    expect(lossesOf(again.store)).toEqual(lossesOf(plain.store));
    const last = (await again.store.loadCheckpoint("r")) as Checkpoint;
    expect(last.meta.variants).toEqual(checkpoint.meta.variants);
    const record = plain.store.records.get("r");
    expect(again.store.records.get("r")?.variants).toEqual(record?.variants);
    expect(record).toMatchObject({
      device: gpu.adapterInfo.description,
      variants: { "attention/narrow.short": "lanes", "matmul/few.nn": "lanes32x1" },
    });
    expect(otherwise.store.records.get("r")?.variants).toMatchObject({
      "attention/narrow.short": "plain",
      "matmul/few.nn": "plain",
    });

    const gone = { ...checkpoint.meta.variants, "matmul/few.nn": "tile9x9" };
    const stranded = await setUp({
      checkpoint: { ...checkpoint, meta: { ...checkpoint.meta, variants: gone } },
    });
    expect(await stranded.run.run()).toBe("failed");
    expect(faultOf(stranded.events)).toMatchObject({
      checkpointStep: 7,
      fault: {
        code: "bad-config",
        message: expect.stringMatching(/matmul\/few\.nn: .* names "tile9x9"/),
        hint: expect.stringContaining("start the run anew"),
      },
    });
    expect(stranded.store.records.get("r")?.step).toBe(7);
    for (const each of [plain, otherwise, again, stranded]) {
      each.run.destroy();
      each.gpu.close();
    }
    gpu.close();
  });

  it("logs the loss scale of 16-mixed, and finds it again after a stop", async () => {
    const plain = configOf();
    const config = { ...plain, train: { ...plain.train, precision: "16-mixed" as const } };
    const whole = await setUp({ config });
    expect(await whole.run.run()).toBe("done");
    const rows = lossesOf(whole.store);
    expect(rows).toHaveLength(30);
    expect(rows.every((row) => (row["train/loss_scale"] ?? 0) >= 1)).toBe(true);
    expect(rows.map((row) => row["train/skipped"])).toEqual(
      rows.map((row) => (Number.isNaN(row["train/grad_norm"]) ? 1 : 0)),
    );
    const { run, store } = await setUp({ config, stopAfterStep: 15 });
    await run.run();
    const checkpoint = await store.loadCheckpoint("r");
    run.destroy();
    const again = await setUp(checkpoint ? { config, checkpoint } : {});
    again.store.logs.metrics = store.logs.metrics;
    // Sampling reads the masters.
    const sampled = again.until((e) => e.type === "sample" && e.done);
    const first = again.until((e) => e.type === "metrics");
    const ended = again.run.run();
    await first;
    again.run.requestSample(config.sample);
    expect(await sampled).toMatchObject({ requested: true });
    expect(await ended).toBe("done");
    expect(lossesOf(again.store)).toEqual(rows);
    whole.run.destroy();
    again.run.destroy();
  });

  it("writes a checkpoint at a pause, and goes on from it to the same end", async () => {
    const plain = await setUp();
    await plain.run.run();
    const config = configOf();
    config.train = { ...config.train, checkpoint_interval: 0, checkpoint_seconds: 0 };
    const { run, store, until } = await setUp({ config });
    const five = until((e) => e.type === "metrics" && (e.batch.step.at(-1) ?? 0) >= 5);
    const saved = until((e) => e.type === "checkpoint");
    void run.run();
    await five;
    run.pause();
    expect(await saved).toMatchObject({ step: run.step });
    expect(run.step).toBeLessThan(30);
    const checkpoint = await store.loadCheckpoint("r");
    run.destroy();

    const again = await setUp(checkpoint ? { checkpoint } : {});
    again.store.logs.metrics = store.logs.metrics;
    expect(await again.run.run()).toBe("done");
    expect(lossesOf(again.store)).toEqual(lossesOf(plain.store));
    again.run.destroy();
    plain.run.destroy();
  });

  it("writes a checkpoint every so many seconds, however few steps they hold", async () => {
    const config = configOf();
    config.train = { ...config.train, checkpoint_interval: 0, checkpoint_seconds: 10 };
    let clock = 0;
    const { run, events } = await setUp({ config }, () => {
      clock += 400;
      return clock;
    });
    expect(await run.run()).toBe("done");
    const saved = events.flatMap((e) => (e.type === "checkpoint" ? [e.step] : []));
    expect(saved.length).toBeGreaterThan(2);
    // The first is early: a young run can be lost, too.
    expect(saved[0]).toBeLessThan(4);
    expect((saved[2] as number) - (saved[1] as number)).toBeGreaterThan(2);
    expect(saved.at(-1)).toBe(30);
    run.destroy();
  });

  it("goes on without its file while the prepared text is kept, and else asks for it", async () => {
    const { run, store, datasets, gpu, until } = await setUp();
    const saved = until((e) => e.type === "checkpoint");
    const ended = run.run();
    await saved;
    run.stop();
    await ended;
    run.destroy();
    const checkpoint = (await store.loadCheckpoint("r")) as Checkpoint;
    const options: Partial<RunOptions> = { checkpoint };
    const kept = await setUp({ ...options, file: undefined as never }, undefined, [], {
      datasets,
      gpu,
    });
    expect(await kept.run.run()).toBe("done");
    kept.run.destroy();

    const gone = await setUp({ ...options, file: undefined as never }, undefined, [], { gpu });
    expect(await gone.run.run()).toBe("failed");
    expect(faultOf(gone.events)?.fault).toMatchObject({
      code: "text-missing",
      message: expect.stringContaining("cats.txt"),
      hint: "Choose the same file again.",
    });
    expect(faultOf(gone.events)?.checkpointStep).toBe(checkpoint.meta.step);

    const again = await setUp(options, undefined, [], { gpu });
    expect(await again.run.run()).toBe("done");
    expect(lossesOf(again.store)).toEqual(lossesOf(kept.store));
    again.run.destroy();
  });

  it("goes on with the text that runs once kept themselves", async () => {
    const { run, store, gpu } = await setUp();
    await run.run();
    run.destroy();
    const last = (await store.loadCheckpoint("r")) as Checkpoint;
    const old: Checkpoint = { ...last, meta: { ...last.meta, dataHash: "a".repeat(64) } };
    const config = configOf({ train: { ...last.meta.config.train, max_steps: 32 } });
    const again = await setUp(
      { checkpoint: old, config, file: undefined as never },
      undefined,
      [],
      { gpu },
    );
    again.store.texts.set("r", TEXT);
    expect(await again.run.run()).toBe("done");
    expect((await again.store.loadCheckpoint("r"))?.meta).toMatchObject({
      step: 32,
      dataHash: "a".repeat(64),
    });
    again.run.destroy();
  });

  it("refuses to go on with another text", async () => {
    const { run, store } = await setUp();
    await run.run();
    run.destroy();
    const checkpoint = (await store.loadCheckpoint("r")) ?? undefined;
    const other = new TextEncoder().encode("the cat sat on the mat. ".repeat(300));
    const again = await setUp({
      ...(checkpoint ? { checkpoint } : {}),
      file: bytesFile(other, "cats.txt"),
    });
    expect(await again.run.run()).toBe("failed");
    expect(faultOf(again.events)?.fault).toMatchObject({ code: "bad-data" });
  });

  it("ends in a fault with a checkpoint to go back to when the device is lost", async () => {
    const { gpu, run, events, until } = await setUp();
    const saved = until((e) => e.type === "checkpoint");
    const ended = run.run();
    await saved;
    gpu.device.destroy();
    expect(await ended).toBe("failed");
    const fault = faultOf(events);
    expect(fault?.fault.code).toBe("device-lost");
    expect(fault?.checkpointStep).toBeGreaterThanOrEqual(5);
  });

  it("ends in a fault when the GPU refuses a command somewhere", async () => {
    const { gpu, run, events, until } = await setUp();
    const saved = until((e) => e.type === "checkpoint");
    const ended = run.run();
    await saved;
    gpu.device.createBuffer({ size: 16, usage: 0xffff });
    expect(await ended).toBe("failed");
    expect(faultOf(events)?.fault.code).toBe("gpu-error");
  });

  it("says out of memory, what it was for and what to do, when a model cannot fit", async () => {
    // 65,536 rows of 65,536 hidden channels: 17 GB in one tensor.
    const config = configOf({
      model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16, d_mlp: 65_536 },
      train: { batch_size: 4096 },
    });
    const { run, events } = await setUp({ config });
    expect(await run.run()).toBe("failed");
    const fault = faultOf(events)?.fault;
    expect(fault?.code).toBe("out-of-memory");
    expect(fault?.hint).toContain("smaller");
  });
});
