import { FaultError } from "../../../kernels/core/fault.ts";
import {
  addSpecials,
  configOf,
  createSpecialSplitter,
  IdList,
  plainUse,
  requireId,
  type SpecialTokens,
  splitsSpecial,
  type Tokenizer,
} from "./tokenizer.ts";

/** What an unknown character becomes where the vocabulary has a token for it. */
export const UNKNOWN_CHARACTER = "\uFFFD";

export interface CharacterOptions {
  /** `skip` leaves a character outside the vocabulary out; `token` adds U+FFFD and writes that. Default `skip`. */
  readonly unknown?: "skip" | "token";
  readonly specials?: SpecialTokens;
}

export interface CharacterTokenizer extends Tokenizer {
  readonly kind: "character";
  /** The vocabulary, id 0 first. */
  readonly characters: readonly string[];
  /** Distinct characters of a text that are not in the vocabulary, in order of appearance. */
  unknownCharacters(text: string): string[];
}

/** The characters of a text that arrives in pieces; none of them ends inside a surrogate pair. */
export class CharacterSet {
  readonly #seen = new Set<number>();
  readonly #low = new Uint8Array(65536);
  readonly #specials: readonly string[];

  constructor(private readonly options: CharacterOptions = {}) {
    this.#specials = Object.values(options.specials ?? {}).filter((special) => special !== "");
  }

  add(text: string): void {
    let plain = text;
    for (const special of this.#specials) plain = plain.replaceAll(special, "");
    for (let i = 0; i < plain.length; i++) {
      const point = wellFormedPoint(plain, i);
      if (point > 0xffff) {
        this.#seen.add(point);
        i++;
      } else if (this.#low[point] === 0) {
        this.#low[point] = 1;
        this.#seen.add(point);
      }
    }
  }

  /**
   * One token per code point, ids in the order of code points.
   *
   * @throws FaultError "bad-data" for a text without characters.
   */
  tokenizer(): CharacterTokenizer {
    const points = [...this.#seen].sort((a, b) => a - b);
    return createCharacterTokenizer(
      points.map((point) => String.fromCodePoint(point)),
      this.options,
    );
  }
}

/** The tokenizer that {@link CharacterSet} gives for one text. */
export function characterTokenizerOf(
  text: string,
  options: CharacterOptions = {},
): CharacterTokenizer {
  const set = new CharacterSet(options);
  set.add(text);
  return set.tokenizer();
}

/** A tokenizer with this vocabulary: distinct single code points, id 0 first. @throws FaultError "bad-data" otherwise. */
export function createCharacterTokenizer(
  vocabulary: readonly string[],
  options: CharacterOptions = {},
): CharacterTokenizer {
  const characters =
    options.unknown === "token" && !vocabulary.includes(UNKNOWN_CHARACTER)
      ? [...vocabulary, UNKNOWN_CHARACTER]
      : vocabulary;
  if (characters.length === 0)
    throw new FaultError(
      "bad-data",
      "A character tokenizer must have a vocabulary; the text has no characters.",
      "Choose a text that is not empty.",
    );
  // The Basic Multilingual Plane in a table, the rest in a map: a text of 100 MB takes a second.
  const low = new Int32Array(65536).fill(-1);
  const high = new Map<number, number>();
  characters.forEach((character, id) => {
    const point = character.codePointAt(0) as number;
    const isKnown = point > 0xffff ? high.has(point) : (low[point] as number) >= 0;
    if (character !== String.fromCodePoint(point) || isKnown)
      throw new FaultError(
        "bad-data",
        `A character vocabulary must hold distinct single characters; entry ${id} is ${JSON.stringify(character)}.`,
      );
    if (point > 0xffff) high.set(point, id);
    else low[point] = id;
  });
  const idOf = (point: number) =>
    point > 0xffff ? (high.get(point) ?? -1) : (low[point] as number);
  const unknownId = options.unknown === "token" ? idOf(0xfffd) : -1;
  const specials = options.specials ?? {};
  const { added, ids: specialIds } = addSpecials(specials, characters.length);
  const split = createSpecialSplitter(added);
  const tokens = [...characters, ...added.map((token) => token.content)];
  const utf8 = new TextEncoder();

  const encodePlain = (text: string, into: IdList) => {
    for (let i = 0; i < text.length; i++) {
      const point = wellFormedPoint(text, i);
      if (point > 0xffff) i++;
      const id = idOf(point);
      if (id >= 0) into.push(id);
      else if (unknownId >= 0) into.push(unknownId);
    }
  };

  return {
    kind: "character",
    vocabSize: tokens.length,
    specials: specialIds,
    ...plainUse(specialIds, characters.length),
    characters,
    isByteExact: true,
    encode: (text) => {
      const ids = new IdList();
      split(text).forEach((part, i) => {
        if (i % 2 === 0) encodePlain(part, ids);
        else ids.push(tokens.indexOf(part, characters.length));
      });
      return ids.toArray();
    },
    decode: (ids) => {
      const parts: string[] = [];
      for (let i = 0; i < ids.length; i++)
        parts.push(tokens[requireId(tokens, ids[i] as number)] as string);
      return parts.join("");
    },
    decodeToken: (id) => tokens[requireId(tokens, id)] as string,
    tokenBytes: (id) => utf8.encode(tokens[requireId(tokens, id)] as string),
    isSafeCut: (text, index) => !splitsPair(text, index) && !splitsSpecial(added, text, index),
    unknownCharacters: (text) => {
      const unknown = new Set<string>();
      split(text).forEach((part, i) => {
        if (i % 2 === 0)
          for (const character of part)
            if (idOf(wellFormedPoint(character, 0)) < 0) unknown.add(character);
      });
      return [...unknown];
    },
    toJSON: () => ({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: { type: "Fuse" },
      // A BPE without merges is a table of characters.
      model: {
        type: "BPE",
        dropout: null,
        unk_token: unknownId >= 0 ? UNKNOWN_CHARACTER : null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(characters.map((character, id) => [character, id])),
        merges: [],
      },
    }),
    toConfig: () => configOf(specials, unknownId >= 0 ? UNKNOWN_CHARACTER : undefined),
  };
}

/** The code point at a place; U+FFFD for half a surrogate pair. */
function wellFormedPoint(text: string, at: number): number {
  const point = text.codePointAt(at) as number;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

/** True if a cut here falls inside a surrogate pair. */
export function splitsPair(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
