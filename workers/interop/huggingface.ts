// Model folders in the Hugging Face layout: config.json, safetensors in one file or in shards, and
// whatever else lies beside them. A folder that was read and is written again keeps its tensors'
// names, order, types and files, its buffers, and every config key.
import { FaultError } from "../../kernels/core/fault.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";
import {
  badConfig,
  type HfConfig,
  isSameJson,
  readConfig,
  stringifyConfig,
} from "./config-reader.ts";
import { type Family, familyOf, type TensorMapping } from "./families/index.ts";
import { changedParameters, isObject, withNewKeys } from "./families/rope.ts";
import {
  type ByteSource,
  type FileParts,
  listNames,
  type ModelFolder,
  readAll,
  readJson,
  readText,
  type WrittenFolder,
} from "./files.ts";
import {
  type FloatDType,
  fromFloat32,
  isExactInFloat32,
  isFloatDType,
  readSafetensorsHeader,
  readTensor,
  type SafetensorsMetadata,
  type StoredTensor,
  safetensorsParts,
  type TensorEntry,
  toFloat32,
} from "./safetensors.ts";

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const TOKENIZER = "tokenizer.json";
const TOKENIZER_CONFIG = "tokenizer_config.json";
const SPECIAL_TOKENS = "special_tokens_map.json";
const GENERATION = "generation_config.json";
const CHAT_TEMPLATE = "chat_template.jinja";

/** Parameters by our names, f32, shapes as parametersOf(config) says. */
export type Parameters = ReadonlyMap<string, Float32Array<ArrayBufferLike>>;

/** A model as it comes out of a folder. */
export interface LoadedModel {
  readonly config: ModelConfig;
  readonly parameters: Parameters;
  /** Null if the folder has no tokenizer.json. */
  readonly tokenizer: Tokenizer | null;
  /** What writing the folder again needs to know. */
  readonly origin: ModelOrigin;
}

/** A folder that was looked at: its config, tensors and tokenizer fit together. No weight has been read. */
export interface OpenedModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer | null;
  readonly origin: ModelOrigin;
  /** Reads one parameter after the other, as {@link Parameters}: the model is never whole in memory. */
  parameters(options?: ReadOptions): AsyncIterable<readonly [string, Float32Array<ArrayBuffer>]>;
}

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

interface WeightFile {
  readonly name: string;
  readonly source: ByteSource;
  readonly entries: readonly TensorEntry[];
  readonly metadata: SafetensorsMetadata | null;
}

