// Small tokenizers of the shapes that model families publish: a few merges each, and all the rest of
// the file as theirs. Ids in tests that use them were checked against tokenizers 0.23 in Python.
import { BYTE_CHARACTERS } from "../data/tokenizers/byte-alphabet.ts";

export interface TokenizerFiles {
  readonly json: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
}

type Merge = readonly [string, string];

const byteLevel = (over: object = {}) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
  ...over,
});
const special = (id: number, content: string, over: object = {}) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...over,
});
const numbered = (tokens: readonly string[]) =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));
const frame = (
  before: readonly string[],
  after: readonly string[],
  ids: Record<string, number>,
) => {
  const tokens = (names: readonly string[], type_id: number) =>
    names.map((id) => ({ SpecialToken: { id, type_id } }));
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  return {
    type: "TemplateProcessing",
    single: [...tokens(before, 0), text("A", 0), ...tokens(after, 0)],
    pair: [
      ...tokens(before, 0),
      text("A", 0),
      ...tokens(after, 0),
      ...tokens(before, 1),
      text("B", 1),
      ...tokens(after, 1),
    ],
    special_tokens: Object.fromEntries(
      [...before, ...after].map((id) => [id, { id, ids: [ids[id]], tokens: [id] }]),
    ),
  };
};
const around = { version: "1.0", truncation: null, padding: null };

/** "Ġ" is the space of byte-level files. */
const BYTE_MERGES: readonly Merge[] = [
  ["h", "e"],
  ["l", "l"],
  ["he", "ll"],
  ["hell", "o"],
  ["Ġ", "w"],
  ["o", "r"],
  ["Ġw", "or"],
  ["l", "d"],
  ["Ġwor", "ld"],
  ["Ġ", "Ġ"],
  ["1", "2"],
  ["12", "3"],
  ["æ", "¼"],
];
const BYTE_TOKENS = [...BYTE_CHARACTERS, ...BYTE_MERGES.map((pair) => pair.join(""))];
const byteBpe = (over: object = {}) => ({
  type: "BPE",
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: "",
  end_of_word_suffix: "",
  fuse_unk: false,
  byte_fallback: false,
  vocab: numbered(BYTE_TOKENS),
  merges: BYTE_MERGES,
  ...over,
});
const FIRST = BYTE_TOKENS.length;

/** GPT-2: old merges in one string each, EOS in the vocabulary, and a config that names no token. */
export const GPT2: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: [special(FIRST, "<|endoftext|>", { normalized: true })],
    normalizer: null,
    pre_tokenizer: byteLevel(),
    post_processor: byteLevel({ trim_offsets: false }),
    decoder: byteLevel(),
    model: byteBpe({
      vocab: numbered([...BYTE_TOKENS, "<|endoftext|>"]),
      merges: BYTE_MERGES.map((pair) => pair.join(" ")),
    }),
  },
  config: { model_max_length: 1024, tokenizer_class: "GPT2Tokenizer" },
};

/** GPT-NeoX: composed characters, and runs of spaces as added tokens that are text. */
export const NEOX: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: [
      special(FIRST, "<|endoftext|>"),
      special(FIRST + 1, "<|padding|>"),
      special(FIRST + 2, "    ", { normalized: true, special: false }),
    ],
    normalizer: { type: "NFC" },
    pre_tokenizer: byteLevel(),
    post_processor: byteLevel(),
    decoder: byteLevel(),
    model: byteBpe(),
  },
  config: {
    add_bos_token: false,
    bos_token: "<|endoftext|>",
    eos_token: "<|endoftext|>",
    unk_token: "<|endoftext|>",
    clean_up_tokenization_spaces: true,
    tokenizer_class: "GPTNeoXTokenizer",
  },
};

const words = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const splitWords = (digits: string) => ({
  type: "Sequence",
  pretokenizers: [
    {
      type: "Split",
      pattern: { Regex: words(digits) },
      behavior: "Isolated",
      invert: false,
    },
    byteLevel({ use_regex: false }),
  ],
});

const LLAMA3_SPECIALS = [
  "<|begin_of_text|>",
  "<|end_of_text|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eot_id|>",
];

/** Llama 3: words are looked up whole before merging; BOS comes from the post-processor. */
export const LLAMA3: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: LLAMA3_SPECIALS.map((content, i) => special(FIRST + i, content)),
    normalizer: null,
    pre_tokenizer: splitWords("\\p{N}{1,3}"),
    post_processor: {
      type: "Sequence",
      processors: [
        byteLevel({ trim_offsets: false }),
        frame(["<|begin_of_text|>"], [], { "<|begin_of_text|>": FIRST }),
      ],
    },
    decoder: byteLevel(),
    model: byteBpe({ ignore_merges: true }),
  },
  config: {
    added_tokens_decoder: Object.fromEntries(
      LLAMA3_SPECIALS.map((content, i) => {
        const { id, ...token } = special(FIRST + i, content);
        return [id, token];
      }),
    ),
    bos_token: "<|begin_of_text|>",
    eos_token: "<|eot_id|>",
    clean_up_tokenization_spaces: true,
    tokenizer_class: "PreTrainedTokenizerFast",
  },
};

const QWEN_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>"];

