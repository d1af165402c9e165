// What only shows at size: tables larger than one binding, and sequences whose square would not fit.
import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { testRandom } from "../../kernels/testing/random.ts";
import { Generator } from "../generate/generator.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { LanguageTrainer } from "./language-trainer.ts";

function configOf(model: object) {
  const parsed = parseLanguageConfig({ lab: "language", model });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

function randomBatch(vocab: number, size: number) {
  const next = testRandom(size);
  const tokens = Int32Array.from({ length: size + 1 }, () => Math.floor(next() * vocab));
  return { inputs: Uint32Array.from(tokens.slice(0, -1)), targets: tokens.slice(1) };
}

describe("gpt2, 124 million parameters", () => {
  it("trains one step and writes 8 tokens within 6 GB", async () => {
    const gpu = await testGpu();
    const config = configOf({ preset: "gpt2" });
    const vocab = 50_257;
    const model = modelFromSection(config.model, vocab);
    const T = 32;
    const trainer = await LanguageTrainer.create(gpu, {
      model,
      optim: { ...config.optim, warmup_steps: 0, learning_rate: 1e-3 },
      maxSteps: 10,
      batchSize: 1,
      contextLength: T,
      accumulation: 1,
      recompute: true,
      seed: 1,
    });
    expect(trainer.parameterCount).toBe(124_439_808);
    const embedding = trainer.parameters.range("embed.weight");
    expect(embedding.bytes).toBeGreaterThan(128 * 1024 * 1024);
    trainer.initialize();
    const batch = randomBatch(vocab, T);
    const before = await trainer.parameters.read("ln_final.weight");
    trainer.runStep([batch]);
    trainer.runStep([batch]);
    const [first, second] = await trainer.drainMetrics();
    // A fresh model guesses evenly; the same batch again is better known after one step.
    expect(Math.abs((first?.loss ?? 0) - Math.log(vocab))).toBeLessThan(0.5);
    expect(second?.loss).toBeLessThan((first?.loss ?? 0) - 0.1);
    expect(await trainer.parameters.read("ln_final.weight")).not.toEqual(before);

    const generator = await Generator.create(gpu, {
      config: model,
      weights: trainer.parameters,
      batch: 1,
      capacity: 64,
    });
    const [tokens] = await generator.generate({
      prompts: [[464, 3290, 318]],
      maxNewTokens: 8,
      seed: 1,
      sampling: { temperature: 1, topK: 50, topP: 1, minP: 0, repetitionPenalty: 1 },
    });
    expect(tokens?.length).toBe(8);
    expect(tokens?.every((id) => id < vocab)).toBe(true);
    generator.destroy();
    gpu.assertHealthy();
    expect(gpu.counters.peakBytes).toBeLessThan(6e9);
    expect(process.memoryUsage().rss).toBeLessThan(6e9);
    trainer.destroy();
  }, 600_000);
});

describe("long sequences", () => {
  const trainerAt = async (T: number) => {
    const gpu = await testGpu();
    const config = configOf({ n_layers: 1, d_model: 16, n_heads: 1, n_ctx: T });
    return LanguageTrainer.create(gpu, {
      model: modelFromSection(config.model, 32),
      optim: { ...config.optim, warmup_steps: 0 },
      maxSteps: 10,
      batchSize: 1,
      contextLength: T,
      accumulation: 1,
      recompute: false,
      seed: 1,
    });
  };

  it("trains at 8,192 tokens in memory that grows with T, not with its square", async () => {
    const T = 8192;
    const half = await trainerAt(T / 2);
    const halfBytes = half.plannedBytes;
    half.destroy();
    const trainer = await trainerAt(T);
    expect(trainer.plannedBytes / halfBytes).toBeLessThan(2.1);
    expect(Math.max(...trainer.bufferSizes)).toBeLessThan((T * T * 4) / 16);
    trainer.initialize();
    const batch = randomBatch(32, T);
    for (let i = 0; i < 2; i++) trainer.runStep([batch]);
    const [first, second] = await trainer.drainMetrics();
    expect(Math.abs((first?.loss ?? 0) - Math.log(32))).toBeLessThan(0.2);
    expect(second?.loss).toBeLessThan(first?.loss ?? 0);
    trainer.destroy();
  }, 300_000);
});