export interface ReadOptions {
  /** Share of the weights read, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Stops reading: rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Looks at a model folder; of its weights only the headers are read.
 *
 * @throws FaultError "bad-model" if a file is missing or damaged, the family is unknown, the config is
 *   impossible, or tensors are missing, unexpected, or of a shape that the config does not give.
 */
export async function openFolder(folder: ModelFolder): Promise<OpenedModel> {
  const { value: hf, bytes: configBytes } = await readJson(folder, CONFIG);
  const { family, config } = readModelConfig(hf);
  const { files, index } = await readWeightFiles(folder);
  const names = new Set(files.flatMap((file) => file.entries.map((entry) => entry.name)));
  const mappings = family.tensors(config);
  const prefix = findPrefix(family, mappings, names);
  const weights = { prefix, files };
  checkTensors(family, config, weights, mappings);
  const tokenizer = await readTokenizer(folder, {
    vocabSize: config.vocabSize,
    eosTokenId: hf.eos_token_id,
  });
  if (tokenizer && tokenizer.vocabSize > config.vocabSize)
    throw badConfig(
      "vocab_size must be at least that of the tokenizer",
      `it is ${config.vocabSize}, and tokenizer.json has ${tokenizer.vocabSize} tokens`,
      "Use the tokenizer that belongs to this model.",
    );
  return {
    config,
    tokenizer,
    origin: { folder, config: hf, configBytes, prefix, files, index, tokenizer },
    parameters: (options = {}) => ({
      [Symbol.asyncIterator]: () => readParameters(config, weights, mappings, options),
    }),
  };
}

/**
 * Reads a model folder, weights and all.
 *
 * @throws FaultError as {@link openFolder}.
 */
export async function readFolder(
  folder: ModelFolder,
  options: ReadOptions = {},
): Promise<LoadedModel> {
  const { config, tokenizer, origin, parameters: read } = await openFolder(folder);
  const parameters = new Map<string, Float32Array<ArrayBufferLike>>();
  for await (const [name, data] of read(options)) parameters.set(name, data);
  return { config, parameters, tokenizer, origin };
}

/**
 * What a config.json alone says.
 *
 * @throws FaultError "bad-model" if the family is unknown or the config is impossible.
 */
export function readModelConfig(hf: HfConfig): { family: Family; config: ModelConfig } {
  readConfig(hf).only("quantization_config", []);
  const family = familyOf(hf.model_type);
  return { family, config: family.toModelConfig(hf) };
}

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

const nameIn = (mapping: { hf: string; isPrefixed: boolean }, prefix: string) =>
  mapping.isPrefixed ? prefix + mapping.hf : mapping.hf;

// Reading.

async function readWeightFiles(folder: ModelFolder): Promise<Pick<ModelOrigin, "files" | "index">> {
  const single = folder.get(WEIGHTS);
  if (single) return { files: [await readWeightFile(WEIGHTS, single)], index: null };
  if (!folder.has(INDEX)) {
    const others = [...folder.keys()].filter((name) =>
      /\.(bin|pt|pth|h5|msgpack|gguf)$/.test(name),
    );
    throw new FaultError(
      "bad-model",
      `A model folder must hold ${WEIGHTS} or ${INDEX}; this one holds ${listNames([...folder.keys()])}.`,
      others.length > 0
        ? `Convert ${listNames(others, 2)} to safetensors, or find a copy of the model that has it.`
        : "Choose the folder of a Hugging Face model, with all its files.",
    );
  }
  const index = await readJson(folder, INDEX);
  const map = index.value.weight_map;
  const isMap = typeof map === "object" && map !== null && !Array.isArray(map);
  const wanted = isMap ? Object.entries(map) : [];
  if (wanted.length === 0 || !wanted.every(([, file]) => typeof file === "string"))
    throw new FaultError(
      "bad-model",
      `${INDEX} must map tensors to files under weight_map; it does not.`,
      "Download the file again.",
    );
  const names = [...new Set(wanted.map(([, file]) => file as string))].sort();
  const missing = names.filter((name) => !folder.has(name));
  if (missing.length > 0)
    throw new FaultError(
      "bad-model",
      `A folder must hold every file that ${INDEX} names; missing: ${listNames(missing)}.`,
      "Add the missing files: all parts of a model are needed.",
    );
  const files: WeightFile[] = [];
  for (const name of names) files.push(await readWeightFile(name, folder.get(name) as ByteSource));
  checkIndex(files, new Map(wanted as [string, string][]));
  return { files, index };
}

async function readWeightFile(name: string, source: ByteSource): Promise<WeightFile> {
  return { name, source, ...(await readSafetensorsHeader(source, name)) };
}

/** Index and shards must tell the same story: else one of them belongs to another model. */
function checkIndex(files: readonly WeightFile[], wanted: ReadonlyMap<string, string>): void {
  const found = new Map<string, string>();
  const wrong: string[] = [];
  for (const file of files)
    for (const { name } of file.entries) {
      if (found.has(name) || wanted.get(name) !== file.name) wrong.push(`${name} in ${file.name}`);
      found.set(name, file.name);
    }
  for (const [name, file] of wanted) if (!found.has(name)) wrong.push(`${name} not in ${file}`);
  if (wrong.length > 0)
    throw new FaultError(
      "bad-model",
      `Every tensor must lie in the one file that ${INDEX} names; met: ${listNames(wrong, 3)}.`,
      "The files are of different models or versions: download the model again.",
    );
}

/** The prefix under which most tensors are found. */
function findPrefix(
  family: Family,
  mappings: readonly TensorMapping[],
  names: ReadonlySet<string>,
): string {
  const hits = (prefix: string) =>
    mappings.filter((mapping) => mapping.isPrefixed && names.has(prefix + mapping.hf)).length;
  return [...family.prefixes].sort((a, b) => hits(b) - hits(a))[0] as string;
}

function checkTensors(
  family: Family,
  config: ModelConfig,
  { files, prefix }: Pick<ModelOrigin, "files" | "prefix">,
  mappings: readonly TensorMapping[],
): void {
  const expected = new Map(mappings.map((mapping) => [nameIn(mapping, prefix), mapping]));
  const unexpected: string[] = [];
  const wrong: string[] = [];
  const found = new Set<string>();
  for (const file of files)
    for (const { name, shape, dtype } of file.entries) {
      const mapping = expected.get(name);
      found.add(name);
      if (!mapping) {
        if (!isBuffer(family, name, prefix)) unexpected.push(name);
      } else if (!isSameJson(shape, mapping.shape))
        wrong.push(
          `${name} is [${shape.join(", ")}], the config gives [${mapping.shape.join(", ")}]`,
        );
      else if (!isFloatDType(dtype))
        wrong.push(`${name} is ${dtype}, weights are F32, F16, BF16 or F64`);
    }
  const missing = [...expected]
    .filter(([name, mapping]) => !mapping.isCopy && !found.has(name))
    .map(([name]) => name);
  const said = (what: string, list: readonly string[]) =>
    list.length > 0 ? [`${what} (${list.length}): ${listNames(list, 4)}`] : [];
  const problems = [
    ...said("missing", missing),
    ...said("unexpected", unexpected),
    ...said("not as the config says", wrong),
  ];
  if (problems.length === 0) return;
  throw new FaultError(
    "bad-model",
    `The weights must be those of a ${family.title} with ${config.nLayers} layers; ${problems.join("; ")}.`,
    "config.json and the weights must be of the same model: download both again.",
  );
}

const isBuffer = (family: Family, name: string, prefix: string) =>
  family.buffers.test(name.startsWith(prefix) ? name.slice(prefix.length) : name);

async function* readParameters(
  config: ModelConfig,
  { files, prefix }: Pick<ModelOrigin, "files" | "prefix">,
  mappings: readonly TensorMapping[],
  { onProgress, signal }: ReadOptions,
): AsyncGenerator<readonly [string, Float32Array<ArrayBuffer>]> {
  const places = new Map(
    files.flatMap(({ source, entries }) => entries.map((entry) => [entry.name, { source, entry }])),
  );
  const read = mappings.filter((mapping) => !mapping.isCopy && mapping.ours !== null);
  const ofOurs = new Map<string | null, TensorMapping[]>();
  for (const mapping of read)
    ofOurs.set(mapping.ours, [...(ofOurs.get(mapping.ours) ?? []), mapping]);
  let done = 0;
  for (const { name, shape } of parametersOf(config)) {
    const ours = new Float32Array(shape.reduce((n, d) => n * d, 1));
    for (const mapping of ofOurs.get(name) ?? []) {
      signal?.throwIfAborted();
      const place = places.get(nameIn(mapping, prefix));
      if (!place) continue;
      const values = toFloat32(await readTensor(place.source, place.entry));
      const width = values.length / (mapping.shape[0] as number);
      for (const { hf, ours: to, rows } of mapping.ranges)
        ours.set(values.subarray(hf * width, (hf + rows) * width), to * width);
      onProgress?.(++done / read.length);
    }
    yield [name, ours];
  }
}

export async function readTokenizer(
  folder: ModelFolder,
  model?: { readonly vocabSize: number; readonly eosTokenId: unknown },
): Promise<Tokenizer | null> {
  if (!folder.has(TOKENIZER)) return null;
  const read = async (name: string) =>
    folder.has(name) ? (await readJson(folder, name)).value : null;
  const [json, config] = [await read(TOKENIZER), await read(TOKENIZER_CONFIG)];
  const [specials, generation] = [await read(SPECIAL_TOKENS), await read(GENERATION)];
  const template = folder.get(CHAT_TEMPLATE);
  const beside = {
    ...(specials && { specials }),
    ...(generation && { generation }),
    ...(template && { chatTemplate: await readText(template, CHAT_TEMPLATE) }),
  };
  return fromTokenizerJson(json, config ?? {}, beside, model);
}

// Writing.

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
