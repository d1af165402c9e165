// What a look shows, against a transformer in doubles, against published layouts, and against itself.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { languageSchema } from "../../../configs/schema/language.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import { RandomStream } from "../../../kernels/core/philox.ts";
import { sizeOf } from "../../../kernels/core/shape.ts";
import { relativeError } from "../../../kernels/testing/close.ts";
import { testGpu } from "../../../kernels/testing/gpu.ts";
import type { Look } from "../../api/inspect.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { layOutPages, Pages } from "../../engine/pages.ts";
import { readFolder } from "../../interop/huggingface.ts";
import { type ModelConfig, parametersOf } from "../../nn/config.ts";
import { modelFromSection } from "../../nn/from-config.ts";
import { cpuForward, softmaxOf } from "../../testing/cpu-transformer.ts";
import { filesOf, folderOf } from "../../testing/model-files.ts";
import { VectorSet } from "../../testing/vector-set.ts";
import { compileForward, longestLook, lookBytes, roomFor } from "./forward.ts";
import { Inspector } from "./inspector.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});

/** Reads numbers as ids: these models have no words. */
const numbers = (vocabSize: number) =>
  ({
    vocabSize,
    frame: { before: [], after: [] },
    encode: (text: string) => Int32Array.from(text.split(" ").filter(Boolean), Number),
    decode: (ids: Uint32Array) => ids.join(" "),
    decodeToken: (id: number) => `<${id}>`,
    isSpecial: (id: number) => id === 0,
  }) as unknown as Tokenizer;

type Weights = ReadonlyMap<string, Float32Array>;

function inspect(config: ModelConfig, weights: Weights) {
  const pages = new Pages(
    gpu,
    "looked at",
    layOutPages(parametersOf(config), gpu.profile.limits.maxStorageBufferBindingSize),
  );
  for (const [name, data] of weights) pages.write(name, Float32Array.from(data));
  const inspector = new Inspector({
    gpu,
    config,
    tokenizer: numbers(config.vocabSize),
    profile: gpu.profile,
    weights: pages,
    refresh: async () => null,
    aside: (work) => work(async () => {}),
    free: () => pages.destroy(),
  });
  return { inspector, pages };
}

function randomModel(model: Record<string, unknown>, scale = 0.3) {
  const section = languageSchema.parse({ lab: "language", model }).model;
  const config = modelFromSection(section, 61);
  const weights = new Map(
    parametersOf(config).map(({ name, shape, init }, i) => {
      const random = new RandomStream(11, i);
      const base = init.kind === "constant" ? init.value : 0;
      return [
        name,
        Float32Array.from({ length: sizeOf(shape) }, () => base + scale * random.normal()),
      ];
    }),
  );
  return { config, weights };
}

const textOf = (ids: readonly number[]) => ids.join(" ");
const randomIds = (n: number, below: number, seed = 3): number[] => {
  const random = new RandomStream(seed, 0);
  return Array.from({ length: n }, () => Math.floor(random.next() * below));
};
const wanted = <T>(value: T | null): T => {
  if (value === null) throw new Error("nothing came back");
  return value;
};
const lookAt = async (inspector: Inspector, ids: readonly number[]): Promise<Look> =>
  wanted(await inspector.look({ text: textOf(ids) }));

/** What a look must say of rows of logits. */
function saidBy(logits: readonly ArrayLike<number>[], ids: readonly number[]) {
  return logits.map((row, i) => {
    const p = softmaxOf(Array.from(row));
    const order = [...p.keys()].sort((a, b) => (row[b] as number) - (row[a] as number) || a - b);
    const next = ids[i + 1];
    return {
      p,
      order,
      loss: next === undefined ? Number.NaN : -Math.log(p[next] as number),
      rank: next === undefined ? p.length : order.indexOf(next),
      entropy: -p.reduce((sum, v) => sum + (v > 0 ? v * Math.log(v) : 0), 0),
    };
  });
}

const SIZES = { n_layers: 3, d_model: 32, n_heads: 4, n_ctx: 48, d_mlp: 40 };

