// Reading tokenizer.json: ours come back as what they were, all others run in @huggingface/tokenizers.
import {
  ByteFallbackDecoder,
  type Decoder,
  Tokenizer as HubTokenizer,
  SequenceDecoder,
} from "@huggingface/tokenizers";
import { FaultError } from "../../../kernels/core/fault.ts";
import { createBpeTokenizer } from "./bpe.ts";
import { createByteTokenizer } from "./byte.ts";
import { readSpelling } from "./byte-alphabet.ts";
import { createCharacterTokenizer, UNKNOWN_CHARACTER } from "./character.ts";
import { createChatTemplate } from "./chat-template.ts";
import { isWordBorder } from "./pre-tokens.ts";
import {
  type AddedTokenJson,
  type Frame,
  plainUse,
  type SpecialIds,
  type SpecialTokens,
  type Tokenizer,
  type TokenizerBeside,
  type TokenizerConfigJson,
  type TokenizerJson,
} from "./tokenizer.ts";

const HINT = "Use the tokenizer.json that was published with the model.";
/** More ids than any tokenizer has: beyond it a table of tokens would only fill memory. */
const MAX_VOCABULARY = 1 << 22;

/** What the model has to say about its tokenizer. */
interface ModelFacts {
  /**
   * Ids that the model knows. An added token beyond them, such as the image token of a text-only
   * model, is left out: written out in a text, it is read as text.
   */
  readonly vocabSize: number;
  /** `eos_token_id` of config.json: where texts end if generation_config.json does not say. */
  readonly eosTokenId: unknown;
}

/**
 * A tokenizer from the parsed tokenizer.json and what lies beside it, read as transformers reads them.
 *
 * @param config tokenizer_config.json.
 * @throws FaultError "bad-model" if the files do not make a tokenizer that can be used.
 */
export function fromTokenizerJson(
  json: unknown,
  config: unknown = {},
  beside: TokenizerBeside = {},
  model?: ModelFacts,
): Tokenizer {
  const given = isRecord(config) ? config : {};
  // Special tokens have a file of their own where the config does not list added tokens.
  const settings = isRecord(given.added_tokens_decoder) ? given : { ...given, ...beside.specials };
  const tokens = withAddedTokens(checkShape(json), settings);
  const checked = model ? withoutUnknownTokens(tokens, settings, model.vocabSize) : tokens;
  const base = restoreOurs(checked, settings) ?? wrapHub(checked, settings);
  const template = createChatTemplate(
    {
      config: given.chat_template,
      ...(beside.chatTemplate === undefined ? {} : { file: beside.chatTemplate }),
    },
    tokenNames(checked, settings),
  );
  return {
    ...base,
    frame: withFlags(base.frame, checked, settings, base.specials),
    stopIds: stopIds(base, beside, model),
    beside,
    ...(config === given && Object.keys(given).length > 0 ? { toConfig: () => given } : {}),
    ...(template && {
      hasChatTemplate: true,
      encodeChat: (messages, options) => base.encode(template.renderChat(messages, options)),
    }),
  };
}

type Json = Readonly<Record<string, unknown>>;
type Model = Json & { readonly vocab: Json | readonly unknown[] };
type CheckedJson = TokenizerJson & { readonly model: Model };

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function bad(must: string, met: string, cause?: unknown): FaultError {
  return badFile("tokenizer.json", must, met, cause);
}

function badFile(file: string, must: string, met: string, cause?: unknown): FaultError {
  const hint =
    file === "tokenizer.json" ? HINT : `Use the ${file} that was published with the model.`;
  return new FaultError("bad-model", `${file}: ${must}; ${met}.`, hint, { cause });
}

function checkShape(json: unknown): CheckedJson {
  if (!isRecord(json)) throw bad("must be a JSON object", `it is ${showJson(json)}`);
  const { model } = json;
  if (!isRecord(model)) throw bad('must have a "model"', `it has ${showJson(model)}`);
  const { vocab } = model;
  if (!isRecord(vocab) && !Array.isArray(vocab))
    throw bad("the model must have a vocabulary", `it has ${showJson(vocab)}`);
  if (isRecord(vocab)) for (const [token, id] of Object.entries(vocab)) checkId(id, token);
  else if (vocab.length > MAX_VOCABULARY)
    throw bad(`a vocabulary may have ${MAX_VOCABULARY} tokens`, `it has ${vocab.length}`);
  else {
    const wrong = vocab.find((entry) => !Array.isArray(entry) || typeof entry[0] !== "string");
    if (wrong !== undefined)
      throw bad(
        "an entry of a vocabulary list must be [token, score]",
        `one is ${showJson(wrong)}`,
      );
  }
  const added = json.added_tokens ?? [];
  if (!Array.isArray(added)) throw bad("added_tokens must be a list", `it is ${showJson(added)}`);
  const tokens = added.map((token: unknown) =>
    readAddedToken(token, isRecord(token) ? token.id : undefined, "tokenizer.json"),
  );
  return {
    version: "1.0",
    truncation: json.truncation ?? null,
    padding: json.padding ?? null,
    added_tokens: tokens,
    normalizer: json.normalizer ?? null,
    pre_tokenizer: json.pre_tokenizer ?? null,
    post_processor: json.post_processor ?? null,
    decoder: json.decoder ?? null,
    model: model as Model,
  };
}

