// The tokenizers a user can choose for a text of their own, as a table: forms are drawn from it.
import type { BpeProgress } from "./bpe-train.ts";
import { trainBpe } from "./bpe-train.ts";
import { createByteTokenizer } from "./byte.ts";
import { CharacterSet } from "./character.ts";
import type { SpecialTokens, Tokenizer } from "./tokenizer.ts";

/** Kinds that can be made from a text. */
export type TrainableKind = "character" | "byte" | "bpe";

/** Most characters that a BPE is learnt from, where a text is longer: some 1.5 million words. */
export const BPE_SAMPLE_CHARACTERS = 8_000_000;

export interface TokenizerOptions {
  /** Only `bpe` asks for it. */
  readonly vocabSize?: number;
  readonly specials?: SpecialTokens;
  /**
   * Characters that will come. Where they are more than {@link BPE_SAMPLE_CHARACTERS}, BPE learns from a
   * sample of that size, spread evenly over the text. Without it the whole is learnt from.
   */
  readonly expectedCharacters?: number;
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

/** Learns from a text that arrives in pieces. */
export interface TokenizerLearner {
  /** A piece never ends inside a character. */
  add(text: string): void;
  /** What follows is another document. */
  endDocument(): void;
  /** The tokenizer that suits the text. @throws FaultError "bad-data", "bad-config"; the signal's reason. */
  finish(): Promise<Tokenizer>;
}

export interface TokenizerRow {
  readonly name: string;
  readonly description: string;
  readonly citation: { readonly text: string; readonly url: string } | null;
  readonly parameters: readonly TokenizerParameter[];
  learn(options?: TokenizerOptions): TokenizerLearner;
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
    learn: (options = {}) => {
      const set = new CharacterSet(specialsOf(options));
      return {
        add: (text) => set.add(text),
        endDocument: () => {},
        finish: async () => set.tokenizer(),
      };
    },
  },
  byte: {
    name: "Bytes",
    description:
      "One token per UTF-8 byte: 256 tokens, and every text in every script can be written.",
    citation: { text: "Xue et al. 2022, ByT5", url: "https://arxiv.org/abs/2105.13626" },
    parameters: [],
    learn: (options = {}) => ({
      add: () => {},
      endDocument: () => {},
      finish: async () => createByteTokenizer(specialsOf(options)),
    }),
  },
  bpe: {
    name: "Byte pairs (BPE)",
    description: "Frequent words and pieces of words become tokens, learnt from the text.",
    citation: { text: "Sennrich et al. 2016", url: "https://arxiv.org/abs/1508.07909" },
    parameters: [BPE_VOCABULARY],
    learn: ({ vocabSize = BPE_VOCABULARY.default, expectedCharacters = 0, ...options } = {}) => {
      const sample = new TextSample(expectedCharacters);
      return {
        add: (text) => sample.add(text),
        endDocument: () => sample.cut(),
        finish: () => trainBpe(sample.texts, { vocabSize, ...options }),
      };
    },
  },
};

/** The tokenizer that suits one text. */
export function tokenizerOf(
  kind: TrainableKind,
  text: string,
  options: TokenizerOptions = {},
): Promise<Tokenizer> {
  const learner = TOKENIZERS[kind].learn(options);
  learner.add(text);
  return learner.finish();
}

/** Pieces of a text, evenly spread over it; all of it where it is short. */
class TextSample {
  readonly texts: string[] = [];
  readonly #share: number;
  #seen = 0;
  #taken = 0;
  #isOpen = false;

  constructor(expectedCharacters: number) {
    this.#share = Math.min(1, BPE_SAMPLE_CHARACTERS / Math.max(expectedCharacters, 1));
  }

  add(text: string): void {
    const isTaken = this.#share === 1 || this.#taken + text.length <= this.#share * this.#seen;
    this.#seen += text.length;
    if (!isTaken) {
      this.cut();
      return;
    }
    this.#taken += text.length;
    // What goes on is one text: a word may lie across two pieces.
    if (this.#isOpen) this.texts[this.texts.length - 1] += text;
    else this.texts.push(text);
    this.#isOpen = true;
  }

  /** What follows does not go on with what was. */
  cut(): void {
    this.#isOpen = false;
  }
}

const specialsOf = (options: TokenizerOptions) =>
  options.specials ? { specials: options.specials } : {};
