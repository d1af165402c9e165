// Texts in the way of the known formats; what they render to was checked against Jinja 3.1 with the
// settings of transformers.
import { describe, expect, it } from "vitest";
import type { ChatMessage } from "../../../configs/schema/sample.ts";
import { FaultError } from "../../../kernels/core/fault.ts";
import { type ChatOptions, createChatTemplate } from "./chat-template.ts";

const CHATML = `{%- if messages[0].role != 'system' %}
    {{- '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {{- '<|im_start|>' ~ message.role ~ '\\n' }}
    {%- if message.content is string %}
        {{- message.content | trim }}
    {%- endif %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
`;

const HEADERS = `{% set today = strftime_now("%d %b %Y") %}
{% for message in messages %}
    {% set head = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' %}
    {% if loop.first %}
{{ bos_token }}{% if tools is not none %}{{ tools | tojson }}
{% endif %}Today is {{ today }}.
    {% endif %}
{{ head + message['content'] | trim + '<|eot_id|>' -}}
{% endfor %}
{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}
`;

const INSTRUCTIONS = `{{ bos_token }}{% for message in messages %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Roles must alternate user/assistant; met ' + message['role'] + ' at ' + loop.index0 | string) }}
{% endif %}
{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}
{% endfor %}`;

const TURNS = `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('There is no system role') }}{% endif %}
{% for message in messages %}
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' -}}
{% endfor %}
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}`;

const BARS = `{% for message in messages %}
{{ '<|' + message['role'] + '|>' }}
{{ message['content'] + eos_token }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
`;

const TOKENS = { bos_token: "<s>", eos_token: "</s>" };
const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });
const system = (content: string): ChatMessage => ({ role: "system", content });
const CHAT = [user(" Hi 漢 "), assistant("Hello."), user("Who\nare you?")];

const render = (
  config: unknown,
  messages: readonly ChatMessage[] = CHAT,
  options: ChatOptions = {},
): string => {
  const template = createChatTemplate({ config }, TOKENS);
  if (!template) throw new Error("no template");
  return template.renderChat(messages, options);
};
const faultOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error instanceof FaultError ? error.fault : error;
  }
  return null;
};

