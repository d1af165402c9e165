// What a tokenizer is to everything else: text to ids and back, and a tokenizer.json to carry it.
import type { ChatMessage } from "../../../configs/schema/sample.ts";
import { type ChatOptions, noChatTemplate } from "./chat-template.ts";

/** The kinds this project knows. `huggingface` is any tokenizer.json that is not one of ours. */
type TokenizerKind = "character" | "byte" | "bpe" | "huggingface";

/** Ids of tokens with a role; absent where the tokenizer has none. */
export interface SpecialIds {
  readonly bos?: number;
  readonly eos?: number;
  readonly pad?: number;
}

/** Contents of special tokens, as in `{ eos: "<|endoftext|>" }`. */
export interface SpecialTokens {
  readonly bos?: string;
  readonly eos?: string;
  readonly pad?: string;
}

/** One of the entries of `added_tokens` in a tokenizer.json. */
export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A tokenizer.json of the Hugging Face tokenizers library. */
export interface TokenizerJson {
  readonly version: string;
  readonly truncation: unknown;
  readonly padding: unknown;
  readonly added_tokens: readonly AddedTokenJson[];
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly post_processor: unknown;
  readonly decoder: unknown;
  readonly model: unknown;
}

/** A tokenizer_config.json: what transformers' AutoTokenizer reads beside tokenizer.json. */
export type TokenizerConfigJson = Readonly<Record<string, unknown>>;

/** What a model's folder says about its tokenizer beside tokenizer.json and tokenizer_config.json. */
export interface TokenizerBeside {
  /** special_tokens_map.json */
  readonly specials?: Readonly<Record<string, unknown>>;
  /** generation_config.json */
  readonly generation?: Readonly<Record<string, unknown>>;
  /** The text of chat_template.jinja */
  readonly chatTemplate?: string;
}

/** Ids of the special tokens that stand before and after a text, as the post-processor has them. */
export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export interface Tokenizer {
  readonly kind: TokenizerKind;
  /** Ids are in 0 .. vocabSize - 1. */
  readonly vocabSize: number;
  readonly specials: SpecialIds;
  /** What a model of this tokenizer expects around a text: often BOS before it, mostly nothing. */
  readonly frame: Frame;
  /** Ids that end what a model writes: EOS, and the end of a turn where the model has one. */
  readonly stopIds: readonly number[];
  /** True for tokens that are signs to the model and no text: BOS, the borders of turns. */
  isSpecial(id: number): boolean;
  readonly hasChatTemplate: boolean;
  /**
   * Ids of a chat as the model's template writes it. The template puts BOS and the like itself;
   * nothing is added to its text.
   *
   * @throws FaultError "bad-model" without a template or for one that cannot run; "bad-config" for
   *   messages that the template refuses.
   */
  encodeChat(messages: readonly ChatMessage[], options?: ChatOptions): Int32Array<ArrayBuffer>;
  /**
   * Ids of a text; no special token is put before or after it. A special token written out in the
   * text becomes its id, as everywhere in this format. Halves of surrogate pairs count as U+FFFD.
   */
  encode(text: string): Int32Array<ArrayBuffer>;
  /** Text of ids, special tokens included. Bytes that are no UTF-8 give U+FFFD. @throws RangeError for an id outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;
  /** One token for display: its text, U+FFFD where it is part of a character. @throws RangeError as {@link decode}. */
  decodeToken(id: number): string;
  /** The UTF-8 bytes one token stands for. @throws RangeError as {@link decode}. */
  tokenBytes(id: number): Uint8Array;
  /** True if decoding ids is decoding their bytes laid end to end: then a stream needs no look back. */
  readonly isByteExact: boolean;
  /** True if encode(text) = encode(text before index) followed by encode(text from index). May say false too often. */
  isSafeCut(text: string, index: number): boolean;
  toJSON(): TokenizerJson;
  /** The tokenizer_config.json that belongs to {@link toJSON}. */
  toConfig(): TokenizerConfigJson;
  /** The other files that belong to it. */
  readonly beside: TokenizerBeside;
}

/** What a tokenizer without a model's folder is: no frame, no chat, and EOS ends a text. */
export function plainUse(specials: SpecialIds, firstSpecial: number) {
  return {
    frame: { before: [], after: [] },
    stopIds: specials.eos === undefined ? [] : [specials.eos],
    isSpecial: (id: number) => id >= firstSpecial,
    hasChatTemplate: false,
    encodeChat: (): never => {
      throw noChatTemplate();
    },
    beside: {},
  };
}

/** Turns ids into text piece by piece. */
export interface StreamDecoder {
  /** Text that the ids so far have completed and that was not returned before. */
  push(...ids: readonly number[]): string;
  /** What is left: an unfinished character becomes U+FFFD. The decoder is empty afterwards. */
  finish(): string;
}

/**
 * A decoder for tokens that arrive one at a time; characters split over tokens appear when whole.
 *
 * @param options.skipSpecials leaves special tokens out: what remains is what was said.
 */
export function createStreamDecoder(
  tokenizer: Tokenizer,
  options: { readonly skipSpecials?: boolean } = {},
): StreamDecoder {
  const stream = tokenizer.isByteExact ? byteStream(tokenizer) : windowStream(tokenizer);
  if (!options.skipSpecials) return stream;
  return {
    push: (...ids) => stream.push(...ids.filter((id) => !tokenizer.isSpecial(id))),
    finish: stream.finish,
  };
}

