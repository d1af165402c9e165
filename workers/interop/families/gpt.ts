// GPT-2 and GPT-Neo: LayerNorm, biases, learned positions.
import { type ModelConfig, windowsBy } from "../../nn/config.ts";
import { badConfig, type ConfigReader, readConfig, show } from "../config-reader.ts";
import {
  ACTIVATION_NAMES,
  ACTIVATIONS,
  divided,
  ending,
  type Family,
  layers,
  PLAIN,
  tensorList,
} from "./family.ts";
import { slidingLayers, windowOf } from "./windows.ts";

export const gpt2: Family = {
  title: "GPT-2",
  architecture: "GPT2LMHeadModel",
  prefixes: ["", "transformer."],
  hasNewKeys: false,
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
      norm: layernorm(config.positive("layer_norm_epsilon", 1e-5)),
      position: { kind: "learned" },
      mlp: {
        kind: "plain",
        activation: config.choice("activation_function", ACTIVATIONS, "gelu_new"),
      },
      bias: { qkv: true, attnOut: true, mlp: true },
      linearLayout: "in_out",
      attnScale: config.flag("scale_attn_weights", true) ? 1 / Math.sqrt(headDim) : 1,
      tied: config.flag("tie_word_embeddings", true),
      ...common(config),
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
    n_inner: innerOf(model),
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
    const { list, add, layernorm, head } = tensorList();
    const linear = (hf: string, ours: string, from: number, to: number, bias: boolean) => {
      add(`${hf}.weight`, [from, to], `${ours}.weight`);
      add(`${hf}.bias`, [to], bias ? `${ours}.bias` : null);
    };
    add("wte.weight", [vocabSize, C], "embed.weight");
    add("wpe.weight", [nCtx, C], "pos_embed.weight");
    for (let layer = 0; layer < model.nLayers; layer++) {
      const [h, block] = [`h.${layer}`, `blocks.${layer}`];
      layernorm(`${h}.ln_1`, `${block}.ln1`, C, model.norm.bias);
      linear(`${h}.attn.c_attn`, `${block}.attn.qkv`, C, 3 * C, model.bias.qkv);
      linear(`${h}.attn.c_proj`, `${block}.attn.out`, C, C, model.bias.attnOut);
      layernorm(`${h}.ln_2`, `${block}.ln2`, C, model.norm.bias);
      linear(`${h}.mlp.c_fc`, `${block}.mlp.in`, C, dMlp, model.bias.mlp);
      linear(`${h}.mlp.c_proj`, `${block}.mlp.out`, dMlp, C, model.bias.mlp);
    }
    layernorm("ln_f", "ln_final", C, model.norm.bias);
    head("lm_head.weight", model);
    return list;
  },
  buffers: /^h\.\d+\.attn\.(bias|masked_bias)$/,
  // The causal mask, which published GPT-2 files carry and transformers reads past.
  newBuffers: ({ nLayers, nCtx }) => {
    const values = causalMask(nCtx, null);
    return Array.from({ length: nLayers }, (_, layer) => ({
      hf: `h.${layer}.attn.bias`,
      shape: [1, 1, nCtx, nCtx],
      dtype: "weights",
      values,
    }));
  },
};

