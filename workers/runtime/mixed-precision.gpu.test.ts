// Training in 16-mixed: what it costs and gains beside 32-true, and what becomes of steps that overflow.
import { describe, expect, it } from "vitest";
import { languageSchema } from "../../configs/schema/language.ts";
import type { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { createBatchSampler, validationWindows } from "../data/batches.ts";
import { generateText } from "../data/corpora/tinyworld/tinyworld.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { LanguageTrainer, type TrainerOptions } from "./language-trainer.ts";

const config = languageSchema.parse({
  lab: "language",
  model: { n_layers: 2, d_model: 16, n_heads: 2, n_ctx: 12 },
  optim: { learning_rate: 0.01, warmup_steps: 5, schedule: "constant" },
});
const VOCAB = 11;
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
  precision: "16-mixed",
  seed: 3,
  ...over,
});

async function create(over: Partial<TrainerOptions> = {}) {
  const trainer = await LanguageTrainer.create(await testGpu(), options(over));
  trainer.initialize();
  const { batchSize, contextLength, accumulation, seed } = trainer.options;
  const sampler = createBatchSampler({ tokens, batchSize, contextLength, seed });
  const batches = (step: number) =>
    Array.from({ length: accumulation }, (_, m) => sampler.batchAt(step, m));
  return { trainer, batches };
}

async function train(over: Partial<TrainerOptions>, steps: number, slice = false) {
  const { trainer, batches } = await create(over);
  for (let i = 0; i < steps; i++)
    if (slice) await trainer.runStepSliced(batches(i), 100, 10, async () => {});
    else trainer.runStep(batches(i));
  const metrics = await trainer.drainMetrics();
  trainer.gpu.assertHealthy();
  return { trainer, batches, metrics };
}

/** Parameters and moments, without the scaler. */
const pagesOf = async (trainer: LanguageTrainer) =>
  (await trainer.saveParts()).filter(({ name }) => name !== "loss_scale.f32");

/** `[scale, good steps, steps applied, steps skipped]` */
async function scalerOf(trainer: LanguageTrainer): Promise<number[]> {
  const parts = await trainer.saveParts();
  const part = parts.find(({ name }) => name === "loss_scale.f32");
  return [...new Float32Array((part?.bytes ?? new Uint8Array()).slice().buffer)];
}