function readAddedToken(token: unknown, id: unknown, file: string): AddedTokenJson {
  if (!isRecord(token) || typeof token.content !== "string" || token.content === "")
    throw badFile(file, "an added token must have content", `it is ${showJson(token)}`);
  checkId(id, token.content, file);
  return {
    id: id as number,
    content: token.content,
    single_word: token.single_word === true,
    lstrip: token.lstrip === true,
    rstrip: token.rstrip === true,
    normalized: token.normalized === true,
    special: token.special === true,
  };
}

/** Tokens of tokenizer_config.json's `added_tokens_decoder`, which speaks last about each. */
function withAddedTokens(json: CheckedJson, config: Json): CheckedJson {
  const file = "tokenizer_config.json";
  const table = config.added_tokens_decoder ?? {};
  if (!isRecord(table))
    throw badFile(file, "added_tokens_decoder must be an object", `it is ${showJson(table)}`);
  const byContent = new Map(json.added_tokens.map((token) => [token.content, token]));
  for (const [id, entry] of Object.entries(table)) {
    const token = readAddedToken(entry, Number(id), file);
    // What the vocabulary has keeps its id.
    const known = byContent.get(token.content)?.id ?? vocabularyId(json, token.content);
    byContent.set(token.content, { ...token, id: known ?? token.id });
  }
  return { ...json, added_tokens: [...byContent.values()].sort((a, b) => a.id - b.id) };
}

function vocabularyId({ model: { vocab } }: CheckedJson, token: string): number | undefined {
  if (isRecord(vocab)) return Object.hasOwn(vocab, token) ? (vocab[token] as number) : undefined;
  const id = (vocab as readonly unknown[]).findIndex(
    (entry) => Array.isArray(entry) && entry[0] === token,
  );
  return id < 0 ? undefined : id;
}

/** Without the added tokens that the model has no row for; BOS and EOS stay, for all to see that they are missing. */
function withoutUnknownTokens(json: CheckedJson, config: Json, vocabSize: number): CheckedJson {
  const { bos, eos } = specialContents(json, config);
  const isKnown = ({ id, content }: AddedTokenJson) =>
    id < vocabSize || content === bos || content === eos;
  return { ...json, added_tokens: json.added_tokens.filter(isKnown) };
}

/** Special tokens by the names that templates use: `bos_token`, `eos_token` and their like. */
function tokenNames(json: CheckedJson, config: Json): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const key of Object.keys(config)) {
    const content = key.endsWith("_token") ? contentOf(config[key]) : undefined;
    if (content !== undefined) names[key] = content;
  }
  for (const [role, content] of Object.entries(specialContents(json, config)))
    names[`${role}_token`] = content;
  return names;
}

/** The flags of old configs count where tokenizer.json says nothing about a text's ends. */
function withFlags(frame: Frame, json: CheckedJson, config: Json, ids: SpecialIds): Frame {
  if (typesIn(json.post_processor, "processors").some((type) => type !== "ByteLevel")) return frame;
  const one = (flag: unknown, id: number | undefined) =>
    flag === true && id !== undefined ? [id] : [];
  return { before: one(config.add_bos_token, ids.bos), after: one(config.add_eos_token, ids.eos) };
}

/** EOS of generation_config.json, or else of config.json, and of the tokenizer. */
function stopIds(
  { specials, vocabSize }: Tokenizer,
  { generation }: TokenizerBeside,
  model: ModelFacts | undefined,
): readonly number[] {
  const ids = new Set<number>();
  const read = (file: string, value: unknown) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const id of list) {
      if (typeof id !== "number" || !Number.isInteger(id) || id < 0)
        throw badFile(
          file,
          "eos_token_id must be a token id or a list of them",
          `it is ${showJson(value)}`,
        );
      if (id < vocabSize) ids.add(id);
    }
  };
  const told = generation?.eos_token_id ?? null;
  const modelTold = model?.eosTokenId ?? null;
  if (told !== null) read("generation_config.json", told);
  else if (modelTold !== null) read("config.json", modelTold);
  if (specials.eos !== undefined) ids.add(specials.eos);
  return [...ids];
}

