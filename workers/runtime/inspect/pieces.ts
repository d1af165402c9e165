// How a token is written where it stands alone.
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";

/** Text of a token; bytes that are no whole character as `\xE4\xBD`, an id that the tokenizer does not have as `#50300`. */
export function pieceOf(tokenizer: Tokenizer, id: number): string {
  if (!(id < tokenizer.vocabSize)) return `#${id}`;
  const text = tokenizer.decodeToken(id);
  if (!text.includes("\uFFFD")) return text;
  const bytes = tokenizer.tokenBytes(id);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Part of a character: its bytes are all that can be said of it.
    return Array.from(
      bytes,
      (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    ).join("");
  }
}

/** Texts of all ids that occur in some lists. */
export function piecesOf(
  tokenizer: Tokenizer,
  ...lists: readonly ArrayLike<number>[]
): Record<number, string> {
  const pieces: Record<number, string> = {};
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const id = list[i] as number;
      pieces[id] ??= pieceOf(tokenizer, id);
    }
  return pieces;
}