describe("LanguageTrainer in 16-mixed", () => {
  it("needs a device with f16, and says so", async () => {
    const gpu = await testGpu();
    const without = Object.create(gpu, { profile: { value: { ...gpu.profile, f16: false } } });
    const refused = LanguageTrainer.create(without as Gpu, options());
    await expect(refused).rejects.toThrow(/16-mixed needs the GPU feature "shader-f16"/);
    const fault = await refused.catch((error: FaultError) => error.fault);
    expect(fault).toMatchObject({ code: "missing-feature", hint: /32-true/ });
  });

  it("skips steps that overflow, halves the scale, and counts them for nothing", async () => {
    const learningRates = [0.01];
    const lossScale = { init_scale: 2 ** 34 };
    const { trainer, batches } = await create({ lossScale, learningRates });
    const fresh = await pagesOf(trainer);
    trainer.runStep(batches(0));
    const [first] = await trainer.drainMetrics();
    expect(first).toMatchObject({ gradNorm: Number.NaN, lossScale: 2 ** 33 });
    expect(first?.loss).toBeCloseTo(Math.log(VOCAB), 1);
    expect(await scalerOf(trainer)).toEqual([2 ** 33, 0, 0, 1]);
    expect(await pagesOf(trainer)).toEqual(fresh);
    // The same batch until the scale fits.
    let fits = first;
    while (Number.isNaN(fits?.gradNorm)) {
      trainer.runStep(batches(0));
      [fits] = await trainer.drainMetrics();
    }
    const [scale, good, applied, skipped = 0] = await scalerOf(trainer);
    expect([scale, good, applied]).toEqual([2 ** (34 - skipped), 1, 1]);
    expect(skipped).toBeGreaterThan(5);
    // Adam's first step, whatever was tried before: as of a run whose scale fitted at once.
    const other = await create({ lossScale: { init_scale: scale as number }, learningRates });
    other.trainer.runStep(batches(0));
    expect(await pagesOf(trainer)).toEqual(await pagesOf(other.trainer));
    for (const each of [trainer, other.trainer]) each.destroy();
  });

  it.each(["adam", "sgd", "lion", "muon"] as const)(
    "leaves what %s moves as it was, and moves it afterwards",
    async (optimizer) => {
      const lossScale = { init_scale: 2 ** 34, backoff_factor: 2 ** -20 };
      const { trainer, batches } = await create({
        lossScale,
        optim: { ...config.optim, optimizer },
      });
      const fresh = await pagesOf(trainer);
      trainer.runStep(batches(0));
      expect(await pagesOf(trainer)).toEqual(fresh);
      trainer.runStep(batches(1));
      expect(await scalerOf(trainer)).toEqual([2 ** 14, 1, 1, 1]);
      for (const [i, { name, bytes }] of (await pagesOf(trainer)).entries())
        expect(bytes, name).not.toEqual(fresh[i]?.bytes);
      trainer.destroy();
    },
  );

  it("doubles the scale after so many good steps", async () => {
    const { trainer, metrics } = await train({ lossScale: { growth_interval: 3 } }, 7);
    const [low, high, top] = [65_536, 131_072, 262_144];
    expect(metrics.map(({ lossScale }) => lossScale)).toEqual([
      ...[low, low, high, high, high, top, top],
    ]);
    trainer.destroy();
  });

  it("stops for good when the loss itself is not finite, and names the first bad tensor", async () => {
    const { trainer, batches } = await train({}, 2);
    const before = await trainer.saveParts();
    const weight = await trainer.parameters.read("ln_final.weight");
    trainer.parameters.write(
      "ln_final.weight",
      weight.map(() => 1e6), // finite, but what it makes is not in f16
    );
    trainer.runStep(batches(2));
    const [bad] = await trainer.drainMetrics();
    expect(Number.isFinite(bad?.loss)).toBe(false);
    expect(await trainer.diagnose(batches(2), 2)).toBe("ln_final/layernorm.y");
    trainer.parameters.write("ln_final.weight", weight);
    trainer.runStep(batches(3));
    const [after] = await trainer.drainMetrics();
    expect(Number.isFinite(after?.loss)).toBe(true);
    expect(Number.isFinite(after?.gradNorm)).toBe(false);
    expect(await trainer.saveParts()).toEqual(before);
    trainer.destroy();
  });

  it("stops for good when no scale of 1 or more is small enough", async () => {
    const { trainer, batches } = await create({ lossScale: { init_scale: 4 } });
    const name = "blocks.1.mlp.in.weight";
    const weight = await trainer.parameters.read(name);
    trainer.parameters.write(
      name,
      weight.map(() => 1e5), // an infinity in f16, which the activation hides from the loss
    );
    const before = await pagesOf(trainer);
    for (let i = 0; i < 5; i++) trainer.runStep(batches(i));
    const rows = await trainer.drainMetrics();
    expect(rows.map(({ lossScale }) => lossScale)).toEqual([2, 1, 0.5, 0.5, 0.5]);
    expect(rows.every(({ gradNorm }) => Number.isNaN(gradNorm))).toBe(true);
    expect(await scalerOf(trainer)).toEqual([0.5, 0, 0, 3]);
    expect(await pagesOf(trainer)).toEqual(before);
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
    const parts = await train({ batchSize: 4, accumulation: 2 }, 5);
    whole.metrics.forEach((row, i) => {
      expect(Math.abs(row.loss - (parts.metrics[i]?.loss ?? 0))).toBeLessThan(1e-3);
      expect(Math.abs(row.gradNorm - (parts.metrics[i]?.gradNorm ?? 0))).toBeLessThan(1e-2);
    });
    for (const { trainer } of [whole, parts]) trainer.destroy();
  });

  it("continues bit for bit from saved parts, the scale among them", async () => {
    const lossScale = { init_scale: 2 ** 27, growth_interval: 4 };
    const unbroken = await train({ lossScale }, 16);
    const first = await train({ lossScale }, 9);
    // Scales that were found, not started from.
    expect(unbroken.metrics.some(({ gradNorm }) => Number.isNaN(gradNorm))).toBe(true);
    const second = await create({ lossScale: { growth_interval: 4 } });
    second.trainer.loadParts(9, await first.trainer.saveParts());
    for (let i = 9; i < 16; i++) second.trainer.runStep(second.batches(i));
    expect(await second.trainer.drainMetrics()).toEqual(unbroken.metrics.slice(9));
    expect(await second.trainer.saveParts()).toEqual(await unbroken.trainer.saveParts());
    const plain = await create({ precision: "32-true" });
    const parts = await plain.trainer.saveParts();
    expect(() => second.trainer.loadParts(9, parts)).toThrow(/The checkpoint must hold/);
    for (const { trainer } of [unbroken, first, second, plain]) trainer.destroy();
  });

  it.each(["llama", "qwen3", "gemma2", "gemma3_text", "gpt_neox", "gpt_neo"] as const)(
    "follows 32-true in a model of family %s",
    async (family) => {
      const section = { family, n_layers: 2, d_model: 16, n_heads: 2, n_ctx: 12 };
      const model = modelFromSection(
        languageSchema.parse({ lab: "language", model: section }).model,
        VOCAB,
      );
      // A scale that fits from the beginning, so that both take the same steps.
      const over = { model, lossScale: { init_scale: 1024 } };
      const half = await train(over, 4);
      const full = await train({ ...over, precision: "32-true" }, 4);
      full.metrics.forEach((row, i) => {
        const other = half.metrics[i];
        expect(Math.abs((other?.loss ?? 0) / row.loss - 1), `loss ${i}`).toBeLessThan(2e-3);
        expect(Math.abs((other?.gradNorm ?? 0) / row.gradNorm - 1), `norm ${i}`).toBeLessThan(2e-2);
      });
      for (const { trainer } of [half, full]) trainer.destroy();
    },
  );
});