describe("a look into a model of every kind", () => {
  it.each([
    ["gpt2", {}],
    ["gpt_neo", { sliding_window: 5 }],
    ["gpt_neox", {}],
    ["llama", { n_kv_heads: 2 }],
    ["mistral", { n_kv_heads: 2, sliding_window: 6 }],
    ["qwen3", { n_kv_heads: 1 }],
    ["gemma2", { n_kv_heads: 2, sliding_window: 4 }],
    ["gemma3_text", { n_kv_heads: 2, sliding_window: 7 }],
  ])("shows what a %s in doubles computes %o", async (family, over) => {
    const { config, weights } = randomModel({ family, ...SIZES, ...over });
    const ids = randomIds(41, 61);
    const want = cpuForward(config, weights, ids);
    const { inspector } = inspect(config, weights);
    const look = await lookAt(inspector, ids);
    const T = ids.length;

    // Tokens, and what the model expected.
    expect(Array.from(look.ids)).toEqual(ids);
    const said = saidBy(want.logits.at(-1) ?? [], ids);
    expect(look.loss.at(-1)).toBeNaN();
    expect(
      relativeError(
        look.loss.slice(0, -1),
        said.slice(0, -1).map((s) => s.loss),
      ),
    ).toBeLessThan(2e-4);
    expect(
      relativeError(
        look.entropy,
        said.map((s) => s.entropy),
      ),
    ).toBeLessThan(2e-4);
    const top = said.flatMap(({ p, order }) => order.slice(0, look.k).map((id) => p[id] as number));
    expect(look.k).toBe(20);
    expect(relativeError(look.topProbabilities, top)).toBeLessThan(2e-4);
    // Places in the order may differ where two are nearly alike; the likeliest are far apart here.
    said.forEach(({ order, p, rank }, i) => {
      const clear = (p[order[0] as number] as number) - (p[order[1] as number] as number) > 1e-4;
      if (clear) expect(look.topIds[i * look.k]).toBe(order[0]);
      expect(Math.abs((look.rank[i] as number) - rank)).toBeLessThanOrEqual(1);
      expect(look.pieces[look.topIds[i * look.k] as number]).toBe(`<${look.topIds[i * look.k]}>`);
    });

    // Patterns of all heads: causal, within the window, rows of sum 1, and the numbers themselves.
    const { cells, cellTokens, shares } = look.thumbnails;
    expect([cells, cellTokens]).toEqual([Math.ceil(T / 2), 2]);
    for (let layer = 0; layer < config.nLayers; layer++)
      for (let head = 0; head < config.nHeads; head++) {
        const pattern = wanted(await inspector.attention(look.lookId, layer, head));
        const truth = (want.patterns[layer]?.[head] ?? []).flatMap((row) => [...row]);
        expect(relativeError(pattern, truth)).toBeLessThan(2e-4);
        const window = config.windows?.[layer] ?? T;
        for (let i = 0; i < T; i++) {
          const row = pattern.subarray(i * T, (i + 1) * T);
          expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
          const seen = row.slice(Math.max(0, i - window + 1), i + 1).reduce((a, b) => a + b);
          expect(seen).toBe(row.reduce((a, b) => a + b));
        }
        const small = shares
          .slice((layer * config.nHeads + head) * cells * cells)
          .subarray(0, cells * cells);
        for (let I = 0; I < cells; I++) {
          const queries = [2 * I, 2 * I + 1].filter((i) => i < T);
          for (let J = 0; J < cells; J++) {
            const keys = [2 * J, 2 * J + 1].filter((j) => j < T);
            const share = queries.flatMap((i) => keys.map((j) => pattern[i * T + j] as number));
            expect(small[I * cells + J]).toBeCloseTo(
              share.reduce((a, b) => a + b) / queries.length,
              5,
            );
          }
        }
      }

    // The lens: every layer against the reference, the last against the look itself, bit for bit.
    const lens = wanted(await inspector.logitLens(look.lookId));
    expect(lens.hooks).toEqual([
      "blocks.0.hook_resid_pre",
      ...[0, 1, 2].map((layer) => `blocks.${layer}.hook_resid_post`),
    ]);
    lens.hooks.forEach((_, row) => {
      const layerSaid = saidBy(want.logits[row] ?? [], ids);
      const own = lens.topProbabilities.slice(row * T * lens.k, (row + 1) * T * lens.k);
      const truth = layerSaid.flatMap(({ p, order }) =>
        order.slice(0, lens.k).map((id) => p[id] as number),
      );
      expect(relativeError(own, truth)).toBeLessThan(2e-4);
      const next = lens.nextProbability.slice(row * T, (row + 1) * T - 1);
      expect(
        relativeError(
          next,
          layerSaid.slice(0, -1).map((s) => Math.exp(-s.loss)),
        ),
      ).toBeLessThan(2e-4);
    });
    const last = config.nLayers * T;
    for (let i = 0; i < T; i++) {
      const at = (last + i) * lens.k;
      expect(lens.topIds.slice(at, at + lens.k)).toEqual(
        look.topIds.slice(i * look.k, i * look.k + lens.k),
      );
      expect(lens.topProbabilities.slice(at, at + lens.k)).toEqual(
        look.topProbabilities.slice(i * look.k, i * look.k + lens.k),
      );
      expect(lens.nextRank[last + i]).toBe(look.rank[i]);
    }
    inspector.destroy();
    await inspector.settled;
    gpu.assertHealthy();
  });
});