export const gptNeo: Family = {
  title: "GPT-Neo",
  architecture: "GPTNeoForCausalLM",
  prefixes: ["transformer.", ""],
  hasNewKeys: false,
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    const dModel = config.count("hidden_size", 2048);
    const nHeads = config.count("num_heads", 16);
    const nLayers = layers(config, "num_layers", 24);
    const isLocal = readAttentionTypes(config, nLayers);
    return {
      ...PLAIN,
      family: "gpt_neo",
      vocabSize: config.count("vocab_size", 50257),
      nLayers,
      dModel,
      nHeads,
      nKvHeads: nHeads,
      headDim: divided("hidden_size", dModel, "num_heads", nHeads),
      dMlp: config.count("intermediate_size", 4 * dModel),
      nCtx: config.count("max_position_embeddings", 2048),
      norm: layernorm(config.positive("layer_norm_epsilon", 1e-5)),
      position: { kind: "learned" },
      mlp: {
        kind: "plain",
        activation: config.choice("activation_function", ACTIVATIONS, "gelu_new"),
      },
      bias: { qkv: false, attnOut: true, mlp: true },
      linearLayout: "out_in",
      windows: windowsBy(
        nLayers,
        config.count("window_size", 256),
        (layer) => isLocal[layer] === true,
      ),
      // Scores are not divided by the root of the head's width.
      attnScale: 1,
      tied: config.flag("tie_word_embeddings", true),
      ...common(config),
    };
  },
  toHfConfig: (model) => ({
    architectures: [gptNeo.architecture],
    model_type: "gpt_neo",
    vocab_size: model.vocabSize,
    max_position_embeddings: model.nCtx,
    hidden_size: model.dModel,
    num_layers: model.nLayers,
    attention_types: attentionTypes(model),
    num_heads: model.nHeads,
    intermediate_size: innerOf(model),
    window_size: windowOf(model) ?? 256,
    activation_function: ACTIVATION_NAMES[model.mlp.activation],
    resid_dropout: model.dropout,
    embed_dropout: model.dropout,
    attention_dropout: model.dropout,
    layer_norm_epsilon: model.norm.eps,
    initializer_range: model.initStd,
    tie_word_embeddings: model.tied,
    ...ending(model),
  }),
  asWritten: (model) => ({ ...model, dropout: 0 }),
  tensors: (model) => {
    const { dModel: C, dMlp, nCtx, vocabSize, bias } = model;
    const { list, add, layernorm, stacked, head } = tensorList();
    add("wte.weight", [vocabSize, C], "embed.weight");
    add("wpe.weight", [nCtx, C], "pos_embed.weight");
    for (let layer = 0; layer < model.nLayers; layer++) {
      const [h, block] = [`h.${layer}`, `blocks.${layer}`];
      const attention = `${h}.attn.attention`;
      layernorm(`${h}.ln_1`, `${block}.ln1`, C, model.norm.bias);
      stacked(`${block}.attn.qkv`, C, bias.qkv, [
        [`${attention}.q_proj`, C],
        [`${attention}.k_proj`, C],
        [`${attention}.v_proj`, C],
      ]);
      stacked(`${block}.attn.out`, C, bias.attnOut, [[`${attention}.out_proj`, C]]);
      layernorm(`${h}.ln_2`, `${block}.ln2`, C, model.norm.bias);
      stacked(`${block}.mlp.in`, C, bias.mlp, [[`${h}.mlp.c_fc`, dMlp]]);
      stacked(`${block}.mlp.out`, dMlp, bias.mlp, [[`${h}.mlp.c_proj`, C]]);
    }
    layernorm("ln_f", "ln_final", C, model.norm.bias);
    head("lm_head.weight", model);
    return list;
  },
  buffers: /^h\.\d+\.attn\.attention\.(bias|masked_bias)$/,
  // Masks, which published files carry and transformers makes anew.
  newBuffers: (model) => {
    const { nCtx } = model;
    const [global, local] = [causalMask(nCtx, null), causalMask(nCtx, windowOf(model))];
    return slidingLayers(model).flatMap((isLocal, layer) =>
      maskBuffers(`h.${layer}.attn.attention`, nCtx, isLocal ? local : global),
    );
  },
};

export const layernorm = (eps: number): ModelConfig["norm"] => ({
  kind: "layernorm",
  eps,
  bias: true,
  weightPlusOne: false,
});

/** The last settings of these families. */
export const common = (config: ConfigReader) => ({
  initStd: config.share("initializer_range", 0.02),
  bosTokenId: config.tokenId("bos_token_id"),
  eosTokenId: config.tokenId("eos_token_id"),
});

/** Width of the MLP as these families write it: null for the usual. */
const innerOf = ({ dMlp, dModel }: ModelConfig): number | null =>
  dMlp === 4 * dModel ? null : dMlp;

/** 1 where a query may look, row by row. */
export function causalMask(size: number, window: number | null): Float32Array {
  const values = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    const first = window === null ? 0 : Math.max(0, row + 1 - window);
    values.fill(1, row * size + first, row * size + row + 1);
  }
  return values;
}

/** The mask of a layer, and what scores outside of it were once set to. */
export const maskBuffers = (attention: string, size: number, mask: Float32Array) =>
  [
    { hf: `${attention}.bias`, shape: [1, 1, size, size], dtype: "BOOL", values: mask },
    { hf: `${attention}.masked_bias`, shape: [], dtype: "F32", values: Float32Array.of(-1e9) },
  ] as const;

const ATTENTION_TYPES: Readonly<Record<string, boolean>> = { global: false, local: true };

/** Which layers of a GPT-Neo are local: patterns and how often each is repeated. */
function readAttentionTypes(config: ConfigReader, nLayers: number): readonly boolean[] {
  const types = config.list("attention_types") ?? [[["global", "local"], nLayers / 2]];
  const isLocal: boolean[] = [];
  const refuse = (met: string) =>
    badConfig(
      `attention_types must hold pairs of a list of global or local and a count, ${nLayers} layers in all`,
      met,
    );
  for (const entry of types) {
    const [pattern, count]: readonly unknown[] = Array.isArray(entry) ? entry : [];
    const isPattern =
      Array.isArray(pattern) &&
      pattern.length > 0 &&
      pattern.every((type) => typeof type === "string" && Object.hasOwn(ATTENTION_TYPES, type));
    const isCount = typeof count === "number" && Number.isInteger(count) && count >= 1;
    if (!isPattern || !isCount || count * pattern.length > nLayers)
      throw refuse(`it holds ${show(entry)}`);
    for (let i = 0; i < count; i++)
      for (const type of pattern) isLocal.push(ATTENTION_TYPES[type as string] === true);
  }
  if (isLocal.length !== nLayers) throw refuse(`it gives ${isLocal.length}`);
  return isLocal;
}

/** The value of `attention_types`: the shortest pattern that repeats. */
function attentionTypes(model: ModelConfig): readonly unknown[] {
  const types = slidingLayers(model).map((slides) => (slides ? "local" : "global"));
  const { length } = types;
  for (let period = 1; period <= length; period++)
    if (length % period === 0 && types.every((type, layer) => type === types[layer % period]))
      return [[types.slice(0, period), length / period]];
  return [];
}
