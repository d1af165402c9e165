import { afterAll, describe, expect, it } from "vitest";
import { languageSchema } from "../../configs/schema/language.ts";
import { RandomStream } from "../../kernels/core/philox.ts";
import { sizeOf } from "../../kernels/core/shape.ts";
import { relativeError } from "../../kernels/testing/close.ts";
import { testGpu } from "../../kernels/testing/gpu.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import { Captures } from "../hooks/hooks.ts";
import { parametersOf } from "../nn/config.ts";
import { modelFromSection } from "../nn/from-config.ts";
import { type GenerateRequest, Generator, type GeneratorOptions } from "./generator.ts";

const VOCAB = 29;
const CAPACITY = 24;
const modelOf = (model: Record<string, unknown>) => {
  const sizes = { n_layers: 2, d_model: 16, n_heads: 4, n_ctx: CAPACITY };
  const section = languageSchema.parse({ lab: "language", model: { ...sizes, ...model } }).model;
  return modelFromSection(section, VOCAB);
};
const llama = modelOf({ family: "llama", n_kv_heads: 2 });
const made: { destroy(): void }[] = [];

async function generator(over: Partial<GeneratorOptions> = {}): Promise<Generator> {
  const gpu = await testGpu();
  const { config = llama } = over;
  const weights = new Pages(gpu, "weights", layOutPages(parametersOf(config), 1 << 24));
  parametersOf(config).forEach((spec, i) => {
    const random = new RandomStream(11, 7 + i);
    // Large weights: a small random model otherwise repeats one token.
    weights.write(
      spec.name,
      Float32Array.from({ length: sizeOf(spec.shape) }, () =>
        spec.init.kind === "constant" ? 1 : random.normal() * 0.5,
      ),
    );
  });
  const result = await Generator.create(gpu, {
    config,
    weights,
    batch: 1,
    prefillChunk: 5,
    ...over,
  });
  made.push(result, weights);
  return result;
}

afterAll(() => {
  for (const thing of made) thing.destroy();
});

const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const warm = { ...greedy, temperature: 1 };
const request = (over: Partial<GenerateRequest>): GenerateRequest => ({
  prompts: [[1, 2, 3, 4, 5, 6, 7]],
  maxNewTokens: 12,
  sampling: greedy,
  seed: 5,
  ...over,
});

