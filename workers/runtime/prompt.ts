// What a model is given to go on from: a text to continue, or a chat to answer.
import type { SampleRequest } from "../api/models.ts";
import {
  createStreamDecoder,
  type StreamDecoder,
  type Tokenizer,
} from "../data/tokenizers/tokenizer.ts";

interface ReadPrompt {
  /** At least one. */
  readonly ids: readonly number[];
  /** As the model reads it: a character that the tokenizer does not know is not there. */
  readonly shown: string;
  /** For what the model writes: of an answer, what is said; of a text, every token. */
  readonly decoder: StreamDecoder;
}

/**
 * A prompt as tokens.
 *
 * @throws FaultError as {@link Tokenizer.encodeChat}.
 */
export function readPrompt(
  tokenizer: Tokenizer,
  { prompt, messages }: Pick<SampleRequest, "prompt" | "messages">,
): ReadPrompt {
  const text = Array.from(
    messages
      ? tokenizer.encodeChat(messages, { addGenerationPrompt: true })
      : tokenizer.encode(prompt),
  );
  return {
    ids: messages ? text : framed(tokenizer, text),
    shown: tokenizer.decode(text),
    decoder: createStreamDecoder(tokenizer, { skipSpecials: messages !== undefined }),
  };
}

/** A text behind what the tokenizer puts before one; where there is neither, a line break begins. */
function framed(tokenizer: Tokenizer, text: readonly number[]): readonly number[] {
  const ids = behindFrame(tokenizer, text);
  if (ids.length > 0) return ids;
  const lineBreak = Array.from(tokenizer.encode("\n"));
  if (lineBreak.length > 0) return lineBreak;
  return [tokenizer.specials.bos ?? tokenizer.specials.eos ?? 0];
}

/** A text behind what the tokenizer puts before one, unless it stands there already. */
export function behindFrame(tokenizer: Tokenizer, text: readonly number[]): readonly number[] {
  const { before } = tokenizer.frame;
  const startsItself = before.length > 0 && before.every((id, i) => text[i] === id);
  return startsItself ? text : [...before, ...text];
}
