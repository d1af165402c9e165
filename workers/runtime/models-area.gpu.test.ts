// Models as the page reaches them: of a run, kept, trained further with the chain of where they come from, also
// over a resume; written with; set aside and brought back; freed.
import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { GenerateRequest, SavedModel } from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import type { RunEvent, RunRequest } from "../api/runs.ts";
import { readFolder } from "../interop/huggingface.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { droppedFolder, MemoryModelPlace, memoryModels } from "../testing/memory-models.ts";
import { MemoryStore, MemoryTuningStore } from "../testing/memory-store.ts";
import { digestsOf, filesOf } from "../testing/model-files.ts";
import { folderOfBlobs } from "./keep-model.ts";
import { Studio } from "./studio.ts";

function configOf(over: object = {}) {
  const parsed = parseLanguageConfig({
    lab: "language",
    title: "Little",
    data: { characters: 10_000 },
    model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 16 },
    train: {
      max_steps: 4,
      batch_size: 2,
      eval_interval: 0,
      sample_interval: 0,
      checkpoint_interval: 2,
    },
    ...over,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

const asked = (over: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompt: "the",
  max_new_tokens: 20,
  temperature: 1,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  repetition_penalty: 1,
  seed: 1,
  ...over,
});

function createStudio(runs = new MemoryStore(), place = new MemoryModelPlace()) {
  const stores = {
    runs,
    datasets: new MemoryDatasetStore(),
    models: memoryModels(place),
    tunings: new MemoryTuningStore(),
  };
  const studio = new Studio(
    stores,
    () => navigator.gpu,
    (value) => value,
  );
  return { studio, runs, place };
}

const valueIn = async <T>(work: Promise<Outcome<T>>): Promise<T> => {
  const outcome = await work;
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.fault));
  return outcome.value;
};

/** Trains until the run tells something that passes. */
async function trainUntil(
  studio: Studio,
  request: RunRequest,
  isEnough: (event: RunEvent) => boolean,
): Promise<{ runId: string; event: RunEvent }> {
  let tell: (event: RunEvent) => void = () => {};
  const enough = new Promise<RunEvent>((resolve, reject) => {
    tell = (event) => {
      if (event.type === "fault") reject(new Error(event.fault.message));
      if (isEnough(event)) resolve(event);
    };
  });
  const { runId } = await valueIn(studio.runs.start(request, ({ event }) => tell(event)));
  return { runId, event: await enough };
}

const isKept = (event: RunEvent) => event.type === "kept" || event.type === "warning";

