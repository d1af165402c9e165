// Tokenizers of other makes, in the shapes that families publish. Ids were checked against
// tokenizers 0.23, texts of chats against transformers 5.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultError } from "../../../kernels/core/fault.ts";
import {
  GEMMA,
  GPT2,
  LLAMA2,
  LLAMA3,
  MISTRAL,
  NEOX,
  QWEN,
  type TokenizerFiles,
  UNIGRAM,
  WORDPIECE,
} from "../../testing/tokenizer-files.ts";
import { createByteTokenizer } from "./byte.ts";
import { createStreamDecoder, type Tokenizer, type TokenizerBeside } from "./tokenizer.ts";
import { fromTokenizerJson } from "./tokenizer-json.ts";

const BYTE_LEVEL = { GPT2, NEOX, LLAMA3, QWEN };
const PIECES = { GEMMA, MISTRAL, LLAMA2, UNIGRAM };
const EVERY = { ...BYTE_LEVEL, ...PIECES, WORDPIECE };
const names = (table: object) => Object.keys(table) as (keyof typeof EVERY)[];
const open = (name: keyof typeof EVERY, beside?: TokenizerBeside): Tokenizer =>
  fromTokenizerJson(EVERY[name].json, EVERY[name].config, beside);
const faultOf = (files: Partial<TokenizerFiles>, beside?: TokenizerBeside) => {
  try {
    fromTokenizerJson(files.json, files.config, beside);
  } catch (error) {
    return error instanceof FaultError ? error.fault : error;
  }
  return null;
};
const spoken = (tokenizer: Tokenizer, ids: ArrayLike<number>) =>
  tokenizer.decode(Array.from(ids).filter((id) => !tokenizer.isSpecial(id)));
const streamed = (tokenizer: Tokenizer, ids: ArrayLike<number>, skipSpecials: boolean) => {
  const stream = createStreamDecoder(tokenizer, { skipSpecials });
  return (
    Array.from(ids)
      .map((id) => stream.push(id))
      .join("") + stream.finish()
  );
};

const TEXTS = [
  "",
  "hello world",
  "hello  \n\n\tworld",
  "naïve Čeština",
  "漢字と仮名",
  "👩‍🚀 🚀",
  "don't I'LL 12345.",
  "\uFEFFhello\uFEFF",
  "\0",
];

