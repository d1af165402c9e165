import { describe, expect, it, vi } from "vitest";
import { languageSchema } from "../../configs/schema/language.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { createBatchSampler, validationWindows } from "../data/batches.ts";
import { Pages } from "../engine/pages.ts";
import { partOf } from "../nn/config.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { LanguageTrainer, type TrainerOptions } from "./language-trainer.ts";

const config = languageSchema.parse({
  lab: "language",
  model: { n_layers: 2, d_model: 16, n_heads: 2, n_ctx: 12 },
  optim: { learning_rate: 0.01, warmup_steps: 5, schedule: "constant" },
});
const VOCAB = 11;
// Counting round and round, with a jump now and then: easy to learn, and not from one token alone.
const tokens = Int32Array.from(
  { length: 3000 },
  (_, i) => (i * (1 + (Math.floor(i / 500) % 2))) % VOCAB,
);

const options = (over: Partial<TrainerOptions> = {}): TrainerOptions => ({
  model: modelFromSection(config.model, VOCAB),
  optim: config.optim,
  maxSteps: 100,
  batchSize: 4,
  contextLength: 12,
  accumulation: 1,
  recompute: false,
  seed: 3,
  ...over,
});

async function train(over: Partial<TrainerOptions>, steps: number, slice = false) {
  const gpu = await testGpu();
  const trainer = await LanguageTrainer.create(gpu, options(over));
  trainer.initialize();
  const { batchSize, contextLength, accumulation, seed } = trainer.options;
  const sampler = createBatchSampler({ tokens, batchSize, contextLength, seed });
  for (let i = 0; i < steps; i++) {
    const batches = Array.from({ length: accumulation }, (_, m) =>
      sampler.batchAt(trainer.step, m),
    );
    if (slice) await trainer.runStepSliced(batches, 100, 10, async () => {});
    else trainer.runStep(batches);
  }
  const metrics = await trainer.drainMetrics();
  gpu.assertHealthy();
  return { gpu, trainer, sampler, metrics };
}

