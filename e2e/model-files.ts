// A small model with a tokenizer and a chat template, as a folder's files. Weights are those of the set of
// vectors: 97 tokens, so that every character that can be typed has one.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const LLAMA = join(import.meta.dirname, "../workers/testing/vectors/models/llama");
const CHARACTERS = ["\n", ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(32 + i))];

const special = (id: number, content: string) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

const tokenizer = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [special(95, "<start>"), special(96, "<end>")],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: "Fuse" },
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(CHARACTERS.map((character, id) => [character, id])),
    merges: [],
  },
};

const tokenizerConfig = {
  tokenizer_class: "PreTrainedTokenizerFast",
  clean_up_tokenization_spaces: false,
  bos_token: "<start>",
  // None: what it writes ends where it is told to.
  eos_token: null,
  pad_token: null,
  unk_token: null,
  chat_template:
    "{{ bos_token }}{% for m in messages %}{% if m.content == 'refuse' %}{{ raise_exception('That I will not say') }}{% endif %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}",
};

/** @param over files in place of these; null leaves one out. */
export function modelFiles(
  over: Readonly<Record<string, Uint8Array | null>> = {},
): Record<string, Uint8Array> {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const files = {
    "config.json": readFileSync(join(LLAMA, "config.json")),
    "model.safetensors": readFileSync(join(LLAMA, "model.safetensors")),
    "tokenizer.json": encode(tokenizer),
    "tokenizer_config.json": encode(tokenizerConfig),
    ...over,
  };
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, bytes]) =>
      bytes ? [[name, new Uint8Array(bytes)]] : [],
    ),
  );
}
