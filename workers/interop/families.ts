// Model families as rows of a table: how config.json reads, and which tensors are which parameters.
// The model itself knows no families; to add one, add a row.
// Source: transformers, models/*/configuration_*.py and modeling_*.py, for keys, defaults and names.
import type { ActivationKind } from "../../kernels/ops/activation/activation.ts";
import type { RopeScaling } from "../../kernels/ops/rope/rope.ts";
import type { ModelConfig } from "../nn/config.ts";
import { badConfig, type ConfigReader, type HfConfig, readConfig } from "./config-reader.ts";

/** Values of `model_type` that can be read and written. */
export type FamilyName = "gpt2" | "llama";

/** Rows of a file's tensor, and where they go: rows of our parameter, counted on the first axis. */
interface RowRange {
  readonly hf: number;
  readonly ours: number;
  readonly rows: number;
}

/** One tensor of a file. Several may fill one parameter: q, k and v fill `attn.qkv`. */
export interface TensorMapping {
  /** Name in the file, without the family's prefix where `isPrefixed`. */
  readonly hf: string;
  readonly isPrefixed: boolean;
  /** Shape in the file. */
  readonly shape: readonly number[];
  /** Name of our parameter; null for one that the model does not have and the file must: zeros. */
  readonly ours: string | null;
  readonly ranges: readonly RowRange[];
  /** A second copy of a parameter that files may hold: read past, and written where it was. */
  readonly isCopy: boolean;
}