describe("LanguageTrainer", () => {
  it("hands out copies of its parameters between two submits, never of half an update", async () => {
    const { gpu, trainer, sampler } = await train({}, 2);
    const copy = new Pages(gpu, "copy", trainer.parameters.layout);
    const whole = async (pages: Pages) =>
      Buffer.from((await pages.readPage(0)).buffer).toString("base64");
    const before = await whole(trainer.parameters);
    let [copied, refused] = [0, 0];
    // A submit for each dispatch, and a look after each.
    await trainer.runStepSliced([sampler.batchAt(2)], 1_000, 0, async () => {
      if (!trainer.copyParameters(copy)) refused++;
      else if (copied++ % 10 === 0) expect(await whole(copy)).toBe(before);
    });
    expect(copied).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(1);
    expect(trainer.copyParameters(copy)).toBe(true);
    const after = await whole(trainer.parameters);
    expect(await whole(copy)).toBe(after);
    expect(after).not.toBe(before);
    copy.destroy();
    trainer.destroy();
  });

  it("leaves nothing on the device when it cannot be made, or fails once it is", async () => {
    const gpu = await testGpu();
    const before = gpu.counters.liveBytes;
    const tooLarge = options({ batchSize: 1_000_000 });
    await expect(LanguageTrainer.create(gpu, tooLarge)).rejects.toThrow(
      /needs 2\.3 GB of qkv at once; this device allows 134 MB/,
    );
    expect(gpu.counters.liveBytes).toBe(before);
    const create = gpu.createBuffer.bind(gpu);
    const spy = vi.spyOn(gpu, "createBuffer").mockImplementation((label, bytes, usage) => {
      if (label === "metrics") gpu.device.createBuffer({ size: 16, usage: 0xffff });
      return create(label, bytes, usage);
    });
    await expect(LanguageTrainer.create(gpu, options())).rejects.toThrow(/training: /);
    spy.mockRestore();
    expect(gpu.counters.liveBytes).toBe(before);
  });

  it("learns, and counts nothing new after the second step", async () => {
    const { gpu, trainer, sampler, metrics } = await train({}, 40);
    const mean = (rows: typeof metrics) => rows.reduce((s, r) => s + r.loss, 0) / rows.length;
    expect(Math.abs((metrics[0]?.loss ?? 0) - Math.log(VOCAB))).toBeLessThan(0.1);
    expect(mean(metrics.slice(-5))).toBeLessThan(0.7 * mean(metrics.slice(0, 5)));
    const before = { ...gpu.counters };
    for (let i = 0; i < 10; i++) trainer.runStep([sampler.batchAt(trainer.step)]);
    expect(gpu.counters).toMatchObject({
      buffers: before.buffers,
      bindGroups: before.bindGroups,
      pipelines: before.pipelines,
      submits: before.submits + 10,
      dispatches: before.dispatches + 10 * trainer.dispatchesPerStep,
    });
    trainer.destroy();
  });

  it("gives the same bits twice, in slices, and with recomputed blocks", async () => {
    const runs = [
      await train({}, 6),
      await train({}, 6),
      await train({}, 6, true),
      await train({ recompute: true }, 6),
    ];
    const [first, ...others] = runs.map(({ metrics }) => metrics);
    for (const other of others) expect(other).toEqual(first);
    for (const { trainer } of runs) trainer.destroy();
  });

  it("sees in two micro-batches what it sees in one of twice the size", async () => {
    const whole = await train({ batchSize: 8 }, 5);
    const halves = await train({ batchSize: 4, accumulation: 2 }, 5);
    whole.metrics.forEach((row, i) => {
      expect(Math.abs(row.loss - (halves.metrics[i]?.loss ?? 0))).toBeLessThan(1e-4);
      expect(Math.abs(row.gradNorm - (halves.metrics[i]?.gradNorm ?? 0))).toBeLessThan(1e-3);
    });
    expect(halves.gpu.counters.submits).toBeGreaterThan(0);
    whole.trainer.destroy();
    halves.trainer.destroy();
  });

  it("continues bit for bit from saved parts", async () => {
    const unbroken = await train({}, 12);
    const first = await train({}, 6);
    const parts = await first.trainer.saveParts();
    const second = await LanguageTrainer.create(first.gpu, options());
    second.loadParts(6, parts);
    for (let i = 6; i < 12; i++) second.runStep([first.sampler.batchAt(second.step)]);
    expect(await second.drainMetrics()).toEqual(unbroken.metrics.slice(6));
    expect(await second.saveParts()).toEqual(await unbroken.trainer.saveParts());
    for (const trainer of [unbroken.trainer, first.trainer, second]) trainer.destroy();
  });

  it.each(["timestamps", "wall-clock"] as const)(
    "is profiled by %s without a change of bits",
    async (method) => {
      const gpu = await Gpu.open(navigator.gpu, {
        retries: 20,
        ...(method === "wall-clock" ? { without: ["timestamp-query"] } : {}),
      });
      const micros = { batchSize: 2, accumulation: 2 };
      const [plain, profiled] = [
        await LanguageTrainer.create(gpu, options(micros)),
        await LanguageTrainer.create(gpu, options(micros)),
      ];
      const { contextLength, seed } = plain.options;
      const sampler = createBatchSampler({ tokens, batchSize: 2, contextLength, seed });
      const batchesOf = (step: number) => [sampler.batchAt(step, 0), sampler.batchAt(step, 1)];
      plain.initialize();
      profiled.initialize();
      const profile = await profiled.profile(batchesOf, 3);
      for (const trainer of [plain, profiled])
        while (trainer.step < 6) trainer.runStep(batchesOf(trainer.step));
      expect(await profiled.drainMetrics()).toEqual(await plain.drainMetrics());
      expect(await profiled.saveParts()).toEqual(await plain.saveParts());

      expect(profile).toMatchObject({ method, steps: 3 });
      expect(profile.total.dispatches).toBe(profiled.dispatchesPerStep);
      const names = profile.kernels.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["layernorm", "optimise/adam_step"]));
      const paths = new Map(profile.paths.map((row) => [row.name, row]));
      // Twice 2 * 12 rows of 16 channels into 3 * 16, in each of two micro-batches.
      expect(paths.get("blocks.0/attn/qkv")).toMatchObject({
        dispatches: 2,
        flops: 2 * (2 * 24 * 16 * 48),
      });
      plain.destroy();
      profiled.destroy();
      gpu.assertHealthy();
      gpu.close();
    },
  );

  it.each([
    ["32-true", 1],
    ["32-true", 2],
    ["16-mixed", 2],
  ] as const)(
    "takes the norms of every part, %s in %d micro-batches",
    async (precision, accumulation) => {
      const over = { precision, accumulation, normsInterval: 3, batchSize: 2 } as const;
      const { trainer, sampler, metrics } = await train(over, 3);
      expect(metrics.map(({ norms }) => norms !== null)).toEqual([true, false, false]);
      const before = new Map<string, number>();
      const after = new Map<string, number>();
      const add = (sums: Map<string, number>, part: string, values: Float32Array) =>
        sums.set(
          part,
          (sums.get(part) ?? 0) + values.reduce((sum, value) => sum + value * value, 0),
        );
      const { tensors } = trainer.parameters.layout;
      const parts = [
        "embed",
        "pos_embed",
        "ln_final",
        "blocks.1.attn",
        "blocks.1.mlp",
        "blocks.1.norm",
      ];
      for (const { name } of tensors)
        add(before, partOf(name), await trainer.parameters.read(name));
      trainer.runStep([0, 1].slice(0, accumulation).map((micro) => sampler.batchAt(3, micro)));
      const [row] = await trainer.drainMetrics();
      for (const { name } of tensors) add(after, partOf(name), await trainer.gradients.read(name));
      const { gradients = {}, parameters = {} } = row?.norms ?? {};
      expect(Object.keys(gradients)).toEqual(expect.arrayContaining(parts));
      // The gradient as it lies there is a sum over micro-batches, times the loss scale in 16-mixed.
      const factor = precision === "16-mixed" ? 65_536 * accumulation : accumulation;
      for (const part of Object.keys(gradients)) {
        const want = Math.sqrt(after.get(part) as number) / factor;
        expect(Math.abs((gradients[part] as number) / want - 1), part).toBeLessThan(1e-5);
        const weight = Math.sqrt(before.get(part) as number);
        expect(Math.abs((parameters[part] as number) / weight - 1), part).toBeLessThan(1e-5);
      }
      const whole = Math.sqrt(Object.values(gradients).reduce((sum, norm) => sum + norm * norm, 0));
      expect(Math.abs(whole / (row?.gradNorm as number) - 1)).toBeLessThan(1e-5);
      trainer.destroy();
    },
  );

  it("takes norms without a change of bits, whole, in slices and profiled, and never misses one", async () => {
    const plain = await train({}, 130);
    const watched = await train({ normsInterval: 1 }, 60);
    const { trainer, sampler } = watched;
    const rows = [...watched.metrics];
    const drain = async () => rows.push(...(await trainer.drainMetrics()));
    for (; trainer.step < 63; )
      await trainer.runStepSliced([sampler.batchAt(trainer.step)], 100, 10, async () => {});
    await trainer.profile((step) => [sampler.batchAt(step)], 2);
    await drain();
    while (trainer.step < 130) {
      if (trainer.mustDrain) await drain();
      trainer.runStep([sampler.batchAt(trainer.step)]);
    }
    await drain();
    expect(rows.every(({ norms }) => norms !== null)).toBe(true);
    expect(rows.map((row) => ({ ...row, norms: null }))).toEqual(plain.metrics);
    expect(await trainer.saveParts()).toEqual(await plain.trainer.saveParts());
    plain.trainer.destroy();
    trainer.destroy();
  });

  it("skips a step whose gradient is not finite, latches, and names the first bad tensor", async () => {
    const { trainer, sampler } = await train({}, 2);
    const before = await trainer.saveParts();
    const name = "blocks.1.mlp.in.weight";
    const weight = await trainer.parameters.read(name);
    trainer.parameters.write(
      name,
      weight.map(() => 1e30),
    );
    trainer.runStep([sampler.batchAt(2)]);
    const [bad] = await trainer.drainMetrics();
    expect(Number.isFinite(bad?.gradNorm)).toBe(false);
    // The loss is still finite, 4e27; its way back is what overflows, at the last norm first.
    expect(await trainer.diagnose([sampler.batchAt(2)], 2)).toMatch(/^d\(ln_final\//);
    const broken = weight.slice();
    broken[5] = Number.NaN;
    trainer.parameters.write(name, broken);
    expect(await trainer.diagnose([sampler.batchAt(2)], 2)).toBe(`parameter ${name}`);
    trainer.parameters.write(name, weight);
    trainer.runStep([sampler.batchAt(3)]);
    const [after] = await trainer.drainMetrics();
    expect(Number.isFinite(after?.loss)).toBe(true);
    expect(Number.isFinite(after?.gradNorm)).toBe(false);
    expect(await trainer.saveParts()).toEqual(before);
    trainer.destroy();
  });

  it("evaluates every token of the validation part once", async () => {
    const { trainer } = await train({}, 20);
    const held = tokens.slice(0, 200);
    const windows = validationWindows(held, 12);
    const all = await trainer.evaluate(windows, 0);
    expect(all.predictions).toBe(199);
    expect(all.loss).toBeGreaterThan(0);
    expect((await trainer.evaluate(windows, 3)).predictions).toBe(36);
    trainer.destroy();
  });
});
