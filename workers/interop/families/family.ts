// What a row of the family table is, and what rows are made of.
// Source: transformers, models/*/configuration_*.py and modeling_*.py, for keys, defaults and names.
import type { ActivationKind } from "../../../kernels/ops/activation/activation.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { badConfig, type ConfigReader, type HfConfig } from "../config-reader.ts";

/** Values of `model_type` that can be read and written. */
export type FamilyName =
  | "gpt2"
  | "gpt_neo"
  | "gpt_neox"
  | "llama"
  | "mistral"
  | "qwen2"
  | "qwen3"
  | "gemma2"
  | "gemma3_text";

/** Rows of a file's tensor, and where they go: rows of our parameter, counted on the first axis. */
export interface RowRange {
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
export interface BufferTensor {
  readonly hf: string;
  readonly shape: readonly number[];
  /** "weights": whatever the weights are written as. */
  readonly dtype: "F32" | "BOOL" | "weights";
  readonly values: Float32Array;
}

export interface Family {
  readonly title: string;
  readonly architecture: string;
  /** What names may begin with; new files take the first. */
  readonly prefixes: readonly string[];
  /** @throws FaultError "bad-model" for values that are impossible or not computed here. */
  toModelConfig(config: HfConfig): ModelConfig;
  /** Every key of a config.json of this family, in its usual order, as transformers 4 names them. */
  toHfConfig(model: ModelConfig): HfConfig;
  /** New files are written as transformers 5 does it: `rope_parameters` and `dtype`. */
  readonly hasNewKeys: boolean;
  /** The model that its file describes: what the family has no words for is as it always is there. */
  asWritten(model: ModelConfig): ModelConfig;
  tensors(model: ModelConfig): readonly TensorMapping[];
  /** Names, without prefix, of tensors that hold no weights and are kept as they are. */
  readonly buffers: RegExp;
  newBuffers(model: ModelConfig): readonly BufferTensor[];
}

export const ACTIVATIONS: Readonly<Record<string, ActivationKind>> = {
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
export const ACTIVATION_NAMES: { readonly [K in ActivationKind]: string } = {
  gelu_tanh: "gelu_new",
  gelu_erf: "gelu",
  silu: "silu",
  relu: "relu",
  sigmoid: "sigmoid",
  tanh: "tanh",
};

/** What every family has in common unless its row says otherwise. */
export const PLAIN = {
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

/** The last keys of every config.json. */
export const ending = (model: ModelConfig): HfConfig => ({
  torch_dtype: "float32",
  bos_token_id: model.bosTokenId,
  eos_token_id: model.eosTokenId,
  pad_token_id: null,
});

/** A key that is written only where there is something to say. */
export const ifSet = (key: string, value: unknown): HfConfig =>
  value === null ? {} : { [key]: value };

/** Deeper than any model; a larger number is a mistake that would build tables for ever. */
const MAX_LAYERS = 1000;

export function layers(config: ConfigReader, key: string, fallback: number): number {
  const count = config.count(key, fallback);
  if (count > MAX_LAYERS) throw badConfig(`${key} must be at most ${MAX_LAYERS}`, `it is ${count}`);
  return count;
}

export function divided(whole: string, size: number, part: string, by: number): number {
  if (size % by !== 0)
    throw badConfig(`${whole} must be a multiple of ${part}`, `they are ${size} and ${by}`);
  return size / by;
}

/** Collects the tensors of a file in the order they are named. */
export function tensorList() {
  const list: TensorMapping[] = [];
  const add = (hf: string, shape: readonly number[], ours: string | null) =>
    list.push(rowsFrom(0, hf, shape, ours));
  return {
    list,
    /** A tensor that is a parameter. */
    add,
    /** Norm with a bias in the file, whether or not the model has one. */
    layernorm: (hf: string, ours: string, width: number, bias: boolean) => {
      add(`${hf}.weight`, [width], `${ours}.weight`);
      add(`${hf}.bias`, [width], bias ? `${ours}.bias` : null);
    },
    /** Linear layers side by side: their outputs are rows of one parameter. */
    stacked: (
      ours: string,
      from: number,
      bias: boolean,
      parts: readonly (readonly [hf: string, to: number])[],
    ) => {
      let row = 0;
      for (const [hf, to] of parts) {
        list.push(rowsFrom(row, `${hf}.weight`, [to, from], `${ours}.weight`));
        if (bias) list.push(rowsFrom(row, `${hf}.bias`, [to], `${ours}.bias`));
        row += to;
      }
    },
    /** The output matrix; with tied embeddings a copy of the input's, if the file has one at all. */
    head: (hf: string, { vocabSize, dModel, tied }: ModelConfig) =>
      list.push({
        ...rowsFrom(0, hf, [vocabSize, dModel], tied ? "embed.weight" : "unembed.weight"),
        isPrefixed: false,
        isCopy: tied,
      }),
  };
}

/** A tensor that fills rows of a parameter from `row` on. */
const rowsFrom = (
  row: number,
  hf: string,
  shape: readonly number[],
  ours: string | null,
): TensorMapping => ({
  hf,
  isPrefixed: true,
  shape,
  ours,
  ranges: [{ hf: 0, ours: row, rows: shape[0] as number }],
  isCopy: false,
});