describe("a published tokenizer", () => {
  it.each(names({ ...BYTE_LEVEL, ...PIECES }))("of %s gives texts back", (name) => {
    const tokenizer = open(name);
    for (const text of TEXTS) {
      const ids = tokenizer.encode(text);
      expect(tokenizer.decode(ids)).toBe(text);
      expect(streamed(tokenizer, ids, false)).toBe(text);
    }
    const written = fc.string({
      unit: fc.constantFrom("hello", " ", " world", "é", "漢", "🚀", "\n", "1", "<s", "x"),
      maxLength: 20,
    });
    // A space at the beginning is lost where the decoder takes one away and none was put.
    const start = name === "MISTRAL" ? "x" : "";
    fc.assert(
      fc.property(written, (text) => {
        const ids = tokenizer.encode(start + text);
        expect(tokenizer.decode(ids)).toBe(start + text);
        expect(streamed(tokenizer, ids, false)).toBe(start + text);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["GPT2", " hello world", [32, 259, 264]],
    ["NEOX", "nai\u0308ve    x", [110, 97, 195, 175, 118, 101, 271, 120]],
    ["LLAMA3", " world 1234", [264, 32, 267, 52]],
    ["QWEN", " world 1234", [264, 32, 49, 50, 51, 52]],
    ["GEMMA", "  hello 字", [262, 296, 262, 235, 179, 157]],
    ["MISTRAL", "hello 字<s> hello", [295, 261, 234, 178, 156, 1, 295]],
    ["LLAMA2", "hello 字<s> hello", [295, 261, 234, 178, 156, 1, 261, 295]],
    ["UNIGRAM", " hello 字", [289, 259, 232, 176, 154]],
    ["WORDPIECE", "HELLO  world.🚀", [4, 5, 6, 8, 1]],
  ] as const)("of %s writes %j as tokenizers does", (name, text, ids) => {
    expect([...open(name).encode(text)]).toEqual(ids);
  });

  it.each([
    ["GPT2", { bos: 269, eos: 269 }, [], [], [269]],
    ["NEOX", { bos: 269, eos: 269 }, [], [], [269]],
    ["LLAMA3", { bos: 269, eos: 273 }, [269], [], [273]],
    ["QWEN", { eos: 271, pad: 269 }, [], [], [271]],
    ["GEMMA", { bos: 2, eos: 1, pad: 0 }, [2], [], [1]],
    ["MISTRAL", { bos: 1, eos: 2 }, [1], [], [2]],
    ["LLAMA2", { bos: 1, eos: 2 }, [1], [], [2]],
    ["UNIGRAM", { bos: 1, eos: 2 }, [], [2], [2]],
    ["WORDPIECE", { pad: 0 }, [2], [3], []],
  ] as const)(
    "of %s knows its special tokens and what stands around a text",
    (name, specials, before, after, stops) => {
      const tokenizer = open(name);
      expect(tokenizer.specials).toEqual(specials);
      expect(tokenizer.frame).toEqual({ before, after });
      expect(tokenizer.stopIds).toEqual(stops);
      expect(tokenizer.hasChatTemplate).toBe(false);
      expect(() => tokenizer.encodeChat([])).toThrow("needs the model's chat template");
    },
  );

  it("keeps special tokens whole, and leaves them out when asked", () => {
    const qwen = open("QWEN");
    const text = "<|im_start|>user\nhello<|im_end|>\n<tool_call>";
    const ids = qwen.encode(text);
    // <tool_call> is known from tokenizer_config.json only, and is text.
    expect([...ids]).toEqual([270, 117, 115, 101, 114, 10, 259, 271, 10, 272]);
    expect(qwen.decode(ids)).toBe(text);
    expect(spoken(qwen, ids)).toBe("user\nhello\n<tool_call>");
    expect(streamed(qwen, ids, true)).toBe("user\nhello\n<tool_call>");
    const mistral = open("MISTRAL");
    const turn = mistral.encode("[INST] hello 漢 [/INST] world</s>");
    expect(spoken(mistral, turn)).toBe("hello 漢  world");
    expect(streamed(mistral, turn, true)).toBe("hello 漢  world");
  });

  it("writes bytes that are no text as U+FFFD, and names them", () => {
    for (const name of names({ GPT2, GEMMA, MISTRAL, UNIGRAM })) {
      const tokenizer = open(name);
      const ids = [...tokenizer.encode("x字")].slice(0, -1);
      expect(tokenizer.decode(ids)).toBe("x\uFFFD");
      expect(streamed(tokenizer, ids, false)).toBe("x\uFFFD");
      expect([...tokenizer.tokenBytes(ids.at(-1) as number)]).toEqual([0xad]);
      expect(() => tokenizer.decode([tokenizer.vocabSize])).toThrow(/an id must be/);
    }
  });

  it("reads special_tokens_map.json where the config lists no added tokens", () => {
    const specials = { bos_token: { content: "<bos>" }, eos_token: "<end_of_turn>" };
    const { eos_token: _, ...config } = GEMMA.config;
    expect(fromTokenizerJson(GEMMA.json, config, { specials }).specials.eos).toBe(5);
    expect(open("QWEN", { specials: { eos_token: "<|endoftext|>" } }).specials.eos).toBe(271);
  });

  it("ends at the tokens of generation_config.json, one or several, and at its own EOS", () => {
    const stops = (eos_token_id: unknown) =>
      open("GEMMA", { generation: { eos_token_id } }).stopIds;
    expect(stops([1, 5])).toEqual([1, 5]);
    expect(stops(5)).toEqual([5, 1]);
    expect(stops(null)).toEqual([1]);
    // An id that the tokenizer does not have is never written.
    expect(stops([5, 999_999])).toEqual([5, 1]);
    const { json, config } = GEMMA;
    const model = { vocabSize: 303, eosTokenId: [5] };
    expect(fromTokenizerJson(json, config, {}, model).stopIds).toEqual([5, 1]);
    const generation = { eos_token_id: 4 };
    expect(fromTokenizerJson(json, config, { generation }, model).stopIds).toEqual([4, 1]);
  });

  it("leaves out an added token that the model has no row for, unless texts begin or end with it", () => {
    const image = { ...(QWEN.json.added_tokens as object[])[1], id: 273, content: "<image>" };
    const json = { ...QWEN.json, added_tokens: [...(QWEN.json.added_tokens as object[]), image] };
    const model = { vocabSize: 273, eosTokenId: null };
    expect(fromTokenizerJson(json, QWEN.config).vocabSize).toBe(274);
    const tokenizer = fromTokenizerJson(json, QWEN.config, {}, model);
    expect(tokenizer.vocabSize).toBe(273);
    expect(tokenizer.decode(tokenizer.encode("<image>"))).toBe("<image>");
    const ending = { ...QWEN.config, eos_token: "<image>" };
    expect(fromTokenizerJson(json, ending, {}, model).vocabSize).toBe(274);
  });

  it("comes back from its own files", () => {
    const template = { chat_template: "{{ messages[0].content }}" };
    const beside = { generation: { eos_token_id: [1, 5] }, specials: { eos_token: "<eos>" } };
    const tokenizer = fromTokenizerJson(GEMMA.json, { ...GEMMA.config, ...template }, beside);
    const back = fromTokenizerJson(
      JSON.parse(JSON.stringify(tokenizer)) as unknown,
      tokenizer.toConfig(),
      tokenizer.beside,
    );
    expect(back.toConfig()).toEqual({ ...GEMMA.config, ...template });
    expect(back.beside).toEqual(beside);
    expect([back.specials, back.frame, back.stopIds]).toEqual([
      tokenizer.specials,
      tokenizer.frame,
      tokenizer.stopIds,
    ]);
  });

  it("ends in a fault where a file is none", () => {
    const broken = (change: object) => faultOf({ ...GEMMA, json: { ...GEMMA.json, ...change } });
    for (const [part, pattern] of [
      [{ post_processor: { type: "TemplateProcessing" } }, /^tokenizer\.json: the post-processor/],
      [
        {
          post_processor: {
            type: "TemplateProcessing",
            single: [{ SpecialToken: { id: "<nobody>", type_id: 0 } }],
          },
        },
        /"<nobody>" is not one/,
      ],
      [{ post_processor: { type: "TemplateProcessing", single: [] } }, /must keep the text/],
      [{ post_processor: { type: "Nonsense" } }, /^tokenizer\.json: /],
      [{ pre_tokenizer: { type: "Nonsense" } }, /^tokenizer\.json: /],
      [{ normalizer: { type: "Nonsense" } }, /^tokenizer\.json: /],
      [{ added_tokens: {} }, /added_tokens must be a list/],
    ] as const)
      expect(broken(part), JSON.stringify(part)).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(pattern),
      });
    for (const added_tokens_decoder of [[], 3, { x: { content: "a" } }, { 3: {} }])
      expect(
        faultOf({ ...GEMMA, config: { ...GEMMA.config, added_tokens_decoder } }),
        JSON.stringify(added_tokens_decoder),
      ).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^tokenizer_config\.json: /),
      });
    for (const eos_token_id of ["<eos>", [-1], [1.5], {}, [[1]]])
      expect(faultOf(GEMMA, { generation: { eos_token_id } })).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^generation_config\.json: eos_token_id must be/),
      });
  });
});

