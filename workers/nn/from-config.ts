// From the few fields of a preset to a whole model: the family fills in what it always does.
import { type ModelSection, modelSchema } from "../../configs/schema/model.ts";
import { rotaryDimOf } from "../../kernels/ops/rope/rope.ts";
import { type ModelConfig, type Rotation, type WindowRule, windowsBy } from "./config.ts";

/** What every family says for itself. */
type Own = "norm" | "position" | "mlp" | "bias" | "linearLayout" | "tied" | "dMlp";
type Base = Pick<ModelConfig, Own> & Partial<Omit<ModelConfig, Own>>;

const widthOfHead = (section: ModelSection) => section.d_model / section.n_heads;

const rope = (
  section: ModelSection,
  rotaryDim = widthOfHead(section),
  local: Rotation | null = null,
): ModelConfig["position"] => ({
  kind: "rope",
  theta: section.rope_theta,
  rotaryDim,
  scaling: null,
  local,
});

const windows = (section: ModelSection, rule: WindowRule) =>
  windowsBy(section.n_layers, section.sliding_window ?? Math.ceil(section.n_ctx / 2), rule);

/** LayerNorm and a plain MLP, as all of GPT's line have them. */
const gptLike = (section: ModelSection) =>
  ({
    norm: { kind: "layernorm", eps: 1e-5, bias: true, weightPlusOne: false },
    mlp: { kind: "plain", activation: "gelu_tanh" },
    linearLayout: "out_in",
    dMlp: section.d_mlp ?? 4 * section.d_model,
  }) as const;

/** RMSNorm, rotary positions and a gated MLP, without biases. */
const llamaLike = (section: ModelSection, eps: number): Base => ({
  norm: { kind: "rmsnorm", eps, bias: false, weightPlusOne: false },
  position: rope(section),
  mlp: { kind: "gated", activation: "silu" },
  bias: { qkv: false, attnOut: false, mlp: false },
  linearLayout: "out_in",
  tied: section.tie_embeddings ?? false,
  // Llama's own rule: two thirds of 4 x width, up to a multiple of 16 here.
  dMlp: section.d_mlp ?? Math.ceil((8 * section.d_model) / 3 / 16) * 16,
});

const gemmaLike = (section: ModelSection): Base => ({
  ...llamaLike(section, 1e-6),
  norm: { kind: "rmsnorm", eps: 1e-6, bias: false, weightPlusOne: true },
  mlp: { kind: "gated", activation: "gelu_tanh" },
  tied: section.tie_embeddings ?? true,
  postNorms: true,
  embedScale: Math.sqrt(section.d_model),
});

/** What a family fixes for a model made here. One row per family that can be trained from scratch. */
const FAMILIES: Readonly<Record<ModelSection["family"], (section: ModelSection) => Base>> = {
  gpt2: (section) => ({
    ...gptLike(section),
    norm: { kind: "layernorm", eps: 1e-5, bias: section.bias, weightPlusOne: false },
    position: { kind: "learned" },
    bias: { qkv: section.bias, attnOut: section.bias, mlp: section.bias },
    linearLayout: "in_out",
    tied: section.tie_embeddings ?? true,
  }),
  gpt_neo: (section) => ({
    ...gptLike(section),
    position: { kind: "learned" },
    bias: { qkv: false, attnOut: true, mlp: true },
    tied: section.tie_embeddings ?? true,
    windows: windows(section, (layer) => layer % 2 === 1),
    attnScale: 1,
  }),
  gpt_neox: (section) => ({
    ...gptLike(section),
    position: rope(section, rotaryDimOf(widthOfHead(section), 0.25)),
    mlp: { kind: "plain", activation: "gelu_erf" },
    bias: { qkv: true, attnOut: true, mlp: true },
    tied: section.tie_embeddings ?? false,
    parallelResidual: true,
  }),
  llama: (section) => llamaLike(section, 1e-5),
  mistral: (section) => ({
    ...llamaLike(section, 1e-5),
    windows: windows(section, () => true),
  }),
  qwen2: (section) => ({
    ...llamaLike(section, 1e-6),
    bias: { qkv: true, attnOut: false, mlp: false },
  }),
  qwen3: (section) => ({ ...llamaLike(section, 1e-6), qkNorm: true }),
  gemma2: (section) => ({
    ...gemmaLike(section),
    windows: windows(section, (layer) => layer % 2 === 0),
    attnSoftcap: 50,
    logitSoftcap: 30,
  }),
  gemma3_text: (section) => {
    // Every sixth layer sees all; in a model of fewer the last one does.
    const period = Math.min(6, section.n_layers);
    return {
      ...gemmaLike(section),
      position: rope(section, widthOfHead(section), { theta: 10_000, scaling: null }),
      windows: windows(section, (layer) => (layer + 1) % period !== 0),
      qkNorm: true,
    };
  },
};

/**
 * A section with the shape of a model that a run begins with, for the run's record: what it says of the model must be
 * so. A shape that no section can say leaves it as it is.
 */
export function sectionOfModel(section: ModelSection, model: ModelConfig): ModelSection {
  const { preset: _, n_kv_heads: __, ...own } = section;
  const shaped = modelSchema.safeParse({
    ...own,
    family: model.family,
    n_layers: model.nLayers,
    d_model: model.dModel,
    n_heads: model.nHeads,
    ...(model.nKvHeads === model.nHeads ? {} : { n_kv_heads: model.nKvHeads }),
    d_mlp: model.dMlp,
    tie_embeddings: model.tied,
  });
  return shaped.success ? shaped.data : section;
}

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
  const headDim = widthOfHead(section);
  return {
    family: section.family,
    vocabSize,
    nLayers: section.n_layers,
    dModel: section.d_model,
    nHeads: section.n_heads,
    nKvHeads: section.n_kv_heads ?? section.n_heads,
    headDim,
    nCtx: section.n_ctx,
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
    ...FAMILIES[section.family](section),
  };
}