/** A tensor of a file that is no parameter, as new files have it. */
interface BufferTensor {
  readonly hf: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Family {
  readonly title: string;
  readonly architecture: string;
  /** What names may begin with; new files take the first. */
  readonly prefixes: readonly string[];
  /** @throws FaultError "bad-model" for values that are impossible or not computed here. */
  toModelConfig(config: HfConfig): ModelConfig;
  /** Every key of a config.json of this family, in its usual order. */
  toHfConfig(model: ModelConfig): HfConfig;
  /** The model that its file describes: what the family has no words for is as it always is there. */
  asWritten(model: ModelConfig): ModelConfig;
  tensors(model: ModelConfig): readonly TensorMapping[];
  /** Names, without prefix, of tensors that hold no weights and are kept as they are. */
  readonly buffers: RegExp;
  newBuffers(model: ModelConfig): readonly BufferTensor[];
}

const ACTIVATIONS: Readonly<Record<string, ActivationKind>> = {
  gelu_new: "gelu_tanh",
  gelu_pytorch_tanh: "gelu_tanh",
  gelu_fast: "gelu_tanh",
  gelu: "gelu_erf",
  gelu_python: "gelu_erf",
  silu: "silu",
  swish: "silu",
  relu: "relu",
  sigmoid: "sigmoid",
  tanh: "tanh",
};
/** Names to write activations by. */
const ACTIVATION_NAMES: { readonly [K in ActivationKind]: string } = {
  gelu_tanh: "gelu_new",
  gelu_erf: "gelu",
  silu: "silu",
  relu: "relu",
  sigmoid: "sigmoid",
  tanh: "tanh",
};

/** What every family has in common unless its row says otherwise. */
const PLAIN = {
  parallelResidual: false,
  qkNorm: false,
  windows: null,
  attnSoftcap: null,
  logitSoftcap: null,
  postNorms: false,
  embedScale: null,
  // Dropout belongs to a training run; what a file says of the run that made it is kept in the file.
  dropout: 0,
} as const;

const gpt2: Family = {
  title: "GPT-2",
  architecture: "GPT2LMHeadModel",
  prefixes: ["", "transformer."],
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    config.only("scale_attn_by_inverse_layer_idx", [false]);
    config.only("add_cross_attention", [false]);
    const dModel = config.count("n_embd", 768);
    const nHeads = config.count("n_head", 12);
    const headDim = divided("n_embd", dModel, "n_head", nHeads);
    return {
      ...PLAIN,
      family: "gpt2",
      vocabSize: config.count("vocab_size", 50257),
      nLayers: layers(config, "n_layer", 12),
      dModel,
      nHeads,
      nKvHeads: nHeads,
      headDim,
      dMlp: config.count("n_inner", 4 * dModel),
      nCtx: config.count("n_positions", 1024),
      norm: {
        kind: "layernorm",
        eps: config.positive("layer_norm_epsilon", 1e-5),
        bias: true,
        weightPlusOne: false,
      },
      position: { kind: "learned" },
      mlp: {
        kind: "plain",
        activation: config.choice("activation_function", ACTIVATIONS, "gelu_new"),
      },
      bias: { qkv: true, attnOut: true, mlp: true },
      linearLayout: "in_out",
      attnScale: config.flag("scale_attn_weights", true) ? 1 / Math.sqrt(headDim) : 1,
      tied: config.flag("tie_word_embeddings", true),
      initStd: config.share("initializer_range", 0.02),
      bosTokenId: config.tokenId("bos_token_id"),
      eosTokenId: config.tokenId("eos_token_id"),
    };
  },
  toHfConfig: (model) => ({
    architectures: [gpt2.architecture],
    model_type: "gpt2",
    vocab_size: model.vocabSize,
    n_positions: model.nCtx,
    n_ctx: model.nCtx,
    n_embd: model.dModel,
    n_layer: model.nLayers,
    n_head: model.nHeads,
    n_inner: model.dMlp === 4 * model.dModel ? null : model.dMlp,
    activation_function: ACTIVATION_NAMES[model.mlp.activation],
    resid_pdrop: model.dropout,
    embd_pdrop: model.dropout,
    attn_pdrop: model.dropout,
    // Written only where it is not what everybody takes it for.
    ...(model.attnScale === 1 && model.headDim > 1 ? { scale_attn_weights: false } : {}),
    layer_norm_epsilon: model.norm.eps,
    initializer_range: model.initStd,
    tie_word_embeddings: model.tied,
    ...ending(model),
  }),
  // A model trained without biases is written with zeros in their place: the same function.
  asWritten: (model) => ({
    ...model,
    dropout: 0,
    norm: { ...model.norm, bias: true },
    bias: { qkv: true, attnOut: true, mlp: true },
  }),
  tensors: (model) => {
    const { dModel: C, dMlp, nCtx, vocabSize } = model;
    const list: TensorMapping[] = [];
    const add = (hf: string, shape: readonly number[], ours: string | null) =>
      list.push(whole(hf, shape, ours));
    const linear = (hf: string, ours: string, from: number, to: number, bias: boolean) => {
      add(`${hf}.weight`, [from, to], `${ours}.weight`);
      add(`${hf}.bias`, [to], bias ? `${ours}.bias` : null);
    };
    const norm = (hf: string, ours: string) => {
      add(`${hf}.weight`, [C], `${ours}.weight`);
      add(`${hf}.bias`, [C], model.norm.bias ? `${ours}.bias` : null);
    };
    add("wte.weight", [vocabSize, C], "embed.weight");
    add("wpe.weight", [nCtx, C], "pos_embed.weight");
    for (let layer = 0; layer < model.nLayers; layer++) {
      const [h, block] = [`h.${layer}`, `blocks.${layer}`];
      norm(`${h}.ln_1`, `${block}.ln1`);
      linear(`${h}.attn.c_attn`, `${block}.attn.qkv`, C, 3 * C, model.bias.qkv);
      linear(`${h}.attn.c_proj`, `${block}.attn.out`, C, C, model.bias.attnOut);
      norm(`${h}.ln_2`, `${block}.ln2`);
      linear(`${h}.mlp.c_fc`, `${block}.mlp.in`, C, dMlp, model.bias.mlp);
      linear(`${h}.mlp.c_proj`, `${block}.mlp.out`, dMlp, C, model.bias.mlp);
    }
    norm("ln_f", "ln_final");
    list.push(head("lm_head.weight", model));
    return list;
  },
  buffers: /^h\.\d+\.attn\.(bias|masked_bias)$/,
  // The causal mask, which published GPT-2 files carry and transformers reads past.
  newBuffers: ({ nLayers, nCtx }) => {
    const values = new Float32Array(nCtx * nCtx);
    for (let row = 0; row < nCtx; row++) values.fill(1, row * nCtx, row * nCtx + row + 1);
    return Array.from({ length: nLayers }, (_, layer) => ({
      hf: `h.${layer}.attn.bias`,
      shape: [1, 1, nCtx, nCtx],
      values,
    }));
  },
};

