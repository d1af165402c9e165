import { createChatTemplate } from "../../../data/tokenizers/chat-template.ts";
import { fromTokenizerJson } from "../../../data/tokenizers/tokenizer-json.ts";
import * as families from "../../tokenizer-files.ts";
import { type Mutator, mutateJsonFile, mutateText } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const FILES = Object.values(families) as readonly families.TokenizerFiles[];
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

const TEXT = "Hello world, 123! 漢字 <|endoftext|> hell";

/** What reading, writing and reading back asks of a tokenizer. */
function use(json: unknown, config: unknown): unknown {
  const tokenizer = fromTokenizerJson(json, config);
  return tokenizer.decode(tokenizer.encode(TEXT));
}

/** Bytes that are no JSON never come this far: who reads the file says so. */
const parsed = (bytes: Uint8Array): unknown => {
  try {
    return decode(bytes);
  } catch {
    return null;
  }
};

export const tokenizerJson: FuzzTarget = {
  name: "tokenizer.json",
  seeds: () => FILES.map(({ json }) => encode(json)),
  mutate: mutateJsonFile,
  parse: (bytes) => use(parsed(bytes), {}),
};

export const tokenizerConfig: FuzzTarget = {
  name: "tokenizer_config.json",
  seeds: () => FILES.map(({ config }) => encode(config)),
  mutate: mutateJsonFile,
  parse: (bytes) =>
    FILES.map(({ json }) => {
      try {
        return use(json, parsed(bytes));
      } catch (error) {
        if ((error as Error).name === "FaultError") return null;
        throw error;
      }
    }),
};

const TEMPLATES = [
  "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' + message['content'] | trim + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
  "{% set ns = namespace(seen=false) %}{%- for m in messages -%}{%- if m.role == 'system' and loop.index0 != 0 -%}{{ raise_exception('late') }}{%- endif -%}{%- set ns.seen = true -%}{{ m.content.strip()[:40] }}{%- endfor -%}{{ strftime_now('%d %B %Y') }}",
  "{% macro turn(m) %}[{{ m.role | upper }}] {{ m.content | tojson }}{% endmacro %}{% for i in range(messages | length) %}{{ turn(messages[i]) }}{% endfor %}",
];

const SIGNS = [
  "{{",
  "}}",
  "{%",
  "%}",
  "-%}",
  "for",
  "in",
  "if",
  "set",
  "range",
  "|",
  "~",
  "*",
  "**",
  "not",
];

/** Whole statements that may run for long, or for ever, or ask for too much. */
const STATEMENTS = [
  "{% for i in range(999999999) %}x{% endfor %}",
  "{% for i in range(9999) %}{% for j in range(9999) %}{% set x = i * j %}{% endfor %}{% endfor %}",
  "{{ 'x' * 999999999 }}",
  "{% macro again(n) %}{{ again(n) }}{{ again(n) }}{% endmacro %}{{ again(1) }}",
  "{% for m in messages recursive %}{{ loop(messages) }}{% endfor %}",
  "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
  "{{ messages | tojson(indent=99999) }}",
  "{{ messages[-1]['content'].split('')[::-1] | join('') }}",
  "{{ undefined.attribute.of.nothing }}",
  "{% if messages %}{{ messages[99].role }}{% endif %}",
];

/** A statement put between two others, or the text damaged anywhere. */
const mutateTemplate: Mutator = (bytes, draws) => {
  if (draws.chance(0.5)) return mutateText(SIGNS)(bytes, draws);
  const text = new TextDecoder().decode(bytes);
  const borders = [0, ...Array.from(text.matchAll(/[%}]\}/g), ({ index }) => index + 2)];
  const at = draws.pick(borders);
  return new TextEncoder().encode(text.slice(0, at) + draws.pick(STATEMENTS) + text.slice(at));
};

export const chatTemplate: FuzzTarget = {
  name: "chat template",
  seeds: () => TEMPLATES.map((text) => new TextEncoder().encode(text)),
  mutate: mutateTemplate,
  parse: (bytes) =>
    createChatTemplate(
      { file: new TextDecoder().decode(bytes) },
      { bos_token: "<s>", eos_token: "</s>" },
    )?.renderChat(
      [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello {{ 1 }}" },
        { role: "assistant", content: "Good day." },
      ],
      { addGenerationPrompt: true },
    ),
};