describe("encodeChat", () => {
  const turns = (bos: string) =>
    `${bos}{% for message in messages %}{{ message.role + '\\n' + message.content + eos_token }}{% endfor %}`;
  const CHAT = [
    { role: "user", content: "hello" },
    { role: "assistant", content: " 漢" },
  ];

  it("writes the template's text, with the one BOS that it has", () => {
    const chat_template = turns("{{ bos_token }}");
    const llama = fromTokenizerJson(LLAMA3.json, { ...LLAMA3.config, chat_template });
    expect(llama.hasChatTemplate).toBe(true);
    const ids = llama.encodeChat(CHAT);
    expect(llama.decode(ids)).toBe(
      "<|begin_of_text|>user\nhello<|eot_id|>assistant\n 漢<|eot_id|>",
    );
    expect([...ids].filter((id) => id === llama.specials.bos)).toHaveLength(1);
    expect(ids[0]).toBe(llama.specials.bos);
  });

  it("takes chat_template.jinja first, and special tokens from wherever they are named", () => {
    const { json } = GEMMA;
    const beside = {
      chatTemplate: turns("{{ bos_token }}{{ sep_token }}"),
      specials: { bos_token: "<bos>", eos_token: { content: "<end_of_turn>" }, sep_token: "h" },
    };
    const gemma = fromTokenizerJson(json, { chat_template: "old" }, beside);
    expect(gemma.decode(gemma.encodeChat(CHAT.slice(0, 1)))).toBe("<bos>huser\nhello<end_of_turn>");
  });

  it("gives the template no token that the config denies", () => {
    const config = { ...QWEN.config, chat_template: "[{{ bos_token }}|{{ pad_token }}]" };
    const qwen = fromTokenizerJson(QWEN.json, config);
    expect(qwen.decode(qwen.encodeChat(CHAT))).toBe("[|<|endoftext|>]");
  });

  it("works for tokenizers of ours too, and their config keeps the template", () => {
    const bytes = createByteTokenizer({ specials: { eos: "<end>" } });
    const config = { ...bytes.toConfig(), chat_template: turns("") };
    const tokenizer = fromTokenizerJson(bytes.toJSON(), config);
    expect(tokenizer.kind).toBe("byte");
    const ids = tokenizer.encodeChat(CHAT);
    expect(tokenizer.decode(ids)).toBe("user\nhello<end>assistant\n 漢<end>");
    expect(ids.at(-1)).toBe(256);
    expect(tokenizer.toConfig()).toEqual(config);
    expect(spoken(tokenizer, ids)).toBe("user\nhelloassistant\n 漢");
  });

  it("refuses a template that is no text when the model is opened", () => {
    expect(faultOf({ ...QWEN, config: { chat_template: 5 } })).toMatchObject({ code: "bad-model" });
  });
});
