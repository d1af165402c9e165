import { describe, expect, it } from "vitest";
import { createByteTokenizer } from "../data/tokenizers/byte.ts";
import { characterTokenizerOf } from "../data/tokenizers/character.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import { GEMMA, QWEN, type TokenizerFiles } from "../testing/tokenizer-files.ts";
import { readPrompt } from "./prompt.ts";

const chat_template =
  "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}<end_of_turn>{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}";
const open = ({ json, config }: TokenizerFiles, over: object = {}) =>
  fromTokenizerJson(json, { ...config, ...over });

describe("readPrompt", () => {
  it("puts before a text what the tokenizer puts there, once, and does not show it", () => {
    const gemma = open(GEMMA);
    expect(readPrompt(gemma, { prompt: "hello world" })).toMatchObject({
      ids: [2, 295, 301],
      shown: "hello world",
    });
    expect(readPrompt(gemma, { prompt: "<bos>hello" }).ids).toEqual([2, 295]);
    expect(readPrompt(gemma, { prompt: "" })).toMatchObject({ ids: [2], shown: "" });
  });

  it("begins with a line break where nothing else begins", () => {
    expect(readPrompt(open(QWEN), { prompt: "" })).toMatchObject({ ids: [10], shown: "" });
    expect(readPrompt(characterTokenizerOf("ab"), { prompt: "?" })).toMatchObject({
      ids: [0],
      shown: "",
    });
  });

  it("asks with the model's turn begun, shows what it reads, and answers without signs", () => {
    const gemma = open(GEMMA, { chat_template });
    const messages = [{ role: "user", content: "hello" }];
    const { ids, shown, decoder } = readPrompt(gemma, { prompt: "not this", messages });
    expect(shown).toBe("<bos><start_of_turn>user\nhello<end_of_turn><start_of_turn>model\n");
    expect(ids.filter((id) => id === 2)).toEqual([2]);
    expect(decoder.push(295, 5) + decoder.finish()).toBe("hello");
  });

  it("refuses messages to a model that knows no chat", () => {
    const messages = [{ role: "user", content: "hello" }];
    expect(() => readPrompt(createByteTokenizer(), { prompt: "", messages })).toThrow(
      "A chat needs the model's chat template",
    );
  });
});
