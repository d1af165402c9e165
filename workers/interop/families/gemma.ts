// Gemma 2 and 3: Llama's build with norms on both sides of attention and MLP, weights of norms stored
// less one, scaled embeddings, and windows on most layers.
import type { ModelConfig } from "../../nn/config.ts";
import { type ConfigReader, type HfConfig, readConfig } from "../config-reader.ts";
import { type FloatDType, fromFloat32, toFloat32 } from "../safetensors.ts";
import { ACTIVATION_NAMES, ending, type Family, type FamilyName, ifSet } from "./family.ts";
import {
  attentionBias,
  closing,
  LLAMA_LIKE,
  type LlamaDefaults,
  readLlamaLike,
  sizes,
} from "./llama.ts";
import { readRotation, scalingOf, thetaOf } from "./rope.ts";
import { layerTypes, readWindows, slidingLayers, unruledLayerTypes, windowOf } from "./windows.ts";

const GEMMA: LlamaDefaults = {
  vocabSize: 256000,
  dModel: 2304,
  dMlp: 9216,
  nLayers: 26,
  nHeads: 8,
  nKvHeads: 4,
  headDim: 256,
  nCtx: 8192,
  tied: true,
  activation: { key: "hidden_activation", name: "gelu_pytorch_tanh" },
};

/** What both say in the same words, but for windows and positions. */
function readGemma(family: FamilyName, config: ConfigReader, defaults: LlamaDefaults): ModelConfig {
  const model = readLlamaLike(family, config, defaults);
  return {
    ...model,
    norm: { ...model.norm, weightPlusOne: true },
    bias: attentionBias(config),
    attnScale: 1 / Math.sqrt(config.positive("query_pre_attn_scalar", 256)),
    postNorms: true,
    embedScale: readEmbedScale(config, model.dModel),
  };
}

const GEMMA_LIKE = {
  ...LLAMA_LIKE,
  // The type that the file is written in decides how the factor is rounded.
  asWritten: (model: ModelConfig): ModelConfig => ({
    ...model,
    dropout: 0,
    embedScale: Math.sqrt(model.dModel),
  }),
} as const;

export const gemma2: Family = {
  ...GEMMA_LIKE,
  title: "Gemma 2",
  architecture: "Gemma2ForCausalLM",
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    const model = readGemma("gemma2", config, GEMMA);
    const window = config.countOrNull("sliding_window", 4096);
    return {
      ...model,
      windows: readWindows(config, model.nLayers, window, isEven),
      attnSoftcap: config.positiveOrNull("attn_logit_softcapping", 50),
      logitSoftcap: config.positiveOrNull("final_logit_softcapping", 30),
    };
  },
  toHfConfig: (model) => ({
    ...sizes(model, gemma2.architecture),
    head_dim: model.headDim,
    hidden_act: activationName(model),
    ...attentionKeys(model),
    sliding_window: windowOf(model),
    max_position_embeddings: model.nCtx,
    rms_norm_eps: model.norm.eps,
    rope_theta: thetaOf(model),
    ...ifSet("rope_scaling", scalingOf(model)),
    attention_bias: model.bias.qkv,
    attention_dropout: model.dropout,
    ...closing(model),
    ...ending(model),
    ...unruledLayerTypes(model, (layer) => windowOf(model) !== null && isEven(layer)),
  }),
};

export const gemma3Text: Family = {
  ...GEMMA_LIKE,
  title: "Gemma 3",
  architecture: "Gemma3ForCausalLM",
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    config.only("attn_logit_softcapping", []);
    config.only("use_bidirectional_attention", [false]);
    const model = readGemma("gemma3_text", config, { ...GEMMA, vocabSize: 262208, nCtx: 131072 });
    const pattern = config.count("sliding_window_pattern", 6);
    const window = config.countOrNull("sliding_window", 4096);
    return {
      ...model,
      qkNorm: true,
      position: { kind: "rope", rotaryDim: model.headDim, ...readRotations(config) },
      windows: readWindows(config, model.nLayers, window, (layer) => (layer + 1) % pattern !== 0),
      logitSoftcap: config.positiveOrNull("final_logit_softcapping", null),
    };
  },
  toHfConfig: (model) => ({
    ...sizes(model, gemma3Text.architecture),
    head_dim: model.headDim,
    ...attentionKeys(model),
    sliding_window: windowOf(model),
    // Which layers slide is said in full by layer_types; this is what older versions read.
    sliding_window_pattern: slidingPattern(model),
    max_position_embeddings: model.nCtx,
    rms_norm_eps: model.norm.eps,
    rope_theta: thetaOf(model),
    rope_local_base_freq: localTheta(model),
    rope_scaling: scalingOf(model),
    attention_bias: model.bias.qkv,
    attention_dropout: model.dropout,
    ...closing(model),
    ...ending(model),
    layer_types: layerTypes(model),
  }),
};

const isEven = (layer: number) => layer % 2 === 0;

const activationName = ({ mlp }: ModelConfig) =>
  mlp.activation === "gelu_tanh" ? "gelu_pytorch_tanh" : ACTIVATION_NAMES[mlp.activation];

const attentionKeys = (model: ModelConfig): HfConfig => ({
  hidden_activation: activationName(model),
  query_pre_attn_scalar: queryScalar(model),
  attn_logit_softcapping: model.attnSoftcap,
  final_logit_softcapping: model.logitSoftcap,
});

/** The number whose inverse root scales the scores, without the last digits that squaring disturbs. */
const queryScalar = ({ attnScale }: ModelConfig): number =>
  Number((1 / (attnScale * attnScale)).toPrecision(14));

/** After how many layers one without a window comes; more than there are where none does. */
function slidingPattern(model: ModelConfig): number {
  const first = slidingLayers(model).indexOf(false);
  return first < 0 ? Math.max(6, model.nLayers + 1) : first + 1;
}

const localTheta = ({ position }: ModelConfig): number | null =>
  position.kind === "rope" ? (position.local?.theta ?? position.theta) : null;

/** Layers with a window turn by `rope_local_base_freq` and are never scaled. */
function readRotations(config: ConfigReader) {
  const parameters = config.object("rope_parameters");
  const full = parameters?.object("full_attention") ?? parameters ?? config.object("rope_scaling");
  const sliding = parameters?.object("sliding_attention") ?? null;
  return {
    ...readRotation(full, config, "rope_theta", 1_000_000),
    local: readRotation(sliding, config, "rope_local_base_freq", 10_000),
  };
}

const FILE_TYPES: Readonly<Record<string, FloatDType>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
};

/**
 * Factor on embeddings: sqrt(width) in the precision of the model's own type, as transformers has it.
 * In bfloat16 the root of 2304 is 48, but that of 1152 is 34 and not 33.94.
 */
function readEmbedScale(config: ConfigReader, dModel: number): number {
  const root = Math.sqrt(dModel);
  const dtype = config.choice(config.has("dtype") ? "dtype" : "torch_dtype", FILE_TYPES, "float32");
  // We compute in f32: wider types change nothing.
  if (dtype === "F64" || dtype === "F32") return root;
  const bytes = fromFloat32(Float32Array.of(root), dtype);
  return toFloat32({ name: "embed_scale", dtype, shape: [1], bytes })[0] as number;
}