describe("renderChat", () => {
  it("writes a chat in the ways that are known", () => {
    const asked = { addGenerationPrompt: true, now: new Date(2024, 6, 4, 15, 5, 9) };
    expect(render(CHATML, CHAT, asked)).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi 漢<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nWho\nare you?<|im_end|>\n<|im_start|>assistant\n",
    );
    expect(render(CHATML, [system("Rhyme."), user("Hi")])).toBe(
      "<|im_start|>system\nRhyme.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n",
    );
    expect(render(HEADERS, CHAT, asked)).toBe(
      "<s>Today is 04 Jul 2024.\n<|start_header_id|>user<|end_header_id|>\n\nHi 漢<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho\nare you?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    );
    expect(render(INSTRUCTIONS)).toBe(
      "<s>[INST]  Hi 漢  [/INST] Hello.</s>[INST] Who\nare you? [/INST]",
    );
    expect(render(TURNS, CHAT, asked)).toBe(
      "<s><start_of_turn>user\nHi 漢<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n<start_of_turn>user\nWho\nare you?<end_of_turn>\n<start_of_turn>model\n",
    );
    expect(render(BARS, CHAT, asked)).toBe(
      "<|user|>\n Hi 漢 </s>\n<|assistant|>\nHello.</s>\n<|user|>\nWho\nare you?</s>\n<|assistant|>\n",
    );
  });

  it("gives templates what they ask for: tools, variables, the time in English", () => {
    const tools = [{ type: "function", function: { name: "größe", parameters: {} } }];
    expect(render(HEADERS, [user("a")], { tools })).toContain(
      '<s>[{"type": "function", "function": {"name": "größe", "parameters": {}}}]\nToday',
    );
    const variables = { enable_thinking: false };
    expect(render(CHATML, CHAT, { addGenerationPrompt: true, variables })).toMatch(
      /<\|im_start\|>assistant\n<think>\n\n<\/think>\n\n$/,
    );
    const now = new Date(2025, 11, 7, 0, 4, 5);
    expect(
      render("{{ strftime_now('%A %a %B %b %-d %d %m %Y %y %H:%M:%S %I %p %% %Q') }}", CHAT, {
        now,
      }),
    ).toBe("Sunday Sun December Dec 7 07 12 2025 25 00:04:05 12 AM % %Q");
    const absent =
      "{% if tools is none and documents is none and pad_token is not defined %}none{% endif %}";
    expect(render(absent)).toBe("none");
    expect(render("{{ bos_token }}", CHAT, { variables: { bos_token: "<b>" } })).toBe("<b>");
  });

  it("takes line ends and the last one as Jinja does", () => {
    const file = "{% if true %}\r\na\r\n{% endif %}\r\nb\r\n";
    expect(createChatTemplate({ file }, {})?.renderChat(CHAT)).toBe("a\nb");
  });

  it("chooses among several templates: by name, for tools, and the default", () => {
    const list = [
      { name: "default", template: "plain" },
      { name: "tool_use", template: "with tools" },
      { name: "rag", template: "with texts" },
    ];
    expect(render(list)).toBe("plain");
    expect(render(list, CHAT, { tools: [] })).toBe("with tools");
    expect(render(list, CHAT, { template: "rag" })).toBe("with texts");
    expect(render(list.slice(0, 1), CHAT, { tools: [] })).toBe("plain");
    expect(faultOf(() => render(list.slice(1)))).toMatchObject({
      code: "bad-config",
      message:
        "A chat template must be one that the model has: rag, tool_use; asked for is default.",
    });
  });

  it("puts chat_template.jinja before tokenizer_config.json", () => {
    const template = createChatTemplate(
      { config: [{ name: "x", template: "old" }], file: "new" },
      {},
    );
    expect(template?.renderChat(CHAT)).toBe("new");
    expect(createChatTemplate({}, {})).toBeNull();
    expect(createChatTemplate({ config: null }, {})).toBeNull();
  });

  it("says what a template says when it refuses messages", () => {
    expect(faultOf(() => render(INSTRUCTIONS, [user("a"), user("b")]))).toMatchObject({
      code: "bad-config",
      message:
        "The messages must be a chat that the model's template accepts; it refuses them: Roles must alternate user/assistant; met user at 1.",
      hint: expect.stringContaining("order"),
    });
    expect(faultOf(() => render(TURNS, [system("a"), user("b")]))).toMatchObject({
      code: "bad-config",
      message: expect.stringContaining("There is no system role."),
    });
    expect(faultOf(() => render(CHATML, []))).toMatchObject({
      code: "bad-config",
      message: expect.stringContaining("at least one message"),
    });
    expect(
      faultOf(() => render(CHATML, [{ content: "a" } as unknown as ChatMessage])),
    ).toMatchObject({ code: "bad-config", message: expect.stringContaining('{"content":"a"}') });
  });

  it("says so when a template cannot be read or run, and only when it is used", () => {
    for (const text of ["{% if %}", "{{ 'a", "{% for m in messages %}", "{% endif %}"]) {
      const template = createChatTemplate({ config: text }, {});
      expect(
        faultOf(() => template?.renderChat(CHAT)),
        text,
      ).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^A chat template must be Jinja/),
      });
    }
    for (const text of ["{{ messages | no_such_filter }}", "{{ messages[0].content.no() }}"])
      expect(
        faultOf(() => render(text)),
        text,
      ).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^The model's chat template must turn/),
      });
  });

  it("refuses a chat_template that is none", () => {
    for (const config of [5, {}, ["a"], [{ name: "default" }]])
      expect(faultOf(() => createChatTemplate({ config }, {}))).toMatchObject({
        code: "bad-model",
        message: expect.stringMatching(/^tokenizer_config.json: chat_template must be/),
      });
  });
});
