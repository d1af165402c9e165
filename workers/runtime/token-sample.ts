// Tokens as a person sees them: each with its text and its bytes.
import type { DatasetPartName, ShownToken, TokenSample } from "../api/text.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import type { PreparedText } from "./prepare-text.ts";

/** Most tokens of one sample. */
const MOST = 4_096;

/** Tokens `at` .. of a part; fewer at its end, and none past it. */
export function sampleTokens(
  { tokenizer, train, validation }: PreparedText,
  part: DatasetPartName,
  at: number,
  count: number,
): TokenSample {
  const tokens = part === "train" ? train : validation;
  const start = Math.min(Math.max(0, Math.floor(at)), tokens.length);
  const ids = new Uint32Array(Math.min(Math.max(0, count), MOST, tokens.length - start));
  tokens.read(start, ids);
  return {
    part,
    at: start,
    total: tokens.length,
    tokens: Array.from(ids, (id) => showToken(tokenizer, id)),
  };
}

const showToken = (tokenizer: Tokenizer, id: number): ShownToken => ({
  id,
  text: tokenizer.decodeToken(id),
  bytes: Array.from(tokenizer.tokenBytes(id), (byte) => byte.toString(16).padStart(2, "0")).join(
    " ",
  ),
  isSpecial: tokenizer.isSpecial(id),
});