describe("a look into published layouts", () => {
  const ROOT = join(import.meta.dirname, "../../testing/vectors");
  let set: VectorSet;
  beforeAll(async () => {
    set = await VectorSet.open(
      ["manifest.json"],
      async (path) => new Uint8Array(await readFile(join(ROOT, path))),
      (group) => group === "models",
    );
  });

  it.each([
    "gpt2/full",
    "llama/full",
    "gpt2_prefixed/pad_left",
    "gpt_neo/pad_left",
    "gpt_neox/pad_left",
    "qwen2_bf16_untied/pad_left",
    "qwen3/pad_left",
    "gemma2/pad_left",
    "gemma3_text/pad_left",
  ])("agrees with transformers on %s", async (name) => {
    const golden = set.cases.find((c) => c.case === name);
    if (!golden) throw new Error(`no case ${name}`);
    const tensor = (kind: "inputs" | "outputs", key: string) =>
      set.tensor("models", golden[kind][key] as string).array;
    const { config, parameters } = await readFolder(
      folderOf(filesOf((golden.attrs.path as string).replace("models/", ""))),
    );
    // The first row of each batch has no padding.
    const T = 11;
    const ids = Array.from(tensor("inputs", "input_ids").data.slice(0, T));
    const V = config.vocabSize;
    const logits = tensor("outputs", "logits").data;
    const said = saidBy(
      Array.from({ length: T }, (_, i) => logits.slice(i * V, (i + 1) * V)),
      ids,
    );
    const { inspector } = inspect(config, parameters);
    const look = await lookAt(inspector, ids);
    expect(
      relativeError(
        look.loss.slice(0, -1),
        said.slice(0, -1).map((s) => s.loss),
      ),
    ).toBeLessThan(1e-4);
    expect(
      relativeError(
        look.entropy,
        said.map((s) => s.entropy),
      ),
    ).toBeLessThan(1e-4);
    const top = said.flatMap(({ p, order }) => order.slice(0, look.k).map((id) => p[id] as number));
    expect(relativeError(look.topProbabilities, top)).toBeLessThan(1e-4);
    const attentions = tensor("outputs", "attentions_0").data;
    for (let head = 0; head < config.nHeads; head++) {
      const pattern = wanted(await inspector.attention(look.lookId, 0, head));
      const truth = attentions.slice(head * T * T, (head + 1) * T * T);
      expect(relativeError(pattern, truth)).toBeLessThan(1e-4);
    }
    inspector.destroy();
    await inspector.settled;

    const key = golden.outputs.hidden_states;
    if (key === undefined) return;
    // transformers' hidden states: the embedding, then each block, the last of them after the final norm.
    const states = set.tensor("models", key).array;
    const again = inspect(config, parameters);
    const forward = await compileForward(gpu, config, again.pages, 16, gpu.profile);
    await forward.run(Uint32Array.from(ids), { turn: async () => {}, isStale: () => false });
    const C = config.dModel;
    for (let row = 0; row < config.nLayers; row++) {
      const { buffer, offset } = forward.stream(row);
      const got = new Float32Array(await gpu.read(buffer, offset, T * C * 4));
      const truth = states.data.slice(row * 2 * T * C, (row * 2 + 1) * T * C);
      expect(relativeError(got, truth)).toBeLessThan(1e-5);
    }
    forward.destroy();
    again.pages.destroy();
  });
});

