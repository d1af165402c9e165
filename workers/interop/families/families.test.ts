import { describe, expect, it } from "vitest";
import { type ModelConfig, rotationOf } from "../../nn/config.ts";
import { digestsOf, encode, folderOf, json, numbered, written } from "../../testing/model-files.ts";
import { folderOfWritten } from "../files.ts";
import { readFolder } from "../huggingface.ts";
import { tensorMappings, valuesOf, writeFolder } from "../write-folder.ts";
import { FAMILIES, type FamilyName, familyOf } from "./index.ts";

describe("the families", () => {
  /** Odd sizes, every option of the family. */
  const variants: Record<FamilyName, readonly Record<string, unknown>[]> = {
    gpt2: [
      { n_embd: 12, n_head: 3, n_layer: 2, vocab_size: 7, n_positions: 5 },
      { n_embd: 8, n_head: 2, n_layer: 1, n_inner: 20, tie_word_embeddings: false },
      { n_embd: 8, n_head: 2, n_layer: 1, activation_function: "gelu", scale_attn_weights: false },
    ],
    llama: [
      { hidden_size: 12, num_attention_heads: 3, num_hidden_layers: 2, num_key_value_heads: 1 },
      { hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 1, attention_bias: true },
      { hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 1, mlp_bias: true, head_dim: 6 },
      {
        hidden_size: 8,
        num_attention_heads: 2,
        num_hidden_layers: 1,
        rope_scaling: { type: "linear", factor: 2 },
        eos_token_id: [5, 6],
      },
    ],
    gpt_neo: [
      { hidden_size: 12, num_heads: 3, num_layers: 4, max_position_embeddings: 5, window_size: 2 },
      {
        hidden_size: 8,
        num_heads: 2,
        num_layers: 3,
        max_position_embeddings: 6,
        intermediate_size: null,
        attention_types: [
          [["global"], 1],
          [["local"], 2],
        ],
        tie_word_embeddings: false,
      },
      {
        hidden_size: 8,
        num_heads: 2,
        num_layers: 2,
        max_position_embeddings: 6,
        attention_types: [[["global"], 2]],
      },
    ],
    gpt_neox: [
      {
        hidden_size: 48,
        num_attention_heads: 3,
        num_hidden_layers: 2,
        max_position_embeddings: 6,
        rope_parameters: { rope_theta: 500, rope_type: "default", partial_rotary_factor: 0.5 },
      },
      {
        hidden_size: 20,
        num_attention_heads: 2,
        num_hidden_layers: 1,
        max_position_embeddings: 6,
        rotary_pct: 0.6,
        use_parallel_residual: false,
        attention_bias: false,
        tie_word_embeddings: true,
        rope_scaling: { type: "linear", factor: 4 },
      },
    ],
    mistral: [
      { hidden_size: 12, num_attention_heads: 3, num_hidden_layers: 2, num_key_value_heads: 1 },
      {
        hidden_size: 8,
        num_attention_heads: 2,
        num_hidden_layers: 1,
        num_key_value_heads: null,
        sliding_window: null,
      },
    ],
    qwen2: [
      { hidden_size: 12, num_attention_heads: 3, num_hidden_layers: 2, num_key_value_heads: 1 },
      {
        hidden_size: 8,
        num_attention_heads: 2,
        num_hidden_layers: 3,
        num_key_value_heads: 2,
        head_dim: 6,
        use_sliding_window: true,
        sliding_window: 3,
        max_window_layers: 1,
        rope_scaling: { rope_type: "linear", factor: 2 },
      },
    ],
    qwen3: [
      { hidden_size: 12, num_attention_heads: 3, num_hidden_layers: 2, num_key_value_heads: 1 },
      {
        hidden_size: 8,
        num_attention_heads: 2,
        num_hidden_layers: 3,
        num_key_value_heads: 1,
        head_dim: 6,
        attention_bias: true,
        use_sliding_window: true,
        layer_types: ["sliding_attention", "full_attention", "sliding_attention"],
      },
    ],
    gemma2: [
      { hidden_size: 12, num_attention_heads: 4, num_hidden_layers: 3, head_dim: 6 },
      {
        hidden_size: 8,
        num_attention_heads: 2,
        num_hidden_layers: 2,
        num_key_value_heads: 1,
        head_dim: 4,
        query_pre_attn_scalar: 7.5,
        attn_logit_softcapping: null,
        final_logit_softcapping: null,
        attention_bias: true,
        layer_types: ["full_attention", "sliding_attention"],
      },
    ],
    gemma3_text: [
      { hidden_size: 12, num_attention_heads: 4, num_hidden_layers: 7, head_dim: 6 },
      {
        hidden_size: 8,
        num_attention_heads: 4,
        num_hidden_layers: 3,
        head_dim: 4,
        final_logit_softcapping: 20,
        layer_types: ["full_attention", "sliding_attention", "sliding_attention"],
        rope_parameters: {
          full_attention: { rope_theta: 5000, rope_type: "linear", factor: 8 },
          sliding_attention: { rope_theta: 300, rope_type: "default" },
        },
      },
    ],
  };

  it.each(Object.keys(FAMILIES) as FamilyName[])(
    "%s: tensors fill every parameter exactly once, and come back",
    async (name) => {
      const family = FAMILIES[name];
      for (const variant of variants[name]) {
        const config = family.toModelConfig({ vocab_size: 11, intermediate_size: 10, ...variant });
        expect(family.toModelConfig(family.toHfConfig(config))).toEqual(config);
        const parameters = numbered(config);
        const seen = tensorMappings(config)
          .filter((mapping) => !mapping.isCopy)
          .flatMap((mapping) => [...valuesOf(mapping, parameters)]);
        expect(seen.sort((a, b) => a - b)).toEqual(seen.map((_, i) => i));
        expect(seen).toHaveLength([...parameters.values()].reduce((n, p) => n + p.length, 0));
        const back = await readFolder(folderOfWritten(await writeFolder({ config, parameters })));
        expect(back.config).toEqual(config);
        expect(digestsOf(back.parameters)).toEqual(digestsOf(parameters));
      }
    },
  );

  it("have the defaults of transformers", () => {
    expect(FAMILIES.gpt2.toModelConfig({})).toMatchObject({
      vocabSize: 50257,
      dModel: 768,
      dMlp: 3072,
      nCtx: 1024,
      tied: true,
      mlp: { activation: "gelu_tanh" },
      attnScale: 0.125,
    });
    expect(FAMILIES.llama.toModelConfig({})).toMatchObject({
      vocabSize: 32000,
      headDim: 128,
      nKvHeads: 32,
      tied: false,
      norm: { kind: "rmsnorm", eps: 1e-6 },
    });
    expect(FAMILIES.gpt_neo.toModelConfig({})).toMatchObject({
      nCtx: 2048,
      dMlp: 8192,
      attnScale: 1,
      tied: true,
      bias: { qkv: false, attnOut: true },
    });
    expect(FAMILIES.gpt_neox.toModelConfig({})).toMatchObject({
      vocabSize: 50432,
      parallelResidual: true,
      position: { theta: 10000, rotaryDim: 24 },
      mlp: { activation: "gelu_erf" },
      tied: false,
    });
    expect(FAMILIES.mistral.toModelConfig({}).windows).toEqual(new Array(32).fill(4096));
    expect(FAMILIES.mistral.toModelConfig({})).toMatchObject({ nKvHeads: 8, nCtx: 131072 });
    expect(FAMILIES.qwen2.toModelConfig({})).toMatchObject({
      bias: { qkv: true, attnOut: false, mlp: false },
      windows: null,
      headDim: 128,
    });
    expect(FAMILIES.qwen3.toModelConfig({ hidden_size: 1024 })).toMatchObject({
      qkNorm: true,
      headDim: 128,
      bias: { qkv: false },
    });
    expect(FAMILIES.gemma2.toModelConfig({})).toMatchObject({
      attnSoftcap: 50,
      logitSoftcap: 30,
      attnScale: 1 / 16,
      embedScale: 48,
      postNorms: true,
      norm: { weightPlusOne: true },
      mlp: { kind: "gated", activation: "gelu_tanh" },
      tied: true,
    });
    expect(FAMILIES.gemma3_text.toModelConfig({})).toMatchObject({
      vocabSize: 262208,
      attnSoftcap: null,
      logitSoftcap: null,
      qkNorm: true,
      position: { theta: 1_000_000, local: { theta: 10_000, scaling: null } },
    });
  });

  it("stack q, k and v as rows, and gate over up", () => {
    const config = FAMILIES.llama.toModelConfig({
      hidden_size: 8,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      num_hidden_layers: 1,
      intermediate_size: 10,
      vocab_size: 3,
    });
    const rows = Object.fromEntries(
      tensorMappings(config).map(({ name, ours, ranges }) => [name, [ours, ranges[0]?.ours]]),
    );
    expect(rows).toMatchObject({
      "model.layers.0.self_attn.q_proj.weight": ["blocks.0.attn.qkv.weight", 0],
      "model.layers.0.self_attn.k_proj.weight": ["blocks.0.attn.qkv.weight", 8],
      "model.layers.0.self_attn.v_proj.weight": ["blocks.0.attn.qkv.weight", 12],
      "model.layers.0.mlp.gate_proj.weight": ["blocks.0.mlp.gate_up.weight", 0],
      "model.layers.0.mlp.up_proj.weight": ["blocks.0.mlp.gate_up.weight", 10],
    });
  });

  it("spread the heads of NeoX over q, k and v", () => {
    const config = FAMILIES.gpt_neox.toModelConfig({
      hidden_size: 16,
      num_attention_heads: 2,
      num_hidden_layers: 1,
    });
    const qkv = tensorMappings(config).filter(({ name }) => name.includes("query_key_value"));
    expect(qkv.map(({ name, shape }) => [name.split(".").at(-1), shape])).toEqual([
      ["weight", [48, 16]],
      ["bias", [48]],
    ]);
    for (const { ranges } of qkv)
      expect(ranges).toEqual([
        { hf: 0, ours: 0, rows: 8 },
        { hf: 8, ours: 16, rows: 8 },
        { hf: 16, ours: 32, rows: 8 },
        { hf: 24, ours: 8, rows: 8 },
        { hf: 32, ours: 24, rows: 8 },
        { hf: 40, ours: 40, rows: 8 },
      ]);
  });

  it("give layers their windows by rule, or by list where there is one", () => {
    const windows = (name: FamilyName, hf: Record<string, unknown>) =>
      FAMILIES[name].toModelConfig({ ...hf, sliding_window: 5, window_size: 5 }).windows;
    expect(windows("gpt_neo", { num_layers: 4 })).toEqual([null, 5, null, 5]);
    expect(windows("mistral", { num_hidden_layers: 2 })).toEqual([5, 5]);
    expect(windows("gemma2", { num_hidden_layers: 3 })).toEqual([5, null, 5]);
    expect(windows("gemma3_text", { num_hidden_layers: 7 })).toEqual([5, 5, 5, 5, 5, null, 5]);
    const pattern = { num_hidden_layers: 4, sliding_window_pattern: 2 };
    expect(windows("gemma3_text", pattern)).toEqual([5, null, 5, null]);
    const types = ["full_attention", "sliding_attention", "sliding_attention", "full_attention"];
    expect(windows("gemma3_text", { ...pattern, layer_types: types })).toEqual([null, 5, 5, null]);
    const qwen = { num_hidden_layers: 3, max_window_layers: 1, head_dim: 8 };
    expect(windows("qwen2", qwen)).toBeNull();
    expect(windows("qwen2", { ...qwen, use_sliding_window: true })).toEqual([null, 5, 5]);
    const few = { ...qwen, layer_types: ["full_attention", "full_attention", "sliding_attention"] };
    expect(windows("qwen3", { ...few, use_sliding_window: true })).toEqual([null, null, 5]);
    expect(windows("qwen3", few)).toBeNull();
  });

  it("turn the layers of Gemma 3 that have a window by a base of their own", () => {
    const old = { num_hidden_layers: 6, rope_scaling: { rope_type: "linear", factor: 8 } };
    const config = FAMILIES.gemma3_text.toModelConfig(old);
    const rotations = Array.from({ length: 6 }, (_, layer) => rotationOf(config, layer));
    const local = { theta: 10_000, scaling: null };
    expect(rotations.slice(0, 5)).toEqual([local, local, local, local, local]);
    expect(rotations[5]).toMatchObject({
      theta: 1_000_000,
      scaling: { kind: "linear", factor: 8 },
    });
    const parameters = {
      full_attention: { rope_theta: 1e6, rope_type: "linear", factor: 8 },
      sliding_attention: { rope_theta: 1e4, rope_type: "default" },
    };
    const renewed = { num_hidden_layers: 6, rope_parameters: parameters };
    expect(FAMILIES.gemma3_text.toModelConfig(renewed)).toEqual(config);
  });

  it("round Gemma's factor on embeddings to the type of the file", () => {
    const scale = (dtype: Record<string, unknown>) =>
      FAMILIES.gemma2.toModelConfig({ hidden_size: 1152, ...dtype }).embedScale;
    expect(scale({})).toBe(Math.sqrt(1152));
    expect(scale({ torch_dtype: "float32" })).toBe(Math.sqrt(1152));
    expect(scale({ torch_dtype: "bfloat16" })).toBe(34);
    expect(scale({ dtype: "float16" })).toBe(33.9375);
  });

  it("write Mistral with the keys of transformers 5, and change those a file has", async () => {
    const published = {
      architectures: ["MistralForCausalLM"],
      model_type: "mistral",
      vocab_size: 11,
      hidden_size: 12,
      intermediate_size: 10,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      num_key_value_heads: 1,
      head_dim: 4,
      hidden_act: "silu",
      max_position_embeddings: 256,
      rms_norm_eps: 1e-5,
      rope_parameters: { rope_theta: 10000, rope_type: "default" },
      sliding_window: 5,
      tie_word_embeddings: false,
      initializer_range: 0.02,
      use_cache: true,
      dtype: "float32",
      bos_token_id: null,
      eos_token_id: null,
      pad_token_id: null,
    };
    const config = FAMILIES.mistral.toModelConfig(published);
    const made = await written({ config, parameters: numbered(config) });
    expect(Object.keys(json(made["config.json"]))).toEqual(Object.keys(published));
    expect(json(made["config.json"])).toEqual(published);
    const { rope_parameters, dtype, ...rest } = published;
    const old = { ...rest, rope_theta: 10000, torch_dtype: dtype };
    const model = await readFolder(folderOf({ ...made, "config.json": encode(old) }));
    expect(model.config).toEqual(config);
    const turned = { ...config, position: { ...config.position, theta: 500 } } as ModelConfig;
    const after = await written({ ...model, config: turned }, { origin: model.origin });
    expect(json(after["config.json"])).toEqual({ ...old, rope_theta: 500 });
  });

  it("change a base where Gemma 3 and NeoX keep it under rope_parameters", async () => {
    const gemma = {
      model_type: "gemma3_text",
      vocab_size: 11,
      hidden_size: 8,
      intermediate_size: 10,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      head_dim: 4,
      rope_parameters: {
        full_attention: { rope_theta: 5000, rope_type: "default" },
        sliding_attention: { rope_theta: 300, rope_type: "default" },
      },
    };
    const neox = {
      model_type: "gpt_neox",
      vocab_size: 11,
      hidden_size: 16,
      intermediate_size: 10,
      num_hidden_layers: 1,
      num_attention_heads: 1,
      max_position_embeddings: 6,
      rope_parameters: { rope_theta: 5000, rope_type: "default", partial_rotary_factor: 0.25 },
    };
    const changed = async (hf: Record<string, unknown>, change: Record<string, unknown>) => {
      const config = familyOf(hf.model_type).toModelConfig(hf);
      const made = await written({ config, parameters: numbered(config) });
      const model = await readFolder(folderOf({ ...made, "config.json": encode(hf) }));
      const position = { ...config.position, ...change } as ModelConfig["position"];
      const other = { ...model, config: { ...config, position } };
      return json((await written(other, { origin: model.origin }))["config.json"]).rope_parameters;
    };
    expect(await changed(gemma, { local: { theta: 7, scaling: null } })).toEqual({
      full_attention: { rope_theta: 5000, rope_type: "default" },
      sliding_attention: { rope_theta: 7, rope_type: "default" },
    });
    expect(await changed(gemma, { scaling: { kind: "linear", factor: 2 } })).toEqual({
      full_attention: { rope_theta: 5000, rope_type: "linear", factor: 2 },
      sliding_attention: { rope_theta: 300, rope_type: "default" },
    });
    expect(await changed(neox, { theta: 70, rotaryDim: 8 })).toEqual({
      rope_theta: 70,
      rope_type: "default",
      partial_rotary_factor: 0.5,
    });
  });

  it.each<readonly [string, FamilyName, Record<string, unknown>, RegExp]>([
    [
      "a window on half the layers",
      "gemma2",
      { layer_types: ["full_attention"] },
      /layer_types must have one entry for each of 26 layers; it has 1/,
    ],
    [
      "chunks",
      "qwen3",
      { num_hidden_layers: 1, layer_types: ["chunked_attention"] },
      /must hold full_attention or sliding_attention; it holds "chunked_attention"/,
    ],
    [
      "layer types as text",
      "qwen3",
      { layer_types: "full" },
      /layer_types must be a list; it is "full"/,
    ],
    [
      "a window of zero",
      "mistral",
      { sliding_window: 0 },
      /sliding_window must be a whole number, 1 or more; it is 0/,
    ],
    [
      "capped scores of Gemma 3",
      "gemma3_text",
      { attn_logit_softcapping: 50 },
      /attn_logit_softcapping must be absent; it is 50/,
    ],
    [
      "Gemma that looks ahead",
      "gemma3_text",
      { use_bidirectional_attention: true },
      /must be false or absent/,
    ],
    [
      "a type of eight bits",
      "gemma2",
      { torch_dtype: "float8_e4m3fn" },
      /torch_dtype must be one of float64/,
    ],
    [
      "a rotated part that is odd",
      "gpt_neox",
      { rotary_pct: 0.1 },
      /rotary_pct must leave an even part of each head to be rotated; 0.1 of 96 is 9/,
    ],
    ["all of a head and more", "gpt_neox", { rotary_pct: 1.5 }, /1.5 of 96 is 144/],
    [
      "too few local layers",
      "gpt_neo",
      { attention_types: [[["local"], 3]] },
      /24 layers in all; it gives 3/,
    ],
    [
      "endless local layers",
      "gpt_neo",
      { attention_types: [[["local"], 1e12]] },
      /attention_types must hold pairs/,
    ],
    [
      "an unknown pattern",
      "gpt_neo",
      { attention_types: [[["dense"], 24]] },
      /it holds \[\["dense"\],24\]/,
    ],
    ["no pattern", "gpt_neo", { attention_types: [7] }, /it holds 7/],
  ])("refuse %s", (_, name, hf, message) => {
    expect(() => FAMILIES[name].toModelConfig(hf)).toThrow(message);
  });
});