const llama: Family = {
  title: "Llama",
  architecture: "LlamaForCausalLM",
  prefixes: ["model.", ""],
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    config.only("pretraining_tp", [1]);
    const dModel = config.count("hidden_size", 4096);
    const nHeads = config.count("num_attention_heads", 32);
    const nKvHeads = config.count("num_key_value_heads", nHeads);
    divided("num_attention_heads", nHeads, "num_key_value_heads", nKvHeads);
    const headDim = config.has("head_dim")
      ? config.count("head_dim")
      : divided("hidden_size", dModel, "num_attention_heads", nHeads);
    if (headDim % 2 !== 0) throw badConfig("head_dim must be even", `it is ${headDim}`);
    const attentionBias = config.flag("attention_bias", false);
    return {
      ...PLAIN,
      family: "llama",
      vocabSize: config.count("vocab_size", 32000),
      nLayers: layers(config, "num_hidden_layers", 32),
      dModel,
      nHeads,
      nKvHeads,
      headDim,
      dMlp: config.count("intermediate_size", 11008),
      nCtx: config.count("max_position_embeddings", 2048),
      norm: {
        kind: "rmsnorm",
        eps: config.positive("rms_norm_eps", 1e-6),
        bias: false,
        weightPlusOne: false,
      },
      position: { kind: "rope", rotaryDim: headDim, ...readRope(config) },
      mlp: { kind: "gated", activation: config.choice("hidden_act", ACTIVATIONS, "silu") },
      bias: { qkv: attentionBias, attnOut: attentionBias, mlp: config.flag("mlp_bias", false) },
      linearLayout: "out_in",
      attnScale: 1 / Math.sqrt(headDim),
      tied: config.flag("tie_word_embeddings", false),
      initStd: config.share("initializer_range", 0.02),
      bosTokenId: config.tokenId("bos_token_id"),
      eosTokenId: config.tokenId("eos_token_id"),
    };
  },
  toHfConfig: (model) => ({
    architectures: [llama.architecture],
    model_type: "llama",
    vocab_size: model.vocabSize,
    hidden_size: model.dModel,
    intermediate_size: model.dMlp,
    num_hidden_layers: model.nLayers,
    num_attention_heads: model.nHeads,
    num_key_value_heads: model.nKvHeads,
    head_dim: model.headDim,
    hidden_act: ACTIVATION_NAMES[model.mlp.activation],
    max_position_embeddings: model.nCtx,
    rms_norm_eps: model.norm.eps,
    ...writeRope(model),
    attention_bias: model.bias.qkv,
    mlp_bias: model.bias.mlp,
    tie_word_embeddings: model.tied,
    initializer_range: model.initStd,
    use_cache: true,
    ...ending(model),
  }),
  asWritten: (model) => ({ ...model, dropout: 0 }),
  tensors: (model) => {
    const { dModel: C, dMlp, headDim: D, nHeads, nKvHeads, vocabSize } = model;
    const list: TensorMapping[] = [];
    const add = (hf: string, shape: readonly number[], ours: string) =>
      list.push(whole(hf, shape, ours));
    /** Linear layers side by side: their outputs are rows of one parameter. */
    const stacked = (
      ours: string,
      from: number,
      bias: boolean,
      parts: readonly (readonly [hf: string, to: number])[],
    ) => {
      let row = 0;
      for (const [hf, to] of parts) {
        list.push(rowsOf(`${hf}.weight`, [to, from], `${ours}.weight`, row));
        if (bias) list.push(rowsOf(`${hf}.bias`, [to], `${ours}.bias`, row));
        row += to;
      }
    };
    add("embed_tokens.weight", [vocabSize, C], "embed.weight");
    for (let layer = 0; layer < model.nLayers; layer++) {
      const [hf, block] = [`layers.${layer}`, `blocks.${layer}`];
      add(`${hf}.input_layernorm.weight`, [C], `${block}.ln1.weight`);
      stacked(`${block}.attn.qkv`, C, model.bias.qkv, [
        [`${hf}.self_attn.q_proj`, nHeads * D],
        [`${hf}.self_attn.k_proj`, nKvHeads * D],
        [`${hf}.self_attn.v_proj`, nKvHeads * D],
      ]);
      stacked(`${block}.attn.out`, nHeads * D, model.bias.attnOut, [[`${hf}.self_attn.o_proj`, C]]);
      add(`${hf}.post_attention_layernorm.weight`, [C], `${block}.ln2.weight`);
      stacked(`${block}.mlp.gate_up`, C, model.bias.mlp, [
        [`${hf}.mlp.gate_proj`, dMlp],
        [`${hf}.mlp.up_proj`, dMlp],
      ]);
      stacked(`${block}.mlp.out`, dMlp, model.bias.mlp, [[`${hf}.mlp.down_proj`, C]]);
    }
    add("norm.weight", [C], "ln_final.weight");
    list.push(head("lm_head.weight", model));
    return list;
  },
  buffers: /^(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/,
  newBuffers: () => [],
};

/** The table. A row missing for a name does not compile. */
export const FAMILIES: { readonly [K in FamilyName]: Family } = { gpt2, llama };