describe("models of runs", () => {
  it("are kept when the run is done, with all that is needed to know them again", async () => {
    const { studio } = createStudio();
    const { runId, event } = await trainUntil(studio, { config: configOf() }, isKept);
    const [model, ...others] = await valueIn(studio.models.list());
    if (!model) throw new Error("nothing was kept");
    expect(others).toEqual([]);
    expect(event).toEqual({ type: "kept", modelId: model.modelId, step: 4 });
    expect(model).toMatchObject({
      name: "Little",
      layers: 1,
      width: 16,
      hasTokenizer: true,
      source: { kind: "run", runId, step: 4, config: configOf() },
    });
    expect(model.source).toMatchObject({ dataHash: expect.stringMatching(/^[0-9a-f]{16,}$/) });
    expect(model.contentHash).toMatch(/^[0-9a-f]{64}$/);
    // What is kept is what the run has.
    const ofModel = await valueIn(studio.models.files({ modelId: model.modelId }));
    const ofRun = await valueIn(studio.models.files({ runId }));
    const text = async (files: typeof ofRun) =>
      Promise.all(files.map(async ({ path, content }) => [path, await content.text()]));
    expect(await text(ofModel)).toEqual(await text(ofRun));
    expect(ofModel.map(({ path }) => path)).toEqual(model.files.map(({ name }) => name));
    // The same once more is the same model.
    expect(await valueIn(studio.models.keep(runId, "again"))).toEqual(model);
  });

  it("are told to be lost where there is no room, and the run is done all the same", async () => {
    const { studio, place } = createStudio();
    place.free = 100;
    const { event } = await trainUntil(studio, { config: configOf() }, isKept);
    expect(event).toMatchObject({
      type: "warning",
      fault: { code: "storage-full", message: expect.stringContaining("must have room for") },
    });
    expect(await valueIn(studio.models.list())).toEqual([]);
  });

  it("begin further runs, whose models know their parents, over a resume too", async () => {
    const { studio, runs, place } = createStudio();
    await trainUntil(studio, { config: configOf() }, isKept);
    const [parent] = (await valueIn(studio.models.list())) as [SavedModel];
    // Other settings than the parent's: its shape is its own.
    const config = configOf({
      model: { n_layers: 3, d_model: 32, n_heads: 2, n_ctx: 16 },
      train: {
        max_steps: 6,
        batch_size: 2,
        eval_interval: 0,
        sample_interval: 0,
        checkpoint_interval: 2,
      },
      optim: { learning_rate: 0, warmup_steps: 0 },
    });
    const { runId } = await trainUntil(
      studio,
      { config, modelId: parent.modelId },
      (event) => event.type === "checkpoint" && event.step >= 2,
    );
    await valueIn(studio.runs.stop(runId));
    // Another visit goes on with it.
    const later = createStudio(runs, place).studio;
    await trainUntil(later, { config, resumeRunId: runId }, isKept);
    const child = (await valueIn(later.models.list())).find(
      ({ source }) => source.kind === "run" && source.runId === runId,
    );
    // Nothing was learnt at a rate of 0, so content and model are the parent's.
    expect(child).toBeUndefined();
    const learning = { ...config, optim: { ...config.optim, learning_rate: 0.01 } };
    const { event } = await trainUntil(
      later,
      { config: learning, modelId: parent.modelId },
      isKept,
    );
    const [own] = (await valueIn(later.models.list())) as [SavedModel];
    expect(event).toMatchObject({ modelId: own.modelId });
    expect(own).toMatchObject({ layers: 1, width: 16, source: { parentModelId: parent.modelId } });
    const weightsOf = async (modelId: string) => {
      const files = await valueIn(later.models.files({ modelId }));
      const folder = folderOfBlobs(files.map(({ path, content }) => [path, content]));
      return digestsOf((await readFolder(folder)).parameters);
    };
    expect(await weightsOf(own.modelId)).not.toEqual(await weightsOf(parent.modelId));
  });

  it("know their parent also where the run that makes them was resumed", async () => {
    const { studio, runs, place } = createStudio();
    await trainUntil(studio, { config: configOf() }, isKept);
    const [parent] = (await valueIn(studio.models.list())) as [SavedModel];
    const config = configOf({ seed: 5, train: { ...configOf().train, max_steps: 200 } });
    const { runId } = await trainUntil(
      studio,
      { config, modelId: parent.modelId },
      (event) => event.type === "checkpoint" && event.step >= 2,
    );
    await valueIn(studio.runs.stop(runId));
    const later = createStudio(runs, place).studio;
    await trainUntil(later, { config, resumeRunId: runId }, (event) => event.type === "metrics");
    await valueIn(later.runs.pause(runId));
    const model = await valueIn(later.models.keep(runId, "resumed"));
    expect(model.source).toMatchObject({ runId, parentModelId: parent.modelId });
  });
});