describe("Generator", () => {
  it("writes the same tokens however many are decoded per submit or prefilled per chunk", async () => {
    const reference = await (await generator()).generate(request({ sampling: warm }));
    expect(new Set(reference[0]).size).toBeGreaterThan(2);
    for (const over of [{ tokensPerSubmit: 1 }, { tokensPerSubmit: 5 }, { prefillChunk: 2 }])
      expect(await (await generator(over)).generate(request({ sampling: warm }))).toEqual(
        reference,
      );
  });

  // Windows are shorter than the text, so that the cache holds tokens which must not be seen.
  it.each([
    ["llama", llama],
    ["gpt_neo", modelOf({ family: "gpt_neo", sliding_window: 4 })],
    ["gpt_neox", modelOf({ family: "gpt_neox", n_heads: 2 })],
    ["mistral", modelOf({ family: "mistral", n_kv_heads: 1, sliding_window: 4 })],
    ["qwen3", modelOf({ family: "qwen3", n_kv_heads: 2 })],
    ["gemma2", { ...modelOf({ family: "gemma2", sliding_window: 4 }), attnSoftcap: 2 }],
    ["gemma3_text", modelOf({ family: "gemma3_text", sliding_window: 4, rope_theta: 500 })],
  ])(
    "decodes through the cache of a %s what it decodes when the text is fed anew",
    async (_, config) => {
      const one = await generator({ config });
      // Small random models repeat themselves, and then a window hides nothing.
      const sampling = { ...greedy, repetitionPenalty: 5 };
      const [whole = []] = await one.generate(request({ sampling }));
      expect(new Set(whole).size).toBeGreaterThan(5);
      const logits = await one.readLogits();
      for (const cut of [1, 4, 9]) {
        const prompts = [[1, 2, 3, 4, 5, 6, 7, ...whole.slice(0, cut)]];
        const rest = await one.generate(request({ prompts, sampling, maxNewTokens: 12 - cut }));
        expect(rest).toEqual([whole.slice(cut)]);
        expect(relativeError(await one.readLogits(), logits)).toBeLessThanOrEqual(1e-5);
      }
    },
  );

  it("writes the same while somebody looks at rotated queries and keys", async () => {
    const plain = await generator();
    const names = ["hook_rot_q", "hook_rot_k", "hook_pattern"];
    const hooks = new Captures(names.map((hook) => `blocks.0.attn.${hook}`));
    const watched = await generator({ hooks });
    expect(await watched.generate(request({}))).toEqual(await plain.generate(request({})));
    const error = relativeError(await watched.readLogits(), await plain.readLogits());
    expect(error).toBeLessThanOrEqual(1e-5);
    expect(hooks.get("blocks.0.attn.hook_rot_q").spec.shape).toEqual([1, 1, 4, 4]);
  });

  it("writes for each row of a ragged batch what it writes for that row alone", async () => {
    const prompts = [[3], [1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 11, 12, 13]];
    const together = await (await generator({ batch: 3 })).generate(request({ prompts }));
    const alone = await generator();
    for (const [row, prompt] of prompts.entries())
      expect((await alone.generate(request({ prompts: [prompt] })))[0]).toEqual(together[row]);
  });

  it("ends a row at a stop token and lets the others go on", async () => {
    const batch = await generator({ batch: 2 });
    const prompts = [
      [1, 2, 3],
      [9, 8],
    ];
    const free = await batch.generate(request({ prompts }));
    const stop = free[0]?.[3] as number;
    const stopped = await batch.generate(request({ prompts, stopTokens: [stop] }));
    expect(stopped[0]).toEqual(free[0]?.slice(0, (free[0]?.indexOf(stop) ?? 0) + 1));
    const other = free[1]?.indexOf(stop) ?? -1;
    expect(stopped[1]).toEqual(other < 0 ? free[1] : free[1]?.slice(0, other + 1));
  });

  it("goes on past the capacity with the last half of the text as context", async () => {
    const counts: number[] = [];
    const [tokens] = await (await generator()).generate(
      request({
        maxNewTokens: 60,
        sampling: warm,
        onTokens: ([fresh]) => {
          counts.push(fresh?.length ?? 0);
          return undefined;
        },
      }),
    );
    expect(tokens?.length).toBe(60);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(60);
    const other = await (await generator({ tokensPerSubmit: 3 })).generate(
      request({ maxNewTokens: 60, sampling: warm }),
    );
    expect(other[0]).toEqual(tokens);
  });

  it("gives other tokens for another seed, and the likeliest at temperature 0", async () => {
    const one = await generator();
    const a = await one.generate(request({ sampling: warm, seed: 1 }));
    expect(await one.generate(request({ sampling: warm, seed: 1 }))).toEqual(a);
    expect(await one.generate(request({ sampling: warm, seed: 2 }))).not.toEqual(a);
    const cold = await one.generate(request({ seed: 1 }));
    expect(await one.generate(request({ seed: 2 }))).toEqual(cold);
  });

  it("stops early when the listener says so", async () => {
    const [tokens] = await (await generator({ tokensPerSubmit: 2 })).generate(
      request({ onTokens: () => false }),
    );
    expect(tokens?.length).toBe(2);
  });

  it("refuses what it cannot do, saying what must hold", async () => {
    const one = await generator();
    await expect(one.generate(request({ prompts: [[1], [2]] }))).rejects.toThrow("writes 1 rows");
    await expect(one.generate(request({ prompts: [[]] }))).rejects.toThrow("Prompt 0 is empty");
  });
});
