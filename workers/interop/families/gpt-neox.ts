// GPT-NeoX, which Pythia is: heads that are rotated in part, attention and MLP side by side.
import { ropeFrequencies } from "../../../kernels/ops/rope/rope.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { badConfig, type ConfigReader, readConfig } from "../config-reader.ts";
import {
  ACTIVATION_NAMES,
  ACTIVATIONS,
  divided,
  ending,
  type Family,
  ifSet,
  layers,
  PLAIN,
  type RowRange,
  tensorList,
} from "./family.ts";
import { causalMask, common, layernorm, maskBuffers } from "./gpt.ts";
import { readRope, scalingOf, thetaOf } from "./rope.ts";

export const gptNeox: Family = {
  title: "GPT-NeoX",
  architecture: "GPTNeoXForCausalLM",
  prefixes: ["gpt_neox.", ""],
  hasNewKeys: false,
  toModelConfig: (hf) => {
    const config = readConfig(hf);
    const dModel = config.count("hidden_size", 6144);
    const nHeads = config.count("num_attention_heads", 64);
    const headDim = divided("hidden_size", dModel, "num_attention_heads", nHeads);
    const attentionBias = config.flag("attention_bias", true);
    return {
      ...PLAIN,
      family: "gpt_neox",
      vocabSize: config.count("vocab_size", 50432),
      nLayers: layers(config, "num_hidden_layers", 44),
      dModel,
      nHeads,
      nKvHeads: nHeads,
      headDim,
      dMlp: config.count("intermediate_size", 24576),
      nCtx: config.count("max_position_embeddings", 2048),
      norm: layernorm(config.positive("layer_norm_eps", 1e-5)),
      position: {
        kind: "rope",
        rotaryDim: readRotaryDim(config, headDim),
        ...readRope(config, "rotary_emb_base"),
        local: null,
      },
      mlp: { kind: "plain", activation: config.choice("hidden_act", ACTIVATIONS, "gelu") },
      bias: { qkv: attentionBias, attnOut: attentionBias, mlp: true },
      linearLayout: "out_in",
      parallelResidual: config.flag("use_parallel_residual", true),
      attnScale: 1 / Math.sqrt(headDim),
      tied: config.flag("tie_word_embeddings", false),
      ...common(config),
    };
  },
  toHfConfig: (model) => ({
    architectures: [gptNeox.architecture],
    model_type: "gpt_neox",
    vocab_size: model.vocabSize,
    max_position_embeddings: model.nCtx,
    hidden_size: model.dModel,
    num_hidden_layers: model.nLayers,
    num_attention_heads: model.nHeads,
    intermediate_size: model.dMlp,
    rotary_pct: rotaryShare(model),
    rotary_emb_base: thetaOf(model),
    ...ifSet("rope_scaling", scalingOf(model)),
    use_parallel_residual: model.parallelResidual,
    ...(model.bias.qkv ? {} : { attention_bias: false }),
    hidden_act: ACTIVATION_NAMES[model.mlp.activation],
    layer_norm_eps: model.norm.eps,
    initializer_range: model.initStd,
    tie_word_embeddings: model.tied,
    use_cache: true,
    ...ending(model),
  }),
  asWritten: (model) => ({ ...model, dropout: 0 }),
  tensors: (model) => {
    const { dModel: C, dMlp, vocabSize, bias } = model;
    const { list, add, layernorm, stacked, head } = tensorList();
    const ranges = interleavedHeads(model);
    add("embed_in.weight", [vocabSize, C], "embed.weight");
    for (let layer = 0; layer < model.nLayers; layer++) {
      const [hf, block] = [`layers.${layer}`, `blocks.${layer}`];
      layernorm(`${hf}.input_layernorm`, `${block}.ln1`, C, model.norm.bias);
      stacked(`${block}.attn.qkv`, C, bias.qkv, [[`${hf}.attention.query_key_value`, 3 * C]]);
      stacked(`${block}.attn.out`, C, bias.attnOut, [[`${hf}.attention.dense`, C]]);
      layernorm(`${hf}.post_attention_layernorm`, `${block}.ln2`, C, model.norm.bias);
      stacked(`${block}.mlp.in`, C, bias.mlp, [[`${hf}.mlp.dense_h_to_4h`, dMlp]]);
      stacked(`${block}.mlp.out`, dMlp, bias.mlp, [[`${hf}.mlp.dense_4h_to_h`, C]]);
    }
    layernorm("final_layer_norm", "ln_final", C, model.norm.bias);
    head("embed_out.weight", model);
    return list.map((mapping) =>
      mapping.hf.includes(".query_key_value.") ? { ...mapping, ranges } : mapping,
    );
  },
  buffers: /^layers\.\d+\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
  // Masks and frequencies, which published files carry and transformers makes anew.
  newBuffers: ({ nLayers, nCtx, position }) => {
    const mask = causalMask(nCtx, null);
    const frequencies =
      position.kind === "rope" ? Float32Array.from(ropeFrequencies(position)) : new Float32Array();
    return Array.from({ length: nLayers }, (_, layer) => `layers.${layer}.attention`).flatMap(
      (attention) => [
        ...maskBuffers(attention, nCtx, mask),
        {
          hf: `${attention}.rotary_emb.inv_freq`,
          shape: [frequencies.length],
          dtype: "F32",
          values: frequencies,
        },
      ],
    );
  },
};

/** NeoX files hold q, k and v of the first head, then those of the second, and so on. */
function interleavedHeads({ nHeads, headDim: D }: ModelConfig): readonly RowRange[] {
  return Array.from({ length: nHeads }, (_, head) => head).flatMap((head) =>
    [0, 1, 2].map((part) => ({
      hf: (3 * head + part) * D,
      ours: (part * nHeads + head) * D,
      rows: D,
    })),
  );
}

/** Leading entries of a head that rotate, which configs give as a share of it. */
function readRotaryDim(config: ConfigReader, headDim: number): number {
  const parameters = config.object("rope_parameters");
  const share = parameters?.has("partial_rotary_factor")
    ? parameters.positive("partial_rotary_factor")
    : config.positive("rotary_pct", 0.25);
  const rotaryDim = Math.floor(headDim * share);
  if (!(rotaryDim > 0 && rotaryDim <= headDim && rotaryDim % 2 === 0))
    throw badConfig(
      "rotary_pct must leave an even part of each head to be rotated",
      `${share} of ${headDim} is ${rotaryDim}`,
    );
  return rotaryDim;
}

/** The share that reads back as the same number of entries. */
function rotaryShare({ position, headDim }: ModelConfig): number | null {
  if (position.kind !== "rope") return null;
  const share = position.rotaryDim / headDim;
  return Math.floor(headDim * share) === position.rotaryDim
    ? share
    : (position.rotaryDim + 0.5) / headDim;
}