describe("a kept model", () => {
  it("writes the same for the same seed, stops when told, and is freed", async () => {
    const { studio } = createStudio();
    await trainUntil(studio, { config: configOf() }, isKept);
    const [{ modelId }] = (await valueIn(studio.models.list())) as [SavedModel];
    const write = (over: Partial<GenerateRequest> = {}, heard: (text: string) => void = () => {}) =>
      studio.models.generate(modelId, asked(over), heard);
    const told: string[] = [];
    const one = await valueIn(write({}, (text) => told.push(text)));
    expect(one).toMatchObject({ tokens: 20, end: "length", promptTokens: 3 });
    expect(told.length).toBeGreaterThan(1);
    expect(one.text.startsWith(told[0] ?? "?")).toBe(true);
    expect((await valueIn(write())).text).toBe(one.text);
    expect((await valueIn(write({ seed: 2 }))).text).not.toBe(one.text);

    let isTold = false;
    const stopped = await valueIn(
      write({ max_new_tokens: 5_000 }, () => {
        if (!isTold) void studio.models.stopGenerating(modelId);
        isTold = true;
      }),
    );
    expect(stopped.end).toBe("stopped");
    expect(stopped.tokens).toBeLessThan(2_000);

    const [first, second] = await Promise.all([write({ max_new_tokens: 200 }), write()]);
    expect(first.ok).toBe(true);
    expect(second).toMatchObject({ ok: false, fault: { code: "bad-config" } });

    await valueIn(studio.models.release(modelId));
    expect((await valueIn(write())).text).toBe(one.text);
    // A release in the middle ends what is written, and waits for it.
    const ended = write({ max_new_tokens: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await valueIn(studio.models.release(modelId));
    expect(await ended).toMatchObject({ ok: true, value: { end: "stopped" } });
  });

  it("is renamed, set aside, brought back and dropped", async () => {
    const { studio, place } = createStudio();
    const model = await valueIn(
      studio.models.add("llama", droppedFolder(filesOf("llama")), () => {}),
    );
    const { modelId } = model;
    expect(await studio.models.rename(modelId, "  ")).toMatchObject({
      fault: { code: "bad-config" },
    });
    expect((await valueIn(studio.models.rename(modelId, " Mine "))).name).toBe("Mine");
    await valueIn(studio.models.delete(modelId));
    expect(await valueIn(studio.models.list())).toEqual([]);
    await valueIn(studio.models.restore(modelId));
    // Too late: somebody has brought it back.
    await valueIn(studio.models.purge(modelId));
    expect((await valueIn(studio.models.list())).map(({ name }) => name)).toEqual(["Mine"]);
    await valueIn(studio.models.delete(modelId));
    await valueIn(studio.models.purge(modelId));
    expect([place.disk.size, place.rows.size]).toEqual([0, 0]);
    expect(await studio.models.restore(modelId)).toMatchObject({ fault: { code: "storage" } });
    expect(await studio.models.files({ modelId })).toMatchObject({ fault: { code: "storage" } });
  });

  it("is a folder of which only what belongs to a model is kept, or nothing", async () => {
    const { studio, place } = createStudio();
    const shares: number[] = [];
    const files = {
      ...filesOf("llama_sharded"),
      "README.md": new Uint8Array(5),
      "optimizer.bin": new Uint8Array(5),
      "onnx/config.json": new Uint8Array(5),
    };
    const model = await valueIn(
      studio.models.add("sharded", droppedFolder(files), (share) => shares.push(share)),
    );
    expect(model.files.map(({ name }) => name).sort()).toEqual(
      Object.keys(filesOf("llama_sharded")).sort(),
    );
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    const { "config.json": _, ...torn } = filesOf("llama");
    expect(await studio.models.add("torn", droppedFolder(torn), () => {})).toMatchObject({
      fault: { code: "bad-model", message: expect.stringContaining("must have a config.json") },
    });
    place.failAt = place.writes + 3;
    expect(await studio.models.add("gpt2", droppedFolder(filesOf("gpt2")), () => {})).toMatchObject(
      {
        fault: { code: "storage" },
      },
    );
    place.failAt = Number.POSITIVE_INFINITY;
    expect((await valueIn(studio.models.list())).length).toBe(1);
  });
});
