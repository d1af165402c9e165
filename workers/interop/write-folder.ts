// Model folders written in the Hugging Face layout. A folder that was read and is written again keeps its tensors'
// names, order, types and files, its buffers, and every config key.
import { FaultError } from "../../kernels/core/fault.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";
import { type HfConfig, isSameJson, stringifyConfig } from "./config-reader.ts";
import { type Family, familyOf, type TensorMapping } from "./families/index.ts";
import { changedParameters, isObject, withNewKeys } from "./families/rope.ts";
import { type FileParts, type ModelFolder, readAll, type WrittenFolder } from "./files.ts";
import {
  CHAT_TEMPLATE,
  CONFIG,
  GENERATION,
  INDEX,
  type ModelOrigin,
  nameIn,
  type Parameters,
  SPECIAL_TOKENS,
  TOKENIZER,
  TOKENIZER_CONFIG,
  WEIGHTS,
  type WeightFile,
} from "./folder-layout.ts";
import {
  type FloatDType,
  fromFloat32,
  isExactInFloat32,
  readTensor,
  type StoredTensor,
  safetensorsParts,
  type TensorEntry,
  toFloat32,
} from "./safetensors.ts";

export interface WriteOptions {
  /** The folder that the model came from: its layout is kept where the tensors still fit it. */
  readonly origin?: ModelOrigin;
  /** Type of the weights. Default: each tensor's own where there is an origin, else F32. */
  readonly dtype?: FloatDType;
  readonly tokenizer?: Tokenizer;
  /** A new folder is split into files of at most this many bytes. Default 5 GB, as transformers. */
  readonly maxFileBytes?: number;
}

/**
 * A model as the files of a folder. Without an origin the tensors and config keys are exactly those that
 * the family's published models have.
 *
 * @param model parameters must have every name and size of parametersOf(config).
 * @throws FaultError "bad-model" if the family's format cannot say what this model computes.
 */
export async function writeFolder(
  model: { readonly config: ModelConfig; readonly parameters: Parameters },
  options: WriteOptions = {},
): Promise<WrittenFolder> {
  const family = familyOf(model.config.family);
  requireSayable(family, model.config);
  requireParameters(model.config, model.parameters);
  const mappings = family.tensors(model.config);
  const kept = options.origin && fitsOrigin(mappings, options.origin) ? options.origin : null;
  const written = new Map<string, FileParts>();
  // Weights that do not fit the origin's files are written anew, so their type is then ours.
  const dtype = options.dtype ?? (kept ? undefined : "F32");
  written.set(CONFIG, [writeConfig(family, model.config, options.origin, dtype)]);
  const weights = kept
    ? await rewriteWeights(kept, mappings, model.parameters, options.dtype)
    : newWeights(family, model, mappings, options);
  for (const [name, parts] of weights) written.set(name, parts);
  // The origin's own tokenizer is copied below: its files stay as they are.
  if (options.tokenizer && options.tokenizer !== options.origin?.tokenizer)
    for (const [name, bytes] of tokenizerFiles(options.tokenizer)) written.set(name, [bytes]);
  if (options.origin) await copyOthers(options.origin.folder, written);
  return written;
}

/**
 * Which tensors of a file are which rows of our parameters, with names as a new file has them. The
 * gradient of a file's tensor is found the same way.
 */
export function tensorMappings(
  config: ModelConfig,
  prefix = familyOf(config.family).prefixes[0] as string,
): readonly (TensorMapping & { readonly name: string })[] {
  return familyOf(config.family)
    .tensors(config)
    .map((mapping) => ({ ...mapping, name: nameIn(mapping, prefix) }));
}

/** The values of one tensor of a file, out of our parameters (or gradients of the same shapes). */
export function valuesOf(
  mapping: TensorMapping,
  parameters: Parameters,
): Float32Array<ArrayBufferLike> {
  const size = mapping.shape.reduce((n, d) => n * d, 1);
  const ours = mapping.ours === null ? undefined : parameters.get(mapping.ours);
  if (!ours) return new Float32Array(size);
  const width = size / (mapping.shape[0] as number);
  const range = mapping.ranges[0];
  if (mapping.ranges.length === 1 && range)
    return ours.subarray(range.ours * width, (range.ours + range.rows) * width);
  const values = new Float32Array(size);
  for (const { hf, ours: from, rows } of mapping.ranges)
    values.set(ours.subarray(from * width, (from + rows) * width), hf * width);
  return values;
}

