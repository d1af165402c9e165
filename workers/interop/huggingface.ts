// Model folders in the Hugging Face layout, read: config.json, safetensors in one file or in shards, and whatever
// else lies beside them. write-folder.ts writes them.
import { FaultError } from "../../kernels/core/fault.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";
import { badConfig, type HfConfig, isSameJson, readConfig } from "./config-reader.ts";
import { type Family, familyOf, type TensorMapping } from "./families/index.ts";
import { type ByteSource, listNames, type ModelFolder, readJson, readText } from "./files.ts";
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
import { isFloatDType, readSafetensorsHeader, readTensor, toFloat32 } from "./safetensors.ts";

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