describe("Inspector", () => {
  const gpt2 = () => randomModel({ family: "gpt2", ...SIZES, n_ctx: 100 });

  it("reads a single token, and no more than the model's context", async () => {
    const { config, weights } = gpt2();
    const { inspector } = inspect(config, weights);
    const one = await lookAt(inspector, [7]);
    expect(one.loss).toEqual(Float32Array.of(Number.NaN));
    expect(one.rank).toEqual(Uint32Array.of(61));
    expect(one.isCut).toBe(false);
    expect(Array.from(wanted(await inspector.attention(one.lookId, 0, 0)))).toEqual([1]);
    const long = await lookAt(inspector, randomIds(130, 61));
    expect(long.ids.length).toBe(100);
    expect(long.isCut).toBe(true);
    expect(long.specials).toEqual([...long.ids.keys()].filter((i) => long.ids[i] === 0));
    await expect(inspector.look({ text: "" })).rejects.toThrow("A look needs at least one token");
    await expect(inspector.look({ text: "61" })).rejects.toThrow("the tokenizer gave number 61");
    inspector.destroy();
  });

  it("says of a text what it said of its beginning: nothing looks ahead, and room changes nothing", async () => {
    const { config, weights } = gpt2();
    const { inspector } = inspect(config, weights);
    const ids = randomIds(90, 61);
    const short = await lookAt(inspector, ids.slice(0, 20));
    const long = await lookAt(inspector, ids);
    expect(relativeError(long.loss.slice(0, 19), short.loss.slice(0, 19))).toBeLessThan(1e-5);
    expect(long.topIds.slice(0, 19 * 20)).toEqual(short.topIds.slice(0, 19 * 20));
    inspector.destroy();
  });

  it("finds the nearest tokens, by angle or product, with and without what all have in common", async () => {
    const { config, weights } = randomModel({ family: "llama", ...SIZES, tie_embeddings: false });
    const { inspector } = inspect(config, weights);
    const look = await lookAt(inspector, [1, 2]);
    const C = config.dModel;
    for (const matrix of ["embed", "unembed"] as const)
      for (const by of ["cosine", "dot"] as const)
        for (const isCentred of [false, true]) {
          const table = weights.get(`${matrix}.weight`) as Float32Array;
          const mean = Array.from({ length: C }, (_, c) =>
            isCentred
              ? Array.from({ length: 61 }, (_r, r) => table[r * C + c] as number).reduce(
                  (a, b) => a + b,
                ) / 61
              : 0,
          );
          const row = (r: number) => mean.map((m, c) => (table[r * C + c] as number) - m);
          const dot = (a: number[], b: number[]) =>
            a.reduce((s, v, c) => s + v * (b[c] as number), 0);
          const query = row(9);
          const truth = Array.from({ length: 61 }, (_, id) => {
            const own = row(id);
            const product = dot(own, query);
            return {
              id,
              dot: product,
              cosine: product / Math.sqrt(dot(own, own) * dot(query, query)),
            };
          })
            .filter(({ id }) => id !== 9)
            .sort((a, b) => b[by] - a[by])
            .slice(0, 20);
          const got = wanted(
            await inspector.neighbours(look.lookId, { tokenId: 9, matrix, by, isCentred }),
          );
          expect(got.map(({ id }) => id)).toEqual(truth.map(({ id }) => id));
          expect(got[0]?.piece).toBe(`<${got[0]?.id}>`);
          for (const measure of ["cosine", "dot"] as const)
            expect(
              relativeError(
                got.map((n) => n[measure]),
                truth.map((n) => n[measure]),
              ),
            ).toBeLessThan(1e-4);
        }
    expect(() =>
      inspector.neighbours(look.lookId, {
        tokenId: 61,
        matrix: "embed",
        by: "dot",
        isCentred: false,
      }),
    ).toThrow("The model has 61 tokens; number 61 was asked for.");
    expect(() => inspector.attention(look.lookId, 3, 0)).toThrow(
      "3 layers of 4 heads; layer 3, head 0",
    );
    inspector.destroy();
  });

  it("answers the last of twenty looks asked at once, and computes hardly any of the others", async () => {
    const { config, weights } = gpt2();
    const { inspector } = inspect(config, weights);
    const dispatchesOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = gpu.counters.dispatches;
      await work();
      return gpu.counters.dispatches - before;
    };
    await lookAt(inspector, randomIds(20, 61));
    const alone = await dispatchesOf(() => lookAt(inspector, randomIds(20, 61)));
    let answers: (Look | null)[] = [];
    const many = await dispatchesOf(async () => {
      answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          inspector.look({ text: textOf(randomIds(20, 61, i)) }),
        ),
      );
    });
    expect(answers.slice(0, -1)).toEqual(Array(19).fill(null));
    expect(Array.from(answers.at(-1)?.ids ?? [])).toEqual(randomIds(20, 61, 19));
    expect(many).toBeLessThanOrEqual(2 * alone);

    // What is asked of an old look, or asked again meanwhile, is not answered.
    const look = answers.at(-1) as Look;
    const newer = inspector.look({ text: "1 2 3" });
    expect(await inspector.logitLens(look.lookId)).toBeNull();
    const { lookId } = wanted(await newer);
    expect(await inspector.attention(look.lookId, 0, 0)).toBeNull();
    const heads = await Promise.all([0, 1, 2].map((head) => inspector.attention(lookId, 0, head)));
    expect(heads.map((pattern) => pattern !== null)).toEqual([false, false, true]);
    inspector.destroy();
  });

  it("holds no more memory after many looks than after a few, and none after its end", async () => {
    const { config, weights } = gpt2();
    const start = gpu.counters.liveBytes;
    const { inspector } = inspect(config, weights);
    const round = async () => {
      for (const n of [5, 40, 90, 17, 64, 100]) {
        const { lookId } = await lookAt(inspector, randomIds(n, 61, n));
        await inspector.attention(lookId, 1, 2);
        await inspector.logitLens(lookId);
        await inspector.neighbours(lookId, {
          tokenId: 3,
          matrix: "embed",
          by: "cosine",
          isCentred: true,
        });
      }
      return gpu.counters.liveBytes;
    };
    const first = await round();
    expect(await round()).toBe(first);
    expect(await round()).toBe(first);
    inspector.destroy();
    expect(await inspector.look({ text: "1" })).toBeNull();
    await inspector.settled;
    expect(gpu.counters.liveBytes).toBe(start);
  });
});

