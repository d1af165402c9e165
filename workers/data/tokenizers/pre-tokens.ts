// Where a byte-level BPE may not merge across: the borders of words. The rules are GPT-2's, written
// with White_Space where it has \s, because \s means different characters in different regex
// engines (JavaScript counts U+FEFF, Oniguruma U+0085). So tokenizer.json carries this very pattern.
// Source: Radford et al. 2019, section 2.2.

/** The pattern as tokenizer.json carries it. Its matches, end to end, are the whole text. */
const WORD_PATTERN = [
  "'(?:[dmst]|ll|re|ve)", // the short half of don't, we'll, I've
  " ?\\p{L}+", // letters, with the space before them
  " ?\\p{N}+", // digits
  " ?[^\\p{White_Space}\\p{L}\\p{N}]+", // punctuation and all else
  "\\p{White_Space}+(?!\\P{White_Space})", // white space, its last character left for the next word
  "\\p{White_Space}+",
].join("|");

/** A fresh global regex, because a shared one would share its position. */
export const createWordRegex = (): RegExp => new RegExp(WORD_PATTERN, "gu");

const isWhiteSpace = (unit: number) =>
  unit === 0x20 ||
  (unit >= 9 && unit <= 13) ||
  (unit > 0x7f && /\p{White_Space}/u.test(String.fromCharCode(unit)));

const isLetterOrNumber = (unit: number) => /[\p{L}\p{N}]/u.test(String.fromCharCode(unit));
const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;

/**
 * True if no word of the text lies across this place, which may be: white space after something else, and
 * punctuation after a letter or a number, for scripts that have no spaces.
 */
export function isWordBorder(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  if (isWhiteSpace(after)) return !isWhiteSpace(before);
  return isLetterOrNumber(before) && !isLetterOrNumber(after) && !isSurrogate(after);
}

/** The `pre_tokenizer` entry of tokenizer.json. */
export const WORD_SPLIT = {
  type: "Split",
  pattern: { Regex: WORD_PATTERN },
  behavior: "Isolated",
  invert: false,
} as const;
