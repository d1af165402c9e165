// From the few fields of a preset to a whole model: the family fills in what it always does.
import type { ModelSection } from "../../configs/schema/model.ts";
import type { ModelConfig } from "./config.ts";

type Base = Pick<
  ModelConfig,
  "norm" | "position" | "mlp" | "bias" | "linearLayout" | "tied" | "dMlp"
>;

/** What a family fixes for a model made here. One row per family that can be trained from scratch. */
const FAMILIES: Readonly<Record<ModelSection["family"], (section: ModelSection) => Base>> = {
  gpt2: (section) => ({
    norm: { kind: "layernorm", eps: 1e-5, bias: section.bias, weightPlusOne: false },
    position: { kind: "learned" },
    mlp: { kind: "plain", activation: "gelu_tanh" },
    bias: { qkv: section.bias, attnOut: section.bias, mlp: section.bias },
    linearLayout: "in_out",
    tied: section.tie_embeddings ?? true,
    dMlp: section.d_mlp ?? 4 * section.d_model,
  }),
  llama: (section) => ({
    norm: { kind: "rmsnorm", eps: 1e-5, bias: false, weightPlusOne: false },
    position: {
      kind: "rope",
      theta: section.rope_theta,
      rotaryDim: section.d_model / section.n_heads,
      scaling: null,
    },
    mlp: { kind: "gated", activation: "silu" },
    bias: { qkv: false, attnOut: false, mlp: false },
    linearLayout: "out_in",
    tied: section.tie_embeddings ?? false,
    // Llama's own rule: two thirds of 4 x width, up to a multiple of 16 here.
    dMlp: section.d_mlp ?? Math.ceil((8 * section.d_model) / 3 / 16) * 16,
  }),
};

/**
 * The model a preset describes.
 *
 * @param vocabSize of the tokenizer. @param specials its begin and end tokens, where it has them.
 */
export function modelFromSection(
  section: ModelSection,
  vocabSize: number,
  specials: { bos?: number; eos?: number } = {},
): ModelConfig {
  const headDim = section.d_model / section.n_heads;
  return {
    family: section.family,
    vocabSize,
    nLayers: section.n_layers,
    dModel: section.d_model,
    nHeads: section.n_heads,
    nKvHeads: section.n_kv_heads ?? section.n_heads,
    headDim,
    nCtx: section.n_ctx,
    ...FAMILIES[section.family](section),
    parallelResidual: false,
    qkNorm: false,
    windows: null,
    attnScale: 1 / Math.sqrt(headDim),
    attnSoftcap: null,
    logitSoftcap: null,
    postNorms: false,
    embedScale: null,
    dropout: section.dropout,
    initStd: section.init_std,
    bosTokenId: specials.bos ?? null,
    eosTokenId: specials.eos ?? null,
  };
}
