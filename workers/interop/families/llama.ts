// Llama and the families built like it: RMSNorm, rotary positions, gated MLP, shared key and value heads.
import { type ModelConfig, windowsBy } from "../../nn/config.ts";
import { badConfig, type ConfigReader, type HfConfig, readConfig } from "../config-reader.ts";
import {
  ACTIVATION_NAMES,
  ACTIVATIONS,
  divided,
  ending,
  type Family,
  type FamilyName,
  ifSet,
  layers,
  PLAIN,
  type TensorMapping,
  tensorList,
} from "./family.ts";
import { readRope, scalingOf, thetaOf } from "./rope.ts";
import { readWindows, slidingLayers, unruledLayerTypes, windowOf } from "./windows.ts";

/** What transformers takes for keys that are absent. */
export interface LlamaDefaults {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly dMlp: number;
  readonly nLayers: number;
  readonly nHeads: number;
  /** Null: as many as heads. */
  readonly nKvHeads: number | null;
  /** Null: the width over the heads. */
  readonly headDim: number | null;
  readonly nCtx: number;
  readonly tied: boolean;
  readonly activation: { readonly key: string; readonly name: string };
}

/** What all of these families say in the same words; a row spreads its own over it. */
export function readLlamaLike(
  family: FamilyName,
  config: ConfigReader,
  defaults: LlamaDefaults,
): ModelConfig {
  const dModel = config.count("hidden_size", defaults.dModel);
  const nHeads = config.count("num_attention_heads", defaults.nHeads);
  const nKvHeads = config.countOrNull("num_key_value_heads", defaults.nKvHeads) ?? nHeads;
  divided("num_attention_heads", nHeads, "num_key_value_heads", nKvHeads);
  const headDim =
    config.countOrNull("head_dim", defaults.headDim) ??
    divided("hidden_size", dModel, "num_attention_heads", nHeads);
  if (headDim % 2 !== 0) throw badConfig("head_dim must be even", `it is ${headDim}`);
  const { key, name } = defaults.activation;
  return {
    ...PLAIN,
    family,
    vocabSize: config.count("vocab_size", defaults.vocabSize),
    nLayers: layers(config, "num_hidden_layers", defaults.nLayers),
    dModel,
    nHeads,
    nKvHeads,
    headDim,
    dMlp: config.count("intermediate_size", defaults.dMlp),
    nCtx: config.count("max_position_embeddings", defaults.nCtx),
    norm: {
      kind: "rmsnorm",
      eps: config.positive("rms_norm_eps", 1e-6),
      bias: false,
      weightPlusOne: false,
    },
    position: { kind: "rope", rotaryDim: headDim, ...readRope(config), local: null },
    mlp: { kind: "gated", activation: config.choice(key, ACTIVATIONS, name) },
    bias: { qkv: false, attnOut: false, mlp: false },
    linearLayout: "out_in",
    attnScale: 1 / Math.sqrt(headDim),
    tied: config.flag("tie_word_embeddings", defaults.tied),
    initStd: config.share("initializer_range", 0.02),
    bosTokenId: config.tokenId("bos_token_id"),
    eosTokenId: config.tokenId("eos_token_id"),
  };
}

/** `attention_bias`: of queries, keys and values, and of what comes out. */
export function attentionBias(config: ConfigReader): ModelConfig["bias"] {
  const has = config.flag("attention_bias", false);
  return { qkv: has, attnOut: has, mlp: false };
}

/** The first keys of these families. */
export const sizes = (model: ModelConfig, architecture: string): HfConfig => ({
  architectures: [architecture],
  model_type: model.family,
  vocab_size: model.vocabSize,
  hidden_size: model.dModel,
  intermediate_size: model.dMlp,
  num_hidden_layers: model.nLayers,
  num_attention_heads: model.nHeads,
  num_key_value_heads: model.nKvHeads,
});

