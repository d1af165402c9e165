// Plans without a GPU: what is in the way, what to change, how long it takes to say so.
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type LanguageConfig, parseLanguageConfig } from "../../../configs/schema/language.ts";
import { type AdapterProfile, BASELINE_PROFILE } from "../../../kernels/core/adapter.ts";
import { modelFromSection } from "../../nn/from-config.ts";
import { layOutRun, leastMemory } from "./layout.ts";
import { type PlanInputs, planRun, refuseWhatCannotRun } from "./plan-run.ts";

const SOFTWARE: AdapterProfile = {
  ...BASELINE_PROFILE,
  adapterClass: "lavapipe",
  limits: {
    ...BASELINE_PROFILE.limits,
    maxBufferSize: 2 ** 32,
    maxStorageBufferBindingSize: 2 ** 31,
  },
};
const INFO = {
  vendor: "test",
  architecture: "",
  device: "",
  description: "test",
} as GPUAdapterInfo;

beforeAll(() => {
  vi.stubGlobal("GPUBufferUsage", { COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 });
});

function configOf(sections: Record<string, object> = {}): LanguageConfig {
  const parsed = parseLanguageConfig({ lab: "language", ...sections });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

const plan = async (
  config: LanguageConfig,
  {
    profile = SOFTWARE,
    memoryBytes = 8e9,
    ...rest
  }: { profile?: AdapterProfile; memoryBytes?: number | null } & Partial<PlanInputs> = {},
) =>
  (
    await planRun({
      config,
      device: { profile, adapterInfo: INFO },
      machine: { memoryBytes, cores: 2 },
      speed: { adapterClass: profile.adapterClass, cores: 2, peaks: null, measured: [] },
      ...rest,
    })
  ).plan;

describe("a run that fits", () => {
  it("has its size, its memory and its time", async () => {
    const { parameters, memory, time, problems, vocabulary, tokensPerStep } = await plan(
      configOf({ model: { preset: "nano" } }),
    );
    expect(problems).toEqual([]);
    expect(vocabulary).toEqual({ size: 35, isExact: true });
    expect(parameters).toBe(106_432);
    expect(tokensPerStep).toBe(8 * 64);
    expect(memory.counted).toBe("exact");
    const { weights, optimiser, activations, rest, total } = memory;
    expect(weights + optimiser + activations + rest).toBe(total);
    expect(rest).toBeGreaterThan(0);
    expect(time?.basis).toBe("shipped");
    expect(time?.step.low).toBeLessThan(time?.step.milliseconds as number);
    expect(time?.run.milliseconds).toBeGreaterThan(1_000 * (time?.step.milliseconds as number));
  });

  it.each([
    ["more layers", { model: { n_layers: 4 } }],
    ["a longer context", { model: { n_ctx: 128 } }],
    ["more windows", { train: { batch_size: 16 } }],
    ["accumulation", { train: { gradient_accumulation_steps: 2 } }],
  ])("takes longer with %s", async (_, sections) => {
    const base = await plan(configOf());
    const more = await plan(configOf(sections));
    expect(more.time?.step.milliseconds).toBeGreaterThan(base.time?.step.milliseconds as number);
  });

  it("needs less with recomputed blocks, and takes longer", async () => {
    const model = { n_layers: 6, d_model: 128 };
    const base = await plan(configOf({ model }));
    const less = await plan(configOf({ model, train: { recompute: true } }));
    expect(less.memory.activations).toBeLessThan(0.7 * base.memory.activations);
    expect(less.time?.step.milliseconds).toBeGreaterThan(base.time?.step.milliseconds as number);
  });

  it("is never laid out below the least that it needs", async () => {
    for (const sections of [
      {},
      { model: { family: "gemma3_text", n_layers: 7, d_model: 48 } },
      { model: { family: "llama", d_model: 96, n_heads: 6 }, train: { recompute: true } },
      { model: { preset: "micro" }, optim: { optimizer: "sgd", momentum: 0 } },
      { train: { precision: "16-mixed", batch_size: 64 } },
      { data: { tokenizer: "bpe", vocab_size: 20_000 }, optim: { optimizer: "muon" } },
    ]) {
      const config = configOf(sections as Record<string, object>);
      const vocab = config.data.tokenizer === "bpe" ? config.data.vocab_size : 35;
      const model = modelFromSection(config.model, vocab);
      const profile = { ...SOFTWARE, f16: true };
      const { memory } = await layOutRun(config, model, { profile, adapterInfo: INFO });
      expect(leastMemory(config, model).total).toBeLessThanOrEqual(memory.total);
    }
  });
});

describe("a deep model", () => {
  it.each(["gpt2", "gemma3_text"])(
    "of %s is counted nearly right from shallower ones",
    async (family) => {
      const model = { family, n_layers: 30, d_model: 32, n_heads: 2, n_ctx: 32 };
      const config = configOf({ model });
      const deep = modelFromSection(config.model, 35);
      const device = { profile: SOFTWARE, adapterInfo: INFO };
      const quick = await layOutRun(config, deep, device);
      // The whole of it, in pieces that are laid out each by itself.
      const wholes = await Promise.all(
        [18, 24].map((n_layers) =>
          layOutRun(
            configOf({ model: { ...model, n_layers } }),
            modelFromSection({ ...config.model, n_layers }, 35),
            device,
          ),
        ),
      );
      const [a, b] = wholes as [(typeof wholes)[0], (typeof wholes)[0]];
      const carried = b.memory.total + (b.memory.total - a.memory.total);
      expect(quick.memory.counted).toBe("nearly");
      expect(quick.memory.total / carried).toBeGreaterThan(0.97);
      expect(quick.memory.total / carried).toBeLessThan(1.03);
      expect(quick.dispatchesPerStep).toBe(2 * b.dispatchesPerStep - a.dispatchesPerStep);
      const flops = (work: readonly { flops: number }[]) =>
        work.reduce((sum, each) => sum + each.flops, 0);
      expect(flops(quick.step) / (2 * flops(b.step) - flops(a.step))).toBeCloseTo(1, 2);
    },
  );
});

describe("a run that cannot fit", () => {
  it("in the machine's memory names what it has, and what would fit", async () => {
    const config = configOf({ model: { preset: "small" }, train: { batch_size: 64 } });
    const { problems } = await plan(config, { memoryBytes: 2e9 });
    expect(problems).toHaveLength(1);
    const [problem] = problems;
    expect(problem).toMatchObject({
      code: "memory",
      isFatal: true,
      params: { has: 2e9, budget: 1.2e9 },
    });
    expect(problem?.fault.code).toBe("out-of-memory");
    expect(problem?.fault.message).toMatch(
      /^The run needs [\d.]+ GB of memory; this machine has 2.0 GB/,
    );
    const batch = problem?.fixes.find(({ settings }) => "train.batch_size" in settings);
    const size = batch?.settings["train.batch_size"] as number;
    expect(problem?.fault.hint).toContain(`train.batch_size ${size}`);
    // The same tokens in a step, and it really fits.
    expect(size * (batch?.settings["train.gradient_accumulation_steps"] as number)).toBe(64);
    const fixed = await plan(
      configOf({ model: { preset: "small" }, train: { batch_size: size } }),
      { memoryBytes: 2e9 },
    );
    expect(fixed.problems).toEqual([]);
    expect(fixed.memory.total).toBe(batch?.bytes);
    expect(batch?.bytes).toBeLessThanOrEqual(1.2e9);
    // The next larger one does not.
    const larger = await plan(
      configOf({ model: { preset: "small" }, train: { batch_size: 2 * size } }),
      { memoryBytes: 2e9 },
    );
    expect(larger.problems).toHaveLength(1);
    expect(() => refuseWhatCannotRun(larger)).toThrow(/The run needs/);
  });

  it("is refused at once, however large", async () => {
    const started = performance.now();
    const config = configOf({
      model: { n_layers: 96, d_model: 8_192, n_heads: 64, n_ctx: 131_072 },
      train: { batch_size: 4_096 },
    });
    for (const profile of [SOFTWARE, { ...SOFTWARE, adapterClass: "gpu" as const }]) {
      const refused = await plan(config, { profile, withFixes: false });
      expect(refused.problems[0]).toMatchObject({ code: "memory", isFatal: true });
      expect(refused.memory.counted).toBe("at-least");
      expect(refused.time).toBeNull();
      expect(refused.parameters).toBeGreaterThan(7e10);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("in one binding says so, and what to change", async () => {
    const profile = {
      ...SOFTWARE,
      limits: { ...SOFTWARE.limits, maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 },
    };
    const config = configOf({
      model: { d_model: 512, n_heads: 8, n_ctx: 256 },
      train: { batch_size: 256 },
    });
    const { problems, time } = await plan(config, { profile, memoryBytes: 64e9 });
    expect(problems[0]).toMatchObject({
      code: "limit",
      isFatal: true,
      fault: { code: "out-of-memory" },
    });
    expect(problems[0]?.fixes[0]?.settings["train.batch_size"]).toBeLessThan(256);
    expect(time).toBeNull();
  });

  it("in f16 without the feature offers 32-true", async () => {
    const { problems } = await plan(configOf({ train: { precision: "16-mixed" } }));
    expect(problems[0]).toMatchObject({
      code: "feature",
      fault: { code: "missing-feature" },
      fixes: [{ settings: { "train.precision": "32-true" } }],
    });
  });

  it("for want of text names how much would do", async () => {
    const config = configOf({
      data: { characters: 10_000 },
      model: { n_ctx: 16_384 },
      train: { batch_size: 1 },
    });
    const { problems } = await plan(config, { memoryBytes: 64e9 });
    const short = problems.find(({ code }) => code === "text");
    expect(short).toMatchObject({ isFatal: true, params: { tokens: 10_000, context: 16_384 } });
    expect(short?.fixes.map(({ settings }) => settings)).toEqual([
      { "model.n_ctx": 8_192 },
      { "data.characters": 327_680 },
    ]);
  });

  it("is not guessed at for a file that nobody has looked at", async () => {
    const data = { dataset: "file", path: "tales.txt" };
    expect((await plan(configOf({ data }))).problems).toEqual([]);
    const short = await plan(configOf({ data }), { text: { characters: 40 } });
    expect(short.problems[0]).toMatchObject({ code: "text", fault: { code: "bad-data" } });
    expect(short.problems[0]?.fault.message).toContain("tales.txt");
  });
});

describe("a large run on a GPU", () => {
  it("is told of, not refused: nobody says how much memory there is", async () => {
    const profile = { ...SOFTWARE, adapterClass: "gpu" as const };
    const config = configOf({ model: { preset: "gpt2" }, train: { batch_size: 8 } });
    const big = await plan(config, { profile, memoryBytes: 8e9 });
    expect(big.problems).toEqual([
      expect.objectContaining({ code: "memory-unknown", isFatal: false }),
    ]);
    expect(() => refuseWhatCannotRun(big)).not.toThrow();
  });
});
