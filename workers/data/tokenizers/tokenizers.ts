// The tokenizers a user can choose for a text of their own, as a table: forms are drawn from it.
import type { BpeProgress } from "./bpe-train.ts";
import { trainBpe } from "./bpe-train.ts";
import { createByteTokenizer } from "./byte.ts";
import { characterTokenizerOf } from "./character.ts";
import type { SpecialTokens, Tokenizer } from "./tokenizer.ts";

/** Kinds that can be made from a text. */
export type TrainableKind = "character" | "byte" | "bpe";

interface TokenizerOptions {
  /** Only `bpe` asks for it. */
  readonly vocabSize?: number;
  readonly specials?: SpecialTokens;
  readonly onProgress?: (progress: BpeProgress) => void;
  readonly signal?: AbortSignal;
}

/** A number a form asks for. */
interface TokenizerParameter {
  readonly name: "vocabSize";
  readonly description: string;
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly default: number;
}

export interface TokenizerRow {
  readonly name: string;
  readonly description: string;
  readonly citation: { readonly text: string; readonly url: string } | null;
  readonly parameters: readonly TokenizerParameter[];
  /** The tokenizer that suits `text`. */
  build(text: string, options?: TokenizerOptions): Promise<Tokenizer>;
}

const BPE_VOCABULARY: TokenizerParameter = {
  name: "vocabSize",
  description: "Tokens in the vocabulary, the 256 bytes included",
  unit: "tokens",
  minimum: 257,
  maximum: 65536,
  default: 2048,
};

export const TOKENIZERS: { readonly [K in TrainableKind]: TokenizerRow } = {
  character: {
    name: "Characters",
    description: "One token per character of the text. A small vocabulary and long sequences.",
    citation: null,
    parameters: [],
    build: async (text, options = {}) => characterTokenizerOf(text, specialsOf(options)),
  },
  byte: {
    name: "Bytes",
    description:
      "One token per UTF-8 byte: 256 tokens, and every text in every script can be written.",
    citation: { text: "Xue et al. 2022, ByT5", url: "https://arxiv.org/abs/2105.13626" },
    parameters: [],
    build: async (_text, options = {}) => createByteTokenizer(specialsOf(options)),
  },
  bpe: {
    name: "Byte pairs (BPE)",
    description: "Frequent words and pieces of words become tokens, learnt from the text.",
    citation: { text: "Sennrich et al. 2016", url: "https://arxiv.org/abs/1508.07909" },
    parameters: [BPE_VOCABULARY],
    build: (text, { vocabSize = BPE_VOCABULARY.default, ...options } = {}) =>
      trainBpe(text, { vocabSize, ...options }),
  },
};

const specialsOf = (options: TokenizerOptions) =>
  options.specials ? { specials: options.specials } : {};