/** The keys of the build that come next in Llama's and Mistral's files. */
const build = (model: ModelConfig): HfConfig => ({
  head_dim: model.headDim,
  hidden_act: ACTIVATION_NAMES[model.mlp.activation],
  max_position_embeddings: model.nCtx,
  rms_norm_eps: model.norm.eps,
  rope_theta: thetaOf(model),
  rope_scaling: scalingOf(model),
});

/** Their last keys but {@link ending}. */
export const closing = (model: ModelConfig): HfConfig => ({
  tie_word_embeddings: model.tied,
  initializer_range: model.initStd,
  use_cache: true,
});

/** Tensors of a model of Llama's build, with the norms and biases that it has. */
function llamaTensors(model: ModelConfig): readonly TensorMapping[] {
  const { dModel: C, dMlp, headDim: D, nHeads, nKvHeads, vocabSize, bias } = model;
  const { list, add, stacked, head } = tensorList();
  const norm = (hf: string, ours: string, width = C) =>
    add(`${hf}.weight`, [width], `${ours}.weight`);
  add("embed_tokens.weight", [vocabSize, C], "embed.weight");
  for (let layer = 0; layer < model.nLayers; layer++) {
    const [hf, block] = [`layers.${layer}`, `blocks.${layer}`];
    const attention = `${hf}.self_attn`;
    norm(`${hf}.input_layernorm`, `${block}.ln1`);
    stacked(`${block}.attn.qkv`, C, bias.qkv, [
      [`${attention}.q_proj`, nHeads * D],
      [`${attention}.k_proj`, nKvHeads * D],
      [`${attention}.v_proj`, nKvHeads * D],
    ]);
    if (model.qkNorm) {
      norm(`${attention}.q_norm`, `${block}.attn.q_norm`, D);
      norm(`${attention}.k_norm`, `${block}.attn.k_norm`, D);
    }
    stacked(`${block}.attn.out`, nHeads * D, bias.attnOut, [[`${attention}.o_proj`, C]]);
    // One name for two norms: what comes after attention is before the MLP, unless both are there.
    if (model.postNorms) {
      norm(`${hf}.post_attention_layernorm`, `${block}.ln1_post`);
      norm(`${hf}.pre_feedforward_layernorm`, `${block}.ln2`);
    } else norm(`${hf}.post_attention_layernorm`, `${block}.ln2`);
    stacked(`${block}.mlp.gate_up`, C, bias.mlp, [
      [`${hf}.mlp.gate_proj`, dMlp],
      [`${hf}.mlp.up_proj`, dMlp],
    ]);
    stacked(`${block}.mlp.out`, dMlp, bias.mlp, [[`${hf}.mlp.down_proj`, C]]);
    if (model.postNorms) norm(`${hf}.post_feedforward_layernorm`, `${block}.ln2_post`);
  }
  norm("norm", "ln_final");
  head("lm_head.weight", model);
  return list;
}

/** What the rows of these families share. */
export const LLAMA_LIKE = {
  prefixes: ["model.", ""],
  hasNewKeys: false,
  asWritten: (model: ModelConfig): ModelConfig => ({ ...model, dropout: 0 }),
  tensors: llamaTensors,
  buffers: /^(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/,
  newBuffers: () => [],
} as const;

const SILU = { key: "hidden_act", name: "silu" } as const;

export const llama: Family = {
  ...LLAMA_LIKE,
  title: "Llama",
  architecture: "LlamaForCausalLM",
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    config.only("pretraining_tp", [1]);
    return {
      ...readLlamaLike("llama", config, {
        vocabSize: 32000,
        dModel: 4096,
        dMlp: 11008,
        nLayers: 32,
        nHeads: 32,
        nKvHeads: null,
        headDim: null,
        nCtx: 2048,
        tied: false,
        activation: SILU,
      }),
      bias: { ...attentionBias(config), mlp: config.flag("mlp_bias", false) },
    };
  },
  toHfConfig: (model) => ({
    ...sizes(model, llama.architecture),
    ...build(model),
    attention_bias: model.bias.qkv,
    mlp_bias: model.bias.mlp,
    ...closing(model),
    ...ending(model),
  }),
};

