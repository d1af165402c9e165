import { BYTE_CHARACTERS, BYTE_LEVEL } from "./byte-alphabet.ts";
import { splitsPair } from "./character.ts";
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

/** One token per UTF-8 byte: id = byte, 256 of them, then the special tokens. Every text can be written. */
export function createByteTokenizer(
  options: { readonly specials?: SpecialTokens } = {},
): Tokenizer {
  const specials = options.specials ?? {};
  const { added, ids: specialIds } = addSpecials(specials, 256);
  const split = createSpecialSplitter(added);
  const utf8 = new TextEncoder();
  const table = [
    ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    ...added.map((token) => utf8.encode(token.content)),
  ];
  const encode = (text: string) => {
    const ids = new IdList();
    split(text).forEach((part, i) => {
      if (i % 2 === 0) ids.append(Int32Array.from(utf8.encode(part)));
      else ids.push(256 + added.findIndex((token) => token.content === part));
    });
    return ids.toArray();
  };
  const decode = (ids: ArrayLike<number>) => decodeBytes(table, ids);
  return {
    kind: "byte",
    vocabSize: table.length,
    specials: specialIds,
    ...plainUse(specialIds, 256),
    isByteExact: true,
    encode,
    decode,
    decodeToken: (id) => decode([id]),
    tokenBytes: (id) => table[requireId(table, id)] as Uint8Array,
    isSafeCut: (text, index) => !splitsPair(text, index) && !splitsSpecial(added, text, index),
    toJSON: () => ({
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: BYTE_LEVEL,
      post_processor: null,
      decoder: BYTE_LEVEL,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(BYTE_CHARACTERS.map((character, byte) => [character, byte])),
        merges: [],
      },
    }),
    toConfig: () => configOf(specials),
  };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of tokens that are bytes; broken sequences give U+FFFD. */
export function decodeBytes(table: readonly Uint8Array[], ids: ArrayLike<number>): string {
  let length = 0;
  for (let i = 0; i < ids.length; i++)
    length += (table[requireId(table, ids[i] as number)] as Uint8Array).length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    const token = table[ids[i] as number] as Uint8Array;
    bytes.set(token, at);
    at += token.length;
  }
  return decoder.decode(bytes);
}