/** Refuses a model that would come back as another one. */
function requireSayable(family: Family, model: ModelConfig): void {
  const wanted = family.asWritten(model);
  const back = family.toModelConfig(family.toHfConfig(model));
  const lost = (Object.keys(wanted) as (keyof ModelConfig)[]).filter(
    (key) => !isNearlySame(wanted[key], back[key]),
  );
  if (lost.length > 0)
    throw new FaultError(
      "bad-model",
      `A model must be one that its family's format can describe; as ${family.title} these would change: ${lost
        .map((key) => `${key} ${JSON.stringify(wanted[key])} to ${JSON.stringify(back[key])}`)
        .join("; ")}.`,
      "Choose another family for this model.",
    );
}

/** Equal but for the last digits of numbers: 1 / sqrt(64) can be computed in more than one way. */
function isNearlySame(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number")
    return a === b || Math.abs(a - b) <= 1e-12 * Math.abs(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), b as HfConfig];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => isNearlySame(value, right[key]))
  );
}

function requireParameters(config: ModelConfig, parameters: Parameters): void {
  for (const { name, shape } of parametersOf(config)) {
    const size = shape.reduce((n, d) => n * d, 1);
    const found = parameters.get(name)?.length;
    if (found !== size)
      throw new FaultError(
        "internal",
        `writeFolder: ${name} must have ${size} values; it has ${found ?? "none"}.`,
      );
  }
}

/** True if the origin has a place for every tensor, of the right shape. */
function fitsOrigin(mappings: readonly TensorMapping[], { files, prefix }: ModelOrigin): boolean {
  const shapes = new Map(
    files.flatMap((file) => file.entries.map((entry) => [entry.name, entry.shape] as const)),
  );
  return mappings.every((mapping) => {
    const shape = shapes.get(nameIn(mapping, prefix));
    return shape ? isSameJson(shape, mapping.shape) : mapping.isCopy;
  });
}

/** Names of types in config.json. */
const DTYPE_NAMES: { readonly [K in FloatDType]: string } = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

function writeConfig(
  family: Family,
  model: ModelConfig,
  origin: ModelOrigin | undefined,
  dtype: FloatDType | undefined,
): Uint8Array {
  const full: HfConfig = {
    ...family.toHfConfig(model),
    ...(dtype ? { torch_dtype: DTYPE_NAMES[dtype] } : {}),
  };
  if (!origin || familyOf(origin.config.model_type) !== family)
    return encodeText(stringifyConfig(family.hasNewKeys ? withNewKeys(full) : full));
  // Only what this model has changed is changed: keys we do not know, and how known ones are written, stay.
  const before = family.toHfConfig(family.toModelConfig(origin.config));
  const changed = Object.entries(full).filter(
    ([key, value]) => !isSameJson(value, before[key]) && key !== "torch_dtype",
  );
  const config: Record<string, unknown> = { ...origin.config };
  for (const [key, value] of changed) setKey(config, key, value);
  if (dtype) setKey(config, "torch_dtype", DTYPE_NAMES[dtype]);
  return isSameJson(config, origin.config)
    ? origin.configBytes
    : encodeText(stringifyConfig(config));
}

/** Sets a key under the name that this config has for it. */
function setKey(config: Record<string, unknown>, key: string, value: unknown): void {
  const { rope_parameters: parameters } = config;
  const changed = isObject(parameters) ? changedParameters(parameters, key, value) : null;
  if (changed) config.rope_parameters = changed;
  else if (key === "torch_dtype" && "dtype" in config && !("torch_dtype" in config))
    config.dtype = value;
  else config[key] = value;
}

/** The origin's files with today's weights in them. */
async function rewriteWeights(
  origin: ModelOrigin,
  mappings: readonly TensorMapping[],
  parameters: Parameters,
  dtype: FloatDType | undefined,
): Promise<WrittenFolder> {
  const byName = new Map(mappings.map((mapping) => [nameIn(mapping, origin.prefix), mapping]));
  const written = new Map<string, FileParts>();
  let totalBytes = 0;
  let isResized = false;
  for (const file of origin.files) {
    const tensors: StoredTensor[] = [];
    for (const entry of file.entries) {
      const mapping = byName.get(entry.name);
      const tensor = mapping
        ? await rewriteTensor(file, entry, valuesOf(mapping, parameters), dtype)
        : await readTensor(file.source, entry);
      tensors.push(tensor);
      totalBytes += tensor.bytes.length;
      isResized ||= tensor.bytes.length !== entry.byteLength;
    }
    written.set(file.name, safetensorsParts(tensors, file.metadata));
  }
  if (origin.index) {
    const { value, bytes } = origin.index;
    const metadata = {
      ...(isObject(value.metadata) ? value.metadata : {}),
      total_size: totalBytes,
    };
    written.set(INDEX, [isResized ? encodeJson({ ...value, metadata }) : bytes]);
  }
  return written;
}