function byteStream(tokenizer: Tokenizer): StreamDecoder {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (...ids) => {
      let text = "";
      for (const id of ids) text += utf8.decode(tokenizer.tokenBytes(id), { stream: true });
      return text;
    },
    finish: () => utf8.decode(),
  };
}

/** Ids kept as context: enough for any rule about neighbours that decoders have. */
const WINDOW = 8;

/** For decoders that look at neighbours (a space stripped at the start, say): decode twice, return the difference. */
function windowStream(tokenizer: Tokenizer): StreamDecoder {
  let context: number[] = [];
  let pending: number[] = [];
  const fresh = () =>
    tokenizer.decode([...context, ...pending]).slice(tokenizer.decode(context).length);
  const settle = () => {
    context = [...context, ...pending];
    // The first token may be special to the decoder, so cut only when the cut leaves text as it is.
    if (context.length > 4 * WINDOW) context = context.slice(-WINDOW);
    pending = [];
  };
  return {
    push: (...ids) => {
      pending.push(...ids);
      const text = fresh();
      // Perhaps the beginning of a character; but what never completes must come out some time.
      if (text.endsWith("\uFFFD") && pending.length < WINDOW) return "";
      settle();
      return text;
    },
    finish: () => {
      const text = fresh();
      context = [];
      pending = [];
      return text;
    },
  };
}

/**
 * Encodes a long text in pieces, so that the thread stays responsive.
 *
 * @param options.onProgress share done, 0 to 1; @param options.signal stops it: rejects with its reason.
 * @returns the same ids as `tokenizer.encode(text)`.
 */
export async function encodeInPieces(
  tokenizer: Tokenizer,
  text: string,
  options: {
    onProgress?: (share: number) => void;
    signal?: AbortSignal;
    pieceLength?: number;
  } = {},
): Promise<Int32Array<ArrayBuffer>> {
  const pieceLength = options.pieceLength ?? 1 << 18;
  const pieces: Int32Array[] = [];
  let start = 0;
  let total = 0;
  while (start < text.length) {
    options.signal?.throwIfAborted();
    let end = Math.min(start + pieceLength, text.length);
    while (end < text.length && !tokenizer.isSafeCut(text, end)) end++;
    const ids = tokenizer.encode(
      start === 0 && end === text.length ? text : text.slice(start, end),
    );
    pieces.push(ids);
    total += ids.length;
    start = end;
    options.onProgress?.(start / text.length);
    await nextTask();
  }
  const all = new Int32Array(total);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Lets other work of this thread run: messages, a cancel button. */
export const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Checked access to a per-token table. */
export function requireId(table: { readonly length: number }, id: number): number {
  if (!(Number.isInteger(id) && id >= 0 && id < table.length))
    throw new RangeError(
      `tokenizer: an id must be a whole number in 0..${table.length - 1}; it is ${id}.`,
    );
  return id;
}

/** Special tokens as `added_tokens`, with ids from `firstId` on; one entry per distinct content. */
export function addSpecials(
  specials: SpecialTokens,
  firstId: number,
): { readonly added: readonly AddedTokenJson[]; readonly ids: SpecialIds } {
  const added: AddedTokenJson[] = [];
  const ids: { bos?: number; eos?: number; pad?: number } = {};
  for (const role of ["bos", "eos", "pad"] as const) {
    const content = specials[role];
    if (content === undefined) continue;
    if (content === "")
      throw new RangeError(`tokenizer: a special token must have content; ${role} is "".`);
    let entry = added.find((token) => token.content === content);
    if (!entry) {
      entry = {
        id: firstId + added.length,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      };
      added.push(entry);
    }
    ids[role] = entry.id;
  }
  return { added, ids };
}

/** The tokenizer_config.json of a tokenizer of ours. */
export function configOf(specials: SpecialTokens, unknown?: string): TokenizerConfigJson {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    // Decoding must give back what was encoded; the clean-up rewrites " ." as ".".
    clean_up_tokenization_spaces: false,
    bos_token: specials.bos ?? null,
    eos_token: specials.eos ?? null,
    pad_token: specials.pad ?? null,
    unk_token: unknown ?? null,
  };
}

/** Splits a text at special tokens, the longest first at each place; odd entries are special contents. */
export function createSpecialSplitter(
  added: readonly AddedTokenJson[],
): (text: string) => readonly string[] {
  if (added.length === 0) return (text) => [text];
  const escaped = added
    .map((token) => token.content)
    .sort((a, b) => b.length - a.length)
    .map((content) => content.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  const pattern = new RegExp(`(${escaped.join("|")})`);
  return (text) => text.split(pattern);
}

/** True if a special token lies across this place. */
export const splitsSpecial = (
  added: readonly AddedTokenJson[],
  text: string,
  index: number,
): boolean =>
  added.some(({ content }) =>
    text
      .slice(Math.max(0, index - content.length + 1), index + content.length - 1)
      .includes(content),
  );

/** A growing list of ids. */
export class IdList {
  #ids = new Int32Array(64);
  length = 0;

  push(id: number): void {
    if (this.length === this.#ids.length) this.#grow(this.length + 1);
    this.#ids[this.length++] = id;
  }

  append(ids: Int32Array): void {
    if (this.length + ids.length > this.#ids.length) this.#grow(this.length + ids.length);
    this.#ids.set(ids, this.length);
    this.length += ids.length;
  }

  toArray(): Int32Array<ArrayBuffer> {
    return this.#ids.slice(0, this.length);
  }

  #grow(needed: number): void {
    const larger = new Int32Array(Math.max(needed, this.#ids.length * 2));
    larger.set(this.#ids.subarray(0, this.length));
    this.#ids = larger;
  }
}
