// Chats as text: the Jinja template that a model was tuned with turns messages into the one text it
// knows. The reference is apply_chat_template of transformers.
// Source: transformers 5, utils/chat_template_utils.py and tokenization_utils_base.py.
import type { ChatMessage } from "../../../configs/schema/sample.ts";
import { FaultError } from "../../../kernels/core/fault.ts";
import { parseTemplate, renderTemplate } from "./bounded-jinja.ts";

type Program = ReturnType<typeof parseTemplate>;

/** Where a folder keeps its template. */
export interface ChatTemplateSource {
  /** `chat_template` of tokenizer_config.json: a text, or a list of `{name, template}`. */
  readonly config?: unknown;
  /** The text of chat_template.jinja, which comes before the other. */
  readonly file?: string;
}

export interface ChatOptions {
  /** Ends the text with the beginning of the model's own turn. Default false, as in transformers. */
  readonly addGenerationPrompt?: boolean;
  /** JSON schemas of functions the model may call. */
  readonly tools?: readonly object[];
  /** Texts to answer from. */
  readonly documents?: readonly object[];
  /** One of several templates by name. Default: "tool_use" if there are tools and it exists, else "default". */
  readonly template?: string;
  /** Whatever else this template asks for, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What `strftime_now` takes for now. */
  readonly now?: Date;
}

export interface ChatTemplate {
  /**
   * The text of a chat.
   *
   * @throws FaultError "bad-config" for messages that the template refuses or a template that is not
   *   there; "bad-model" for a template that cannot be read or run.
   */
  renderChat(messages: readonly ChatMessage[], options?: ChatOptions): string;
}

/** The fault of a chat with a model that knows none. */
export const noChatTemplate = () =>
  new FaultError(
    "bad-model",
    "A chat needs the model's chat template; there is none in tokenizer_config.json or chat_template.jinja.",
    "Give a text to continue instead of messages, or load a model that was tuned for chat.",
  );

/**
 * The chat template of a folder; null if it has none. It is compiled when it is first used, so that a
 * model with a bad template can still continue texts.
 *
 * @param tokens special tokens by the names that templates have for them, such as `bos_token`.
 * @throws FaultError "bad-model" if `chat_template` is neither text nor a list of templates.
 */
export function createChatTemplate(
  source: ChatTemplateSource,
  tokens: Readonly<Record<string, string>>,
): ChatTemplate | null {
  const texts = readTemplates(source);
  if (texts.size === 0) return null;
  const compiled = new Map<string, Program>();
  const templateOf = (name: string): Program => {
    const template = compiled.get(name) ?? compile(texts.get(name) as string);
    compiled.set(name, template);
    return template;
  };
  return {
    renderChat: (messages, options = {}) => {
      requireMessages(messages);
      const template = templateOf(chooseTemplate(texts, options));
      try {
        return renderTemplate(template, {
          ...tokens,
          messages,
          tools: options.tools ?? null,
          documents: options.documents ?? null,
          add_generation_prompt: options.addGenerationPrompt ?? false,
          ...options.variables,
          [RAISE]: (message: unknown) => {
            throw new Refusal(String(message));
          },
          [NOW]: (format: unknown) => formatTime(options.now ?? new Date(), String(format)),
        });
      } catch (error) {
        if (error instanceof Refusal)
          throw new FaultError(
            "bad-config",
            `The messages must be a chat that the model's template accepts; it refuses them: ${sentence(error)}`,
            "Change the order of the messages or who speaks them.",
          );
        throw new FaultError(
          "bad-model",
          `The model's chat template must turn these messages into text; it fails: ${sentence(error)}`,
          "Give a text to continue instead of messages, or use the chat template that was published with the model.",
          { cause: error },
        );
      }
    },
  };
}

/** What a template throws with `raise_exception`. */
class Refusal extends Error {}