async function rewriteTensor(
  file: WeightFile,
  entry: TensorEntry,
  values: Float32Array,
  dtype: FloatDType | undefined,
): Promise<StoredTensor> {
  const type = dtype ?? (entry.dtype as FloatDType);
  const tensor = { name: entry.name, dtype: type, shape: entry.shape };
  if (type === entry.dtype && !isExactInFloat32(type)) {
    // f64 does not survive f32: weights nobody has touched keep the bytes they came with.
    const old = await readTensor(file.source, entry);
    if (hasSameBits(toFloat32(old), values)) return old;
  }
  return { ...tensor, bytes: fromFloat32(values, type) };
}

function hasSameBits(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [a, b].map(
    (array) => new Uint32Array(array.buffer, array.byteOffset, array.length),
  );
  return !!x && !!y && x.length === y.length && x.every((word, i) => word === y[i]);
}

/** Files as the family's published models have them: names in order, one file unless it grows too large. */
function newWeights(
  family: Family,
  { config, parameters }: { config: ModelConfig; parameters: Parameters },
  mappings: readonly TensorMapping[],
  { dtype = "F32", maxFileBytes = 5e9 }: WriteOptions,
): WrittenFolder {
  const prefix = family.prefixes[0] as string;
  const tensors = [
    ...mappings
      .filter((mapping) => !mapping.isCopy)
      .map((mapping) => ({
        name: nameIn(mapping, prefix),
        dtype,
        shape: mapping.shape,
        bytes: fromFloat32(valuesOf(mapping, parameters), dtype),
      })),
    ...family.newBuffers(config).map(({ hf, shape, values, dtype: own }): StoredTensor => {
      const name = prefix + hf;
      if (own === "BOOL") return { name, dtype: own, shape, bytes: Uint8Array.from(values) };
      const type = own === "weights" ? dtype : own;
      return { name, dtype: type, shape, bytes: fromFloat32(values, type) };
    }),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const shards: StoredTensor[][] = [];
  let shardBytes = Number.POSITIVE_INFINITY;
  for (const tensor of tensors) {
    if (shardBytes + tensor.bytes.length > maxFileBytes) {
      shards.push([]);
      shardBytes = 0;
    }
    shards.at(-1)?.push(tensor);
    shardBytes += tensor.bytes.length;
  }
  const metadata = { format: "pt" };
  if (shards.length <= 1) return new Map([[WEIGHTS, safetensorsParts(tensors, metadata)]]);
  const written = new Map<string, FileParts>();
  const weightMap: Record<string, string> = {};
  shards.forEach((shard, i) => {
    const number = (n: number) => String(n).padStart(5, "0");
    const name = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    written.set(name, safetensorsParts(shard, metadata));
    for (const tensor of shard) weightMap[tensor.name] = name;
  });
  const totalBytes = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
  written.set(INDEX, [encodeJson({ metadata: { total_size: totalBytes }, weight_map: weightMap })]);
  return written;
}

/** The files that a tokenizer is, for a folder that does not have them. */
function tokenizerFiles(tokenizer: Tokenizer): ReadonlyMap<string, Uint8Array> {
  const { specials, generation, chatTemplate } = tokenizer.beside;
  const files = new Map([
    [TOKENIZER, encodeJson(tokenizer.toJSON())],
    [TOKENIZER_CONFIG, encodeJson(tokenizer.toConfig())],
  ]);
  if (specials) files.set(SPECIAL_TOKENS, encodeJson(specials));
  if (generation) files.set(GENERATION, encodeJson(generation));
  if (chatTemplate !== undefined) files.set(CHAT_TEMPLATE, encodeText(chatTemplate));
  return files;
}

/** Tokenizer files, licence, README: all but weights, in whatever format, and what has been written. */
async function copyOthers(folder: ModelFolder, written: Map<string, FileParts>): Promise<void> {
  for (const [name, source] of folder) {
    const isWeights = /\.(safetensors(\.index\.json)?|bin|pt|pth|h5|msgpack|gguf|onnx|ot)$/.test(
      name,
    );
    if (!isWeights && !written.has(name)) written.set(name, [await readAll(source)]);
  }
}

const encodeText = (text: string) => new TextEncoder().encode(text);
const encodeJson = (value: unknown) => encodeText(JSON.stringify(value, null, 2));