export const mistral: Family = {
  ...LLAMA_LIKE,
  title: "Mistral",
  architecture: "MistralForCausalLM",
  hasNewKeys: true,
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    const model = readLlamaLike("mistral", config, {
      vocabSize: 32000,
      dModel: 4096,
      dMlp: 14336,
      nLayers: 32,
      nHeads: 32,
      nKvHeads: 8,
      headDim: null,
      nCtx: 131072,
      tied: false,
      activation: SILU,
    });
    const window = config.countOrNull("sliding_window", 4096);
    return { ...model, windows: windowsBy(model.nLayers, window, () => true) };
  },
  toHfConfig: (model) => ({
    ...sizes(model, mistral.architecture),
    ...build(model),
    sliding_window: windowOf(model),
    ...closing(model),
    ...ending(model),
  }),
};

export const qwen2: Family = {
  ...LLAMA_LIKE,
  title: "Qwen 2",
  architecture: "Qwen2ForCausalLM",
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    const model = readLlamaLike("qwen2", config, { ...QWEN, headDim: null });
    return {
      ...model,
      bias: { qkv: true, attnOut: false, mlp: false },
      windows: readQwenWindows(config, model.nLayers),
    };
  },
  toHfConfig: (model) => {
    const isUsualWidth = model.headDim * model.nHeads === model.dModel;
    return {
      ...sizes(model, qwen2.architecture),
      ...ifSet("head_dim", isUsualWidth ? null : model.headDim),
      ...qwenBuild(model, ifSet("rope_scaling", scalingOf(model))),
      ...closing(model),
      attention_dropout: model.dropout,
      ...ending(model),
    };
  },
};

export const qwen3: Family = {
  ...LLAMA_LIKE,
  title: "Qwen 3",
  architecture: "Qwen3ForCausalLM",
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    const model = readLlamaLike("qwen3", config, { ...QWEN, headDim: 128 });
    return {
      ...model,
      bias: attentionBias(config),
      qkNorm: true,
      windows: readQwenWindows(config, model.nLayers),
    };
  },
  toHfConfig: (model) => ({
    ...sizes(model, qwen3.architecture),
    head_dim: model.headDim,
    ...qwenBuild(model, { rope_scaling: scalingOf(model) }),
    attention_bias: model.bias.qkv,
    attention_dropout: model.dropout,
    ...closing(model),
    ...ending(model),
  }),
};

const QWEN = {
  vocabSize: 151936,
  dModel: 4096,
  dMlp: 22016,
  nLayers: 32,
  nHeads: 32,
  nKvHeads: 32,
  nCtx: 32768,
  tied: false,
  activation: SILU,
} as const;

/** Layers from `max_window_layers` on slide, if `use_sliding_window` says that any does. */
function readQwenWindows(config: ConfigReader, nLayers: number): ModelConfig["windows"] {
  const isUsed = config.flag("use_sliding_window", false);
  const window = isUsed ? config.countOrNull("sliding_window", 4096) : null;
  const first = config.has("max_window_layers") ? config.share("max_window_layers", 0) : 28;
  return readWindows(config, nLayers, window, (layer) => layer >= first);
}

/** @param scaling how the family writes `rope_scaling`. */
function qwenBuild(model: ModelConfig, scaling: HfConfig): HfConfig {
  const first = slidingLayers(model).indexOf(true);
  const from = first < 0 ? model.nLayers : first;
  return {
    hidden_act: ACTIVATION_NAMES[model.mlp.activation],
    max_position_embeddings: model.nCtx,
    max_window_layers: from,
    rms_norm_eps: model.norm.eps,
    rope_theta: thetaOf(model),
    ...scaling,
    sliding_window: windowOf(model),
    use_sliding_window: first >= 0,
    ...unruledLayerTypes(model, (layer) => layer >= from),
  };
}