// The library's own raise_exception cannot be told from its failures, and its strftime_now names
// months in the browser's language; a template finds these two under the usual names instead.
const RAISE = "raise_exception_of_host";
const NOW = "strftime_now_of_host";
const PRELUDE = `{% set raise_exception = ${RAISE} %}{% set strftime_now = ${NOW} %}`;

function compile(text: string): Program {
  try {
    // As Jinja does, and as Python does when it reads a file.
    const template = parseTemplate(text.replace(/\r\n?/g, "\n"));
    template.body.unshift(...parseTemplate(PRELUDE).body);
    return template;
  } catch (error) {
    throw new FaultError(
      "bad-model",
      `A chat template must be Jinja that can be read; the model's cannot: ${sentence(error)}`,
      "Give a text to continue instead of messages, or use the chat template that was published with the model.",
      { cause: error },
    );
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Templates by name; a single one is "default". */
function readTemplates({ config, file }: ChatTemplateSource): ReadonlyMap<string, string> {
  if (file !== undefined) return new Map([["default", file]]);
  if (config === undefined || config === null) return new Map();
  if (typeof config === "string") return new Map([["default", config]]);
  const isNamed = (entry: unknown): entry is { name: string; template: string } =>
    isRecord(entry) && typeof entry.name === "string" && typeof entry.template === "string";
  if (!Array.isArray(config) || !config.every(isNamed))
    throw new FaultError(
      "bad-model",
      `tokenizer_config.json: chat_template must be a text or a list of templates with names; it is ${shorten(JSON.stringify(config))}.`,
      "Use the tokenizer_config.json that was published with the model.",
    );
  return new Map(config.map(({ name, template }) => [name, template]));
}

function chooseTemplate(texts: ReadonlyMap<string, string>, options: ChatOptions): string {
  const wanted =
    options.template ?? (options.tools && texts.has("tool_use") ? "tool_use" : "default");
  if (texts.has(wanted)) return wanted;
  throw new FaultError(
    "bad-config",
    `A chat template must be one that the model has: ${[...texts.keys()].sort().join(", ")}; asked for is ${wanted}.`,
    "Name one of them.",
  );
}

function requireMessages(messages: readonly unknown[]): void {
  if (messages.length === 0)
    throw new FaultError(
      "bad-config",
      "A chat must have at least one message; it has none.",
      "Write a message.",
    );
  for (const message of messages)
    if (!isRecord(message) || typeof message.role !== "string")
      throw new FaultError(
        "bad-config",
        `A message must say who speaks, as text in "role"; met: ${shorten(JSON.stringify(message) ?? "nothing")}.`,
        'Give every message a role, such as "user".',
      );
}

/** What an error says, ending in one full stop. */
function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}...` : text);

/** A part of a date as English has it. */
const english = (options: Intl.DateTimeFormatOptions) => (date: Date) =>
  new Intl.DateTimeFormat("en-US", options).format(date);
const padded = (read: (date: Date) => number) => (date: Date) =>
  String(read(date)).padStart(2, "0");

/** Python's strftime in its C locale: the directives that dates and times are made of. */
const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getFullYear()),
  y: padded((date) => date.getFullYear() % 100),
  m: padded((date) => date.getMonth() + 1),
  d: padded((date) => date.getDate()),
  B: english({ month: "long" }),
  b: english({ month: "short" }),
  A: english({ weekday: "long" }),
  a: english({ weekday: "short" }),
  H: padded((date) => date.getHours()),
  I: padded((date) => date.getHours() % 12 || 12),
  M: padded((date) => date.getMinutes()),
  S: padded((date) => date.getSeconds()),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  "%": () => "%",
};

const formatTime = (date: Date, format: string) =>
  format.replace(/%(-?)([a-zA-Z%])/g, (whole, dash: string, letter: string) => {
    const text = DIRECTIVES[letter]?.(date) ?? whole;
    return dash ? text.replace(/^0+(?=\d)/, "") : text;
  });
