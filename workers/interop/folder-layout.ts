// How a model folder is laid out: its files by name, and what writing it again needs to know of one that was read.
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import type { HfConfig } from "./config-reader.ts";
import type { ByteSource, ModelFolder } from "./files.ts";
import type { SafetensorsMetadata, TensorEntry } from "./safetensors.ts";

export const CONFIG = "config.json";
export const WEIGHTS = "model.safetensors";
export const INDEX = "model.safetensors.index.json";
export const TOKENIZER = "tokenizer.json";
export const TOKENIZER_CONFIG = "tokenizer_config.json";
export const SPECIAL_TOKENS = "special_tokens_map.json";
export const GENERATION = "generation_config.json";
export const CHAT_TEMPLATE = "chat_template.jinja";

/** Parameters by our names, f32, shapes as parametersOf(config) says. */
export type Parameters = ReadonlyMap<string, Float32Array<ArrayBufferLike>>;

/** How a folder was laid out. It refers to the folder's files, so they must stay readable. */
export interface ModelOrigin {
  readonly folder: ModelFolder;
  readonly config: HfConfig;
  readonly configBytes: Uint8Array;
  /** What the family's names begin with here. */
  readonly prefix: string;
  readonly files: readonly WeightFile[];
  readonly index: { readonly value: HfConfig; readonly bytes: Uint8Array } | null;
  /** The tokenizer that the folder's files make. */
  readonly tokenizer: Tokenizer | null;
}

export interface WeightFile {
  readonly name: string;
  readonly source: ByteSource;
  readonly entries: readonly TensorEntry[];
  readonly metadata: SafetensorsMetadata | null;
}

/** A tensor's name where the family's names begin with `prefix`. */
export const nameIn = (mapping: { hf: string; isPrefixed: boolean }, prefix: string) =>
  mapping.isPrefixed ? prefix + mapping.hf : mapping.hf;
