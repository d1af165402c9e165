// The one decoder-only transformer, as data. A model family is a value of this type; the code that
// runs it knows no family names.
import type { ActivationKind } from "../../kernels/ops/activation/activation.ts";
import type { RopeScaling } from "../../kernels/ops/rope/rope.ts";

/** How fast queries and keys turn with position. */
export interface Rotation {
  readonly theta: number;
  readonly scaling: RopeScaling | null;
}

export interface ModelConfig {
  /** Row of the family table in workers/interop: whose files the model reads and writes. */
  readonly family: string;
  readonly vocabSize: number;
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  readonly nKvHeads: number;
  readonly headDim: number;
  readonly dMlp: number;
  /** Longest sequence that positions exist for. */
  readonly nCtx: number;
  readonly norm: {
    readonly kind: "layernorm" | "rmsnorm";
    readonly eps: number;
    readonly bias: boolean;
    /** Gemma: the stored weight is the factor minus one. */
    readonly weightPlusOne: boolean;
  };
  readonly position:
    | { readonly kind: "learned" }
    | (Rotation & {
        readonly kind: "rope";
        /** Leading entries of each head that are rotated. */
        readonly rotaryDim: number;
        /** Layers with a sliding window where they turn at a rate of their own (Gemma 3); else null. */
        readonly local: Rotation | null;
      });
  readonly mlp: { readonly kind: "plain" | "gated"; readonly activation: ActivationKind };
  readonly bias: { readonly qkv: boolean; readonly attnOut: boolean; readonly mlp: boolean };
  /** How linear weights are stored: [out, in] as nn.Linear, [in, out] as GPT-2's Conv1D. */
  readonly linearLayout: "out_in" | "in_out";
  /** NeoX: attention and MLP read the same residual stream, and both are added to it. */
  readonly parallelResidual: boolean;
  /** RMSNorm of every query and key head before RoPE (Qwen 3, Gemma 3). */
  readonly qkNorm: boolean;
  /** Sliding window of each layer in tokens, null for full attention; absent: full everywhere. */
  readonly windows: readonly (number | null)[] | null;
  readonly attnScale: number;
  readonly attnSoftcap: number | null;
  readonly logitSoftcap: number | null;
  /** Gemma: norms after attention and MLP, before they join the residual stream. */
  readonly postNorms: boolean;
  /** Factor on token embeddings (Gemma: sqrt(dModel)); null for none. */
  readonly embedScale: number | null;
  readonly tied: boolean;
  readonly dropout: number;
  /** Standard deviation of freshly drawn matrices. */
  readonly initStd: number;
  readonly bosTokenId: number | null;
  readonly eosTokenId: number | null;
}

/** How layer `layer` rotates queries and keys; null where positions are learned. */
export function rotationOf({ position, windows }: ModelConfig, layer: number): Rotation | null {
  if (position.kind !== "rope") return null;
  const isSliding = (windows?.[layer] ?? null) !== null;
  return isSliding && position.local ? position.local : position;
}

/** Whether layer `layer` has a sliding window. */
export type WindowRule = (layer: number) => boolean;

/** The same window for every layer that the rule names; null where no layer has one. */
export function windowsBy(
  nLayers: number,
  window: number | null,
  rule: WindowRule,
): ModelConfig["windows"] {
  const windows = Array.from({ length: nLayers }, (_, layer) => (rule(layer) ? window : null));
  return windows.some((own) => own !== null) ? windows : null;
}

/** A parameter: its name in our vocabulary, shape, and what it starts as. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init:
    | { readonly kind: "normal"; readonly std: number }
    | { readonly kind: "constant"; readonly value: number };
}

/** The part of a model that a parameter belongs to: `embed`, `blocks.0.attn`, `blocks.0.mlp`, `blocks.0.norm`... */
export function partOf(parameter: string): string {
  const [head, layer, part] = parameter.split(".");
  if (head !== "blocks") return head as string;
  return `blocks.${layer}.${part === "attn" || part === "mlp" ? part : "norm"}`;
}

/** Every parameter of a model, in the order of the forward pass. */
export function parametersOf(config: ModelConfig): readonly ParameterSpec[] {
  const { dModel: C, dMlp, headDim: D, nHeads, nKvHeads, initStd } = config;
  const list: ParameterSpec[] = [];
  const normal = (name: string, shape: readonly number[], std = initStd) =>
    list.push({ name, shape, init: { kind: "normal", std } });
  const constant = (name: string, shape: readonly number[], value: number) =>
    list.push({ name, shape, init: { kind: "constant", value } });
  const norm = (name: string, width: number) => {
    constant(`${name}.weight`, [width], config.norm.weightPlusOne ? 0 : 1);
    if (config.norm.kind === "layernorm" && config.norm.bias) constant(`${name}.bias`, [width], 0);
  };
  const linear = (name: string, from: number, to: number, bias: boolean, std = initStd) => {
    normal(`${name}.weight`, config.linearLayout === "in_out" ? [from, to] : [to, from], std);
    if (bias) constant(`${name}.bias`, [to], 0);
  };
  // GPT-2's rule: what writes to the residual stream starts smaller, by the number of writers.
  const writerStd = initStd / Math.sqrt(2 * config.nLayers);
  normal("embed.weight", [config.vocabSize, C]);
  if (config.position.kind === "learned") normal("pos_embed.weight", [config.nCtx, C]);
  for (let layer = 0; layer < config.nLayers; layer++) {
    const block = `blocks.${layer}`;
    norm(`${block}.ln1`, C);
    linear(`${block}.attn.qkv`, C, (nHeads + 2 * nKvHeads) * D, config.bias.qkv);
    if (config.qkNorm) {
      constant(`${block}.attn.q_norm.weight`, [D], config.norm.weightPlusOne ? 0 : 1);
      constant(`${block}.attn.k_norm.weight`, [D], config.norm.weightPlusOne ? 0 : 1);
    }
    linear(`${block}.attn.out`, nHeads * D, C, config.bias.attnOut, writerStd);
    if (config.postNorms) norm(`${block}.ln1_post`, C);
    norm(`${block}.ln2`, C);
    if (config.mlp.kind === "gated") linear(`${block}.mlp.gate_up`, C, 2 * dMlp, config.bias.mlp);
    else linear(`${block}.mlp.in`, C, dMlp, config.bias.mlp);
    linear(`${block}.mlp.out`, dMlp, C, config.bias.mlp, writerStd);
    if (config.postNorms) norm(`${block}.ln2_post`, C);
  }
  norm("ln_final", C);
  if (!config.tied) normal("unembed.weight", [config.vocabSize, C]);
  return list;
}