/** Qwen: no BOS, and some added tokens only in tokenizer_config.json. */
export const QWEN: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: QWEN_TOKENS.slice(0, 3).map((content, i) => special(FIRST + i, content)),
    normalizer: { type: "NFC" },
    pre_tokenizer: splitWords("\\p{N}"),
    post_processor: byteLevel({ trim_offsets: false, use_regex: false }),
    decoder: byteLevel({ trim_offsets: false, use_regex: false }),
    model: byteBpe(),
  },
  config: {
    add_bos_token: false,
    added_tokens_decoder: Object.fromEntries(
      QWEN_TOKENS.map((content, i) => {
        const { id, ...token } = special(FIRST + i, content, { special: i < 3 });
        return [id, token];
      }),
    ),
    additional_special_tokens: ["<|im_start|>", "<|im_end|>"],
    bos_token: null,
    eos_token: "<|im_end|>",
    pad_token: "<|endoftext|>",
    unk_token: null,
    tokenizer_class: "Qwen2Tokenizer",
  },
};

const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);
const PIECE_MERGES: readonly Merge[] = [
  ["h", "e"],
  ["l", "l"],
  ["he", "ll"],
  ["hell", "o"],
  ["▁", "hello"],
  ["▁", "w"],
  ["o", "r"],
  ["▁w", "or"],
  ["l", "d"],
  ["▁wor", "ld"],
  ["▁", "▁"],
];
const LETTERS = ["▁", ..."abcdefghijklmnopqrstuvwxyz", "漢", ".", "\n"];
const pieceBpe = (specials: readonly string[], unknown: string) => ({
  type: "BPE",
  dropout: null,
  unk_token: unknown,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: true,
  byte_fallback: true,
  ignore_merges: false,
  vocab: numbered([
    ...specials,
    ...BYTES,
    ...LETTERS,
    ...PIECE_MERGES.map((pair) => pair.join("")),
  ]),
  merges: PIECE_MERGES,
});
const fromSpaces = { type: "Replace", pattern: { String: " " }, content: "▁" };
const toSpaces = { type: "Replace", pattern: { String: "▁" }, content: " " };
const stripFirst = { type: "Strip", content: " ", start: 1, stop: 0 };

const GEMMA_SPECIALS = ["<pad>", "<eos>", "<bos>", "<unk>"];
const GEMMA_TURNS = ["<start_of_turn>", "<end_of_turn>"];

/** Gemma: spaces become "▁", none is put before a text. */
export const GEMMA: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: [...GEMMA_SPECIALS, ...GEMMA_TURNS].map((content, id) => special(id, content)),
    normalizer: fromSpaces,
    pre_tokenizer: {
      type: "Split",
      pattern: { String: " " },
      behavior: "MergedWithPrevious",
      invert: false,
    },
    post_processor: frame(["<bos>"], [], { "<bos>": 2 }),
    decoder: { type: "Sequence", decoders: [toSpaces, { type: "ByteFallback" }, { type: "Fuse" }] },
    model: pieceBpe([...GEMMA_SPECIALS, ...GEMMA_TURNS], "<unk>"),
  },
  config: {
    add_bos_token: true,
    add_eos_token: false,
    bos_token: "<bos>",
    eos_token: "<eos>",
    pad_token: "<pad>",
    unk_token: "<unk>",
    tokenizer_class: "GemmaTokenizer",
  },
};

const MISTRAL_SPECIALS = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"];

/** Mistral and Llama 2: a space is put before a text, and taken away again. */
export const MISTRAL: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: MISTRAL_SPECIALS.map((content, id) => special(id, content)),
    normalizer: null,
    pre_tokenizer: {
      type: "Metaspace",
      replacement: "▁",
      prepend_scheme: "first",
      split: false,
    },
    post_processor: frame(["<s>"], [], { "<s>": 1 }),
    decoder: {
      type: "Sequence",
      decoders: [toSpaces, { type: "ByteFallback" }, { type: "Fuse" }, stripFirst],
    },
    model: pieceBpe(MISTRAL_SPECIALS, "<unk>"),
  },
  config: {
    add_bos_token: true,
    add_eos_token: false,
    bos_token: { content: "<s>", lstrip: false, normalized: false, rstrip: false },
    eos_token: { content: "</s>", lstrip: false, normalized: false, rstrip: false },
    unk_token: "<unk>",
    tokenizer_class: "LlamaTokenizer",
  },
};

/** The older form of the same, with a normalizer, and BOS left to the flag of the config. */
export const LLAMA2: TokenizerFiles = {
  json: {
    ...MISTRAL.json,
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "Prepend", prepend: "▁" }, fromSpaces],
    },
    pre_tokenizer: null,
    post_processor: null,
  },
  config: MISTRAL.config,
};

/** SentencePiece's Unigram, with bytes for what it does not know. */
export const UNIGRAM: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
    normalizer: null,
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: true },
    post_processor: frame([], ["</s>"], { "</s>": 2 }),
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "ByteFallback" },
        { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: true },
        { type: "Fuse" },
      ],
    },
    model: {
      type: "Unigram",
      unk_id: 0,
      byte_fallback: true,
      vocab: [
        ...["<unk>", "<s>", "</s>"].map((token) => [token, 0]),
        ...BYTES.map((token) => [token, -20]),
        ...LETTERS.map((token, i) => [token, -8 - i / 100]),
        ["▁hello", -5],
        ["hello", -6],
        ["▁world", -5.5],
        ["▁w", -7],
      ],
    },
  },
  config: { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>" },
};

/** BERT's: lower case, pieces that go on with "##". */
export const WORDPIECE: TokenizerFiles = {
  json: {
    ...around,
    added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map((content, id) => special(id, content)),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: frame(["[CLS]"], ["[SEP]"], { "[CLS]": 2, "[SEP]": 3 }),
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: numbered(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hel", "##lo", "world", "漢", "."]),
    },
  },
  config: {
    cls_token: "[CLS]",
    sep_token: "[SEP]",
    pad_token: "[PAD]",
    unk_token: "[UNK]",
    tokenizer_class: "BertTokenizer",
  },
};