describe("16-mixed beside 32-true", () => {
  it("ends with the same validation loss within 1 %, in half the memory of activations", async () => {
    const text = generateText(1, 60_000, "train");
    const letters = [...new Set(text)];
    const coded = Int32Array.from(text, (letter) => letters.indexOf(letter));
    const [held, learnt] = [coded.slice(0, 6_000), coded.slice(6_000)];
    const section = { n_layers: 2, d_model: 32, n_heads: 4, n_ctx: 32 };
    const { model, optim } = languageSchema.parse({
      lab: "language",
      model: section,
      optim: { learning_rate: 0.005, warmup_steps: 10 },
    });
    const run = async (precision: "32-true" | "16-mixed") => {
      const trainer = await LanguageTrainer.create(await testGpu(), {
        ...options({ precision, optim, maxSteps: 150, batchSize: 8, contextLength: 32 }),
        model: modelFromSection(model, letters.length),
      });
      trainer.initialize();
      const { batchSize, contextLength, seed } = trainer.options;
      const sampler = createBatchSampler({ tokens: learnt, batchSize, contextLength, seed });
      while (trainer.step < 150) trainer.runStep([sampler.batchAt(trainer.step)]);
      const { loss } = await trainer.evaluate(validationWindows(held, contextLength), 0);
      const bytes = trainer.bufferSizes.reduce((sum, size) => sum + size, 0);
      trainer.destroy();
      return { loss, bytes };
    };
    const full = await run("32-true");
    const half = await run("16-mixed");
    expect(full.loss).toBeLessThan(0.8 * Math.log(letters.length));
    expect(Math.abs(half.loss / full.loss - 1)).toBeLessThan(0.01);
    expect(half.bytes / full.bytes).toBeLessThan(0.75);
  });
});