/** The row of a `model_type`. @throws FaultError "bad-model" naming those there are. */
export function familyOf(modelType: unknown): Family {
  if (typeof modelType === "string" && Object.hasOwn(FAMILIES, modelType))
    return FAMILIES[modelType as FamilyName];
  throw badConfig(
    `model_type must be one of ${Object.keys(FAMILIES).join(", ")}`,
    `it is ${JSON.stringify(modelType) ?? "absent"}`,
    "Choose a model of one of these families.",
  );
}

const whole = (hf: string, shape: readonly number[], ours: string | null): TensorMapping => ({
  ...rowsOf(hf, shape, ours, 0),
});

/** A tensor that fills rows of a parameter from `row` on. */
const rowsOf = (
  hf: string,
  shape: readonly number[],
  ours: string | null,
  row: number,
): TensorMapping => ({
  hf,
  isPrefixed: true,
  shape,
  ours,
  ranges: [{ hf: 0, ours: row, rows: shape[0] as number }],
  isCopy: false,
});

/** The output matrix; with tied embeddings a copy of the input's, if the file has one at all. */
const head = (hf: string, model: ModelConfig): TensorMapping => ({
  ...whole(hf, [model.vocabSize, model.dModel], model.tied ? "embed.weight" : "unembed.weight"),
  isPrefixed: false,
  isCopy: model.tied,
});

/** The last keys of every config.json. */
const ending = (model: ModelConfig): HfConfig => ({
  torch_dtype: "float32",
  bos_token_id: model.bosTokenId,
  eos_token_id: model.eosTokenId,
  pad_token_id: null,
});

/** Deeper than any model; a larger number is a mistake that would build tables for ever. */
const MAX_LAYERS = 1000;

function layers(config: ConfigReader, key: string, fallback: number): number {
  const count = config.count(key, fallback);
  if (count > MAX_LAYERS) throw badConfig(`${key} must be at most ${MAX_LAYERS}`, `it is ${count}`);
  return count;
}

function divided(whole: string, size: number, part: string, by: number): number {
  if (size % by !== 0)
    throw badConfig(`${whole} must be a multiple of ${part}`, `they are ${size} and ${by}`);
  return size / by;
}

/** Rotary settings, which newer configs keep under `rope_parameters` and older ones under two keys. */
function readRope(config: ConfigReader): { theta: number; scaling: RopeScaling | null } {
  const parameters = config.object("rope_parameters");
  const scaling = parameters ?? config.object("rope_scaling");
  const theta = parameters?.has("rope_theta")
    ? parameters.positive("rope_theta")
    : config.positive("rope_theta", 10000);
  if (!scaling) return { theta, scaling: null };
  const read = scaling.choice(scaling.has("rope_type") ? "rope_type" : "type", SCALINGS, "default");
  return { theta, scaling: read(scaling, config) };
}

type ScalingReader = (scaling: ConfigReader, config: ConfigReader) => RopeScaling | null;

const SCALINGS: Readonly<Record<string, ScalingReader>> = {
  default: () => null,
  linear: (scaling) => ({ kind: "linear", factor: scaling.positive("factor") }),
  llama3: (scaling, config) => {
    const lowFreqFactor = scaling.positive("low_freq_factor");
    const highFreqFactor = scaling.positive("high_freq_factor");
    if (!(highFreqFactor > lowFreqFactor))
      throw badConfig(
        "high_freq_factor must be above low_freq_factor",
        `they are ${highFreqFactor} and ${lowFreqFactor}`,
      );
    return {
      kind: "llama3",
      factor: scaling.positive("factor"),
      lowFreqFactor,
      highFreqFactor,
      originalMaxPositions: scaling.has("original_max_position_embeddings")
        ? scaling.count("original_max_position_embeddings")
        : config.count("max_position_embeddings"),
    };
  },
};

function writeRope({ position }: ModelConfig): HfConfig {
  if (position.kind !== "rope") return { rope_theta: null, rope_scaling: null };
  return { rope_theta: position.theta, rope_scaling: writeScaling(position.scaling) };
}

function writeScaling(scaling: RopeScaling | null): HfConfig | null {
  if (scaling === null) return null;
  if (scaling.kind === "linear") return { factor: scaling.factor, rope_type: "linear" };
  return {
    factor: scaling.factor,
    high_freq_factor: scaling.highFreqFactor,
    low_freq_factor: scaling.lowFreqFactor,
    original_max_position_embeddings: scaling.originalMaxPositions,
    rope_type: "llama3",
  };
}