function checkId(id: unknown, token: string, file = "tokenizer.json"): void {
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= MAX_VOCABULARY)
    throw badFile(
      file,
      `an id must be a whole number below ${MAX_VOCABULARY}`,
      `${JSON.stringify(token)} has ${showJson(id)}`,
    );
}

function showJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** A special token as configs write it: its content, or an object with it. */
function contentOf(token: unknown): string | undefined {
  const content = isRecord(token) ? token.content : token;
  return typeof content === "string" && content !== "" ? content : undefined;
}

/** Contents of the special tokens that a tokenizer_config.json names. */
function namedSpecials(config: Json): SpecialTokens {
  const [bos, eos, pad] = [
    contentOf(config.bos_token),
    contentOf(config.eos_token),
    contentOf(config.pad_token),
  ];
  return {
    ...(bos === undefined ? {} : { bos }),
    ...(eos === undefined ? {} : { eos }),
    ...(pad === undefined ? {} : { pad }),
  };
}

/** One of our own tokenizers, if writing it again gives this very file; else null. */
function restoreOurs(json: CheckedJson, config: Json): Tokenizer | null {
  const { model } = json;
  if (model.type !== "BPE" || !isRecord(model.vocab) || !Array.isArray(model.merges)) return null;
  const vocabulary: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) vocabulary[id as number] = token;
  if (Object.keys(vocabulary).length !== Object.keys(model.vocab).length) return null;
  const specials = specialContents(json, config);
  const options = {
    specials,
    unknown: model.unk_token === UNKNOWN_CHARACTER ? ("token" as const) : ("skip" as const),
  };
  try {
    const decoder = isRecord(json.decoder) ? json.decoder.type : undefined;
    const candidate =
      decoder === "Fuse"
        ? createCharacterTokenizer(vocabulary, options)
        : vocabulary.length === 256
          ? createByteTokenizer(options)
          : createBpeTokenizer(readMerges(model.merges, model.vocab), options);
    return isSameJson(candidate.toJSON(), json) ? candidate : null;
  } catch (error) {
    // Not one of ours after all: the library below says what is wrong with it, if anything is.
    if (error instanceof FaultError) return null;
    throw error;
  }
}

function readMerges(merges: readonly unknown[], vocab: Json): [number, number][] {
  const id = (token: unknown) => (typeof token === "string" ? Number(vocab[token] ?? -1) : -1);
  return merges.map((merge) => (Array.isArray(merge) ? [id(merge[0]), id(merge[1])] : [-1, -1]));
}

/** Equality of JSON values, whatever the order of keys. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((x, i) => isSameJson(x, b[i]));
  if (isRecord(a)) {
    const keys = Object.keys(a);
    return (
      isRecord(b) &&
      Object.keys(b).length === keys.length &&
      keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key]))
    );
  }
  return a === b;
}

/** What models call their special tokens when no tokenizer_config.json says so. */
const USUAL_NAMES: Readonly<Record<keyof SpecialIds, readonly string[]>> = {
  bos: ["<|begin_of_text|>", "<s>", "<bos>", "<|endoftext|>"],
  eos: ["<|end_of_text|>", "</s>", "<eos>", "<|endoftext|>"],
  pad: ["<pad>", "<|pad|>", "[PAD]"],
};