describe("room for a look", () => {
  const config = (over: Partial<ModelConfig>) => ({
    ...randomModel({ family: "gpt2", ...SIZES }).config,
    ...over,
  });
  const limits = {
    limits: { ...({} as Gpu["profile"]["limits"]), maxStorageBufferBindingSize: 2 ** 27 },
  };

  it("is the model's context where memory allows, at most 1,024 tokens", () => {
    expect(longestLook(config({ nCtx: 100 }), limits)).toBe(100);
    expect(longestLook(config({ nCtx: 8_192 }), limits)).toBe(1_024);
  });

  it("is less for a large model, so that a look stays under 256 MB", () => {
    const large = config({
      nLayers: 26,
      dModel: 2_304,
      nHeads: 8,
      nKvHeads: 4,
      headDim: 256,
      dMlp: 9_216,
      nCtx: 8_192,
    });
    const T = longestLook(large, limits);
    expect(T).toBeLessThan(1_024);
    expect(lookBytes(large, T)).toBeLessThanOrEqual(256 * 2 ** 20);
    expect(lookBytes(large, 2 * T)).toBeGreaterThan(256 * 2 ** 20);
  });

  it("comes in few sizes", () => {
    expect([1, 32, 33, 64, 65, 100].map((n) => roomFor(n, 100))).toEqual([
      32, 32, 64, 64, 100, 100,
    ]);
    expect(roomFor(5, 16)).toBe(16);
  });
});
