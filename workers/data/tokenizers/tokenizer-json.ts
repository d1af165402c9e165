// Reading tokenizer.json: ours come back as what they were, all others run in @huggingface/tokenizers.
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { FaultError } from "../../../kernels/core/fault.ts";
import { createBpeTokenizer } from "./bpe.ts";
import { createByteTokenizer } from "./byte.ts";
import { readSpelling } from "./byte-alphabet.ts";
import { createCharacterTokenizer, UNKNOWN_CHARACTER } from "./character.ts";
import type {
  AddedTokenJson,
  SpecialIds,
  SpecialTokens,
  Tokenizer,
  TokenizerConfigJson,
  TokenizerJson,
} from "./tokenizer.ts";

const HINT = "Use the tokenizer.json that was published with the model.";
/** More ids than any tokenizer has: beyond it a table of tokens would only fill memory. */
const MAX_VOCABULARY = 1 << 22;

/**
 * A tokenizer from the parsed tokenizer.json and, if there is one, tokenizer_config.json.
 *
 * @throws FaultError "bad-model" if the file is not a tokenizer.json that can be used.
 */
export function fromTokenizerJson(json: unknown, config: unknown = {}): Tokenizer {
  const checked = checkShape(json);
  const settings = isRecord(config) ? config : {};
  return restoreOurs(checked, settings) ?? wrapHub(checked, settings);
}

type Json = Readonly<Record<string, unknown>>;
type Model = Json & { readonly vocab: Json | readonly unknown[] };
type CheckedJson = TokenizerJson & { readonly model: Model };

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function bad(must: string, met: string, cause?: unknown): FaultError {
  return new FaultError("bad-model", `tokenizer.json: ${must}; ${met}.`, HINT, { cause });
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
  const added = json.added_tokens ?? [];
  if (!Array.isArray(added)) throw bad("added_tokens must be a list", `it is ${showJson(added)}`);
  const tokens = added.map((token: unknown): AddedTokenJson => {
    if (!isRecord(token) || typeof token.content !== "string" || token.content === "")
      throw bad("an added token must have content", `it is ${showJson(token)}`);
    checkId(token.id, token.content);
    return {
      id: token.id as number,
      content: token.content,
      single_word: token.single_word === true,
      lstrip: token.lstrip === true,
      rstrip: token.rstrip === true,
      normalized: token.normalized === true,
      special: token.special === true,
    };
  });
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

function checkId(id: unknown, token: string): void {
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= MAX_VOCABULARY)
    throw bad(
      `an id must be a whole number below ${MAX_VOCABULARY}`,
      `${JSON.stringify(token)} has ${showJson(id)}`,
    );
}

function showJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/** Contents of the special tokens that a tokenizer_config.json names. */
function namedSpecials(config: Json): SpecialTokens {
  const content = (key: string): string | undefined => {
    const token = config[key];
    if (typeof token === "string" && token !== "") return token;
    return isRecord(token) && typeof token.content === "string" ? token.content : undefined;
  };
  const [bos, eos, pad] = [content("bos_token"), content("eos_token"), content("pad_token")];
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
  bos: ["<|begin_of_text|>", "<s>", "<bos>"],
  eos: ["<|end_of_text|>", "</s>", "<eos>", "<|endoftext|>"],
  pad: ["<pad>", "<|pad|>", "[PAD]"],
};

function wrapHub(json: CheckedJson, config: Json): Tokenizer {
  let hub: HubTokenizer;
  try {
    hub = new HubTokenizer(json, config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw bad("must be a tokenizer that can be built", reason.replace(/\.$/, ""), error);
  }
  const pieces = piecesOf(json);
  const addedIds = new Set(json.added_tokens.map((token) => token.id));
  const specials = specialIds(json, config, pieces);
  const kinds = decoderKinds(json.decoder);
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

  return {
    kind: "huggingface",
    vocabSize: pieces.length,
    specials,
    isByteExact,
    encode: (text) => {
      let ids: readonly (number | undefined)[];
      try {
        ids = text === "" ? [] : hub.encode(text, { add_special_tokens: false }).ids;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw bad("must encode any text", reason.replace(/\.$/, ""), error);
      }
      // A character that is unknown to a tokenizer without an unknown token has no id.
      return Int32Array.from(ids.filter((id): id is number => id !== undefined));
    },
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
    // Nothing is known of a foreign tokenizer's rules about neighbours.
    isSafeCut: () => false,
    toJSON: () => json,
    toConfig: (): TokenizerConfigJson => config,
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

/** The types in a decoder, those inside a Sequence included. */
function decoderKinds(decoder: unknown): ReadonlySet<string> {
  const kinds = new Set<string>();
  const visit = (node: unknown) => {
    if (!isRecord(node)) return;
    if (node.type === "Sequence" && Array.isArray(node.decoders)) node.decoders.forEach(visit);
    else if (typeof node.type === "string") kinds.add(node.type);
  };
  visit(decoder);
  return kinds;
}