function wrapHub(json: CheckedJson, config: Json): Tokenizer {
  let hub: HubTokenizer;
  try {
    hub = new HubTokenizer(forLibrary(json), config);
    addByteFallback(hub, json);
    keepByteOrderMarks(hub.decoder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw bad("must be a tokenizer that can be built", reason.replace(/\.$/, ""), error);
  }
  const pieces = piecesOf(json);
  const addedIds = new Set(json.added_tokens.map((token) => token.id));
  const specials = specialIds(json, config, pieces);
  const specialSet = new Set(Object.values(specials));
  for (const token of json.added_tokens) if (token.special) specialSet.add(token.id);
  const kinds = new Set(typesIn(json.decoder, "decoders"));
  const utf8 = new TextEncoder();
  const decode = (ids: ArrayLike<number>) => {
    const list = Array.from(ids);
    for (const id of list) requirePiece(pieces, id);
    if (list.length === 0) return "";
    return hub.decode(list, { clean_up_tokenization_spaces: false, skip_special_tokens: false });
  };
  const spelled = kinds.has("ByteLevel")
    ? pieces.map((piece, id) =>
        piece === undefined || addedIds.has(id) ? null : readSpelling(piece),
      )
    : [];
  const isByteExact =
    kinds.size === 1 &&
    kinds.has("ByteLevel") &&
    pieces.every((piece, id) => piece === undefined || addedIds.has(id) || spelled[id] !== null);

  const encode = (text: string): Int32Array<ArrayBuffer> => {
    let ids: readonly (number | undefined)[];
    try {
      ids = text === "" ? [] : hub.encode(text, { add_special_tokens: false }).ids;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw bad("must encode any text", reason.replace(/\.$/, ""), error);
    }
    // A character that is unknown to a tokenizer without an unknown token has no id.
    const known = ids.filter((id): id is number => id !== undefined);
    const stray = known.find((id) => pieces[id] === undefined);
    if (stray !== undefined)
      throw bad("must give every id a token", `it encodes with ${stray}, which has none`);
    return Int32Array.from(known);
  };

  return {
    kind: "huggingface",
    vocabSize: pieces.length,
    specials,
    ...plainUse(specials, 0),
    frame: frameOf(hub, json, pieces),
    isSpecial: (id) => specialSet.has(id),
    isByteExact,
    encode,
    decode,
    decodeToken: (id) => {
      const piece = requirePiece(pieces, id);
      if (addedIds.has(id)) return piece;
      // Decoders drop the space before a first word; in a token strip it must be seen.
      return piece.startsWith("\u2581") ? piece.replaceAll("\u2581", " ") : decode([id]);
    },
    tokenBytes: (id) => {
      const piece = requirePiece(pieces, id);
      if (addedIds.has(id)) return utf8.encode(piece);
      const bytes = spelled[id];
      if (bytes) return bytes;
      const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
      if (byte !== undefined && kinds.has("ByteFallback"))
        return Uint8Array.of(Number.parseInt(byte, 16));
      return utf8.encode(piece.includes("\u2581") ? piece.replaceAll("\u2581", " ") : decode([id]));
    },
    isSafeCut: createBorderTest(encode),
    toJSON: () => json,
    toConfig: (): TokenizerConfigJson => config,
  };
}

/** Characters on both sides of a cut that are looked at. */
const BORDER_CONTEXT = 64;
/** Cuts that fail one after another before no more are tried. */
const BORDER_TRIES = 64;

/**
 * Tells where a text may be cut. Nothing is known of a foreign tokenizer's rules about neighbours, so a cut is
 * tried on the words around it. Some allow none: they put a space before every text.
 */
function createBorderTest(encode: (text: string) => Int32Array): Tokenizer["isSafeCut"] {
  let failures = 0;
  return (text, index) => {
    if (failures >= BORDER_TRIES || !isWordBorder(text, index)) return false;
    const left = text.slice(Math.max(0, index - BORDER_CONTEXT), index);
    const right = text.slice(index, index + BORDER_CONTEXT);
    const whole = encode(left + right);
    const parts = [...encode(left), ...encode(right)];
    const isSafe = whole.length === parts.length && whole.every((id, i) => id === parts[i]);
    failures = isSafe ? 0 : failures + 1;
    return isSafe;
  };
}

function requirePiece(pieces: readonly (string | undefined)[], id: number): string {
  const piece = pieces[id];
  if (piece === undefined)
    throw new RangeError(
      `tokenizer: an id must be of a token, 0..${pieces.length - 1}; ${id} is of none.`,
    );
  return piece;
}

/** Every id's token as it stands in the file. */
function piecesOf(json: CheckedJson): readonly (string | undefined)[] {
  const { vocab } = json.model;
  const byId = new Map<number, string>();
  if (Array.isArray(vocab))
    vocab.forEach((entry: unknown, id) => {
      if (Array.isArray(entry) && typeof entry[0] === "string") byId.set(id, entry[0]);
    });
  else for (const [token, id] of Object.entries(vocab)) byId.set(id as number, token);
  for (const token of json.added_tokens) byId.set(token.id, token.content);
  let size = 0;
  for (const id of byId.keys()) size = Math.max(size, id + 1);
  return Array.from({ length: size }, (_, id) => byId.get(id));
}

/** Special tokens as tokenizer_config.json names them, else by their usual names. */
function specialContents(json: CheckedJson, config: Json): SpecialTokens {
  const found: { bos?: string; eos?: string; pad?: string } = { ...namedSpecials(config) };
  for (const role of ["bos", "eos", "pad"] as const) {
    const usual = USUAL_NAMES[role].find((name) =>
      json.added_tokens.some((token) => token.content === name),
    );
    // A config that says null means it: only one that is silent is guessed for.
    if (found[role] === undefined && !(`${role}_token` in config) && usual !== undefined)
      found[role] = usual;
  }
  return found;
}

function specialIds(
  json: CheckedJson,
  config: Json,
  pieces: readonly (string | undefined)[],
): SpecialIds {
  const contents = specialContents(json, config);
  const ids: { bos?: number; eos?: number; pad?: number } = {};
  for (const role of ["bos", "eos", "pad"] as const) {
    const content = contents[role];
    if (content === undefined) continue;
    const added = json.added_tokens.find((token) => token.content === content);
    const id = added ? added.id : pieces.indexOf(content);
    if (id >= 0) ids[role] = id;
  }
  return ids;
}

/** The types in a part of tokenizer.json, those inside a Sequence (a list under `members`) included. */
function typesIn(part: unknown, members: string): readonly string[] {
  if (!isRecord(part)) return [];
  const { [members]: list, type } = part;
  if (type === "Sequence" && Array.isArray(list))
    return list.flatMap((member: unknown) => typesIn(member, members));
  return typeof type === "string" ? [type] : [];
}

/** What the post-processor puts around a text. */
function frameOf(
  hub: HubTokenizer,
  json: CheckedJson,
  pieces: readonly (string | undefined)[],
): Frame {
  if (!hub.post_processor) return { before: [], after: [] };
  const TEXT = "\0";
  let tokens: readonly string[];
  try {
    ({ tokens } = hub.post_processor.post_process([TEXT], null, true));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw bad("the post-processor must be one that can run", reason.replace(/\.$/, ""), error);
  }
  const ids = tokens.map((token) => {
    if (token === TEXT) return -1;
    const added = json.added_tokens.find(({ content }) => content === token);
    const id = added ? added.id : pieces.indexOf(token);
    if (id < 0)
      throw bad(
        "the post-processor must use tokens of the vocabulary",
        `${showJson(token)} is not one`,
      );
    return id;
  });
  const at = ids.indexOf(-1);
  if (at < 0) throw bad("the post-processor must keep the text", "it does not");
  return { before: ids.slice(0, at), after: ids.slice(at + 1) };
}

/** The file with what the library does otherwise than the tokenizers of Rust put in words it knows. */
function forLibrary(json: CheckedJson): CheckedJson {
  /** Whether a Metaspace puts no space before a text; older files say so with `add_prefix_space`. */
  const isBare = (node: Json) =>
    node.type === "Metaspace" &&
    (node.prepend_scheme ?? (node.add_prefix_space === false ? "never" : "always")) === "never";
  const rewrite = (node: unknown, members: string, change: (node: Json) => Json): unknown => {
    if (!isRecord(node)) return node;
    const list = node[members];
    return node.type === "Sequence" && Array.isArray(list)
      ? { ...node, [members]: list.map((member) => rewrite(member, members, change)) }
      : change(node);
  };
  return {
    ...json,
    pre_tokenizer: rewrite(json.pre_tokenizer, "pretokenizers", (node) =>
      isBare(node) ? { ...node, prepend_scheme: "never" } : node,
    ),
    // The library's decoder drops a first space, also where none was put.
    decoder: rewrite(json.decoder, "decoders", (node) =>
      isBare(node)
        ? {
            type: "Replace",
            pattern: { String: node.replacement ?? "\u2581" },
            content: " ",
          }
        : node,
    ),
  };
}

/** The library's decoder takes U+FEFF at the beginning of bytes for a mark of their order and drops it. */
function keepByteOrderMarks(decoder: Decoder | null): void {
  if (decoder instanceof SequenceDecoder)
    for (const part of decoder.decoders) keepByteOrderMarks(part);
  else if (decoder instanceof ByteFallbackDecoder)
    decoder.text_decoder = new TextDecoder("utf-8", { ignoreBOM: true });
}

/** Byte fallback for Unigram, which the library has for BPE only: an unknown piece becomes its bytes. */
function addByteFallback({ model }: HubTokenizer, json: CheckedJson): void {
  if (!model || json.model.type !== "Unigram" || json.model.byte_fallback !== true) return;
  const encode = model.encode.bind(model);
  const utf8 = new TextEncoder();
  model.encode = (words) =>
    encode(words).flatMap((piece) => {
      if (model.tokens_to_ids.has(piece)) return piece;
      const bytes = Array.from(
        utf8.encode(piece),
        (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
      );
      return bytes.every((byte) => model.tokens_to_ids.has(byte)) ? bytes : piece;
    });
}
