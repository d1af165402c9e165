// From the bytes a user dropped to text that can be trained on, or to a Fault that says why not.
import { FaultError } from "../../kernels/core/fault.ts";

/** A JavaScript string holds about 2^29 characters; below this size every file fits in one. */
const MAX_TEXT_BYTES = 400 * 1024 * 1024;
/** Characters that may be damaged or unprintable before a file counts as binary. */
const MAX_DAMAGED_SHARE = 0.01;
const REPLACEMENT = "\uFFFD";

/**
 * The text of a file: UTF-8, or UTF-16 where a byte-order mark says so. The mark is removed, and
 * `\r\n` and lone `\r` become `\n`, so that line ends are one token everywhere. Up to 1 % of broken
 * bytes is let by (each becomes U+FFFD): a file cut in the middle of a character is still a text.
 *
 * @param bytes the file; @param name how messages call it.
 * @throws FaultError "bad-data" if the file is empty, binary, too large, or one character repeated.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  if (bytes.length === 0)
    throw new FaultError(
      "bad-data",
      `A text file must hold characters; "${name}" is empty (0 bytes).`,
      "Choose another file.",
    );
  if (bytes.length > MAX_TEXT_BYTES)
    throw new FaultError(
      "bad-data",
      `A text file may hold ${mebibytes(MAX_TEXT_BYTES)} at most; "${name}" has ${mebibytes(bytes.length)}.`,
      "Split the file and use a part of it.",
    );
  const wide = utf16Label(bytes);
  const text = new TextDecoder(wide ?? "utf-8").decode(bytes).replace(/\r\n?/g, "\n");
  const damaged = countDamaged(text);
  if (damaged > text.length * MAX_DAMAGED_SHARE)
    throw binaryFault(bytes, name, damaged, text.length);
  if (text.length === 0)
    throw new FaultError(
      "bad-data",
      `A text file must hold characters; "${name}" holds a byte-order mark and nothing else.`,
      "Choose another file.",
    );
  if (isOneCharacter(text))
    throw new FaultError(
      "bad-data",
      `There must be at least two different characters to learn from; "${name}" holds only ${show(text)}.`,
      "Choose a file with real text in it.",
    );
  return text;
}

/** What a training window asks of a text. */
export interface TextNeeds {
  /** How messages call the text. */
  readonly name: string;
  /** Tokens in one window. */
  readonly contextLength: number;
  /** Characters of the whole text. */
  readonly characters: number;
  /** Tokens of the training part and of the validation part. */
  readonly trainTokens: number;
  readonly validationTokens: number;
}

/**
 * Refuses a text too short for one window: training needs `contextLength` + 1 tokens (the last one is
 * only a target), validation needs 2.
 *
 * @throws FaultError "bad-data" naming about how many characters would do.
 */
export function requireOneWindow(needs: TextNeeds): void {
  const { name, contextLength, characters, trainTokens, validationTokens } = needs;
  const total = trainTokens + validationTokens;
  const perToken = total > 0 ? characters / total : 1;
  const trainShare = total > 0 && trainTokens > 0 ? trainTokens / total : 1;
  if (trainTokens < contextLength + 1) {
    const needed = Math.ceil(((contextLength + 1) / trainShare) * perToken);
    throw new FaultError(
      "bad-data",
      `The training part must fill one window of ${contextLength} tokens and one more; "${name}" gives ${trainTokens === 1 ? "1 token" : `${trainTokens} tokens`} (${characters} characters in the whole text).`,
      `Use a text of about ${Math.max(needed, characters + 1)} characters or more, or a shorter context (model.n_ctx).`,
    );
  }
  if (validationTokens < 2)
    throw new FaultError(
      "bad-data",
      `The validation part must hold at least 2 tokens; "${name}" leaves ${validationTokens} of ${total} for it.`,
      "Use a longer text, or give validation a larger share.",
    );
}

/** `utf-16le` or `utf-16be` if a byte-order mark says so. */
function utf16Label(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes.length < 2) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return null;
}

/** Control characters no text editor writes, and places where decoding failed. */
function countDamaged(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Tab to carriage return and escape (colour codes of terminals) do occur in text.
    if (unit === 0xfffd || (unit < 32 && !(unit >= 9 && unit <= 13) && unit !== 27)) count++;
  }
  return count;
}

function isOneCharacter(text: string): boolean {
  const first = String.fromCodePoint(text.codePointAt(0) as number);
  for (let i = first.length; i < text.length; i += first.length)
    if (!text.startsWith(first, i)) return false;
  return true;
}

function binaryFault(bytes: Uint8Array, name: string, damaged: number, total: number): FaultError {
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros++;
  const percent = ((100 * damaged) / total).toFixed(1);
  const hint =
    zeros > bytes.length / 4
      ? "If this is text, it is probably UTF-16 without a byte-order mark: save it again as UTF-8."
      : "Choose a plain text file. If this is one, save it again with the encoding UTF-8.";
  return new FaultError(
    "bad-data",
    `A text file must be UTF-8 text; "${name}" looks binary: ${percent} % of its characters are control characters or not valid UTF-8 (${zeros} zero bytes).`,
    hint,
  );
}

function show(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) as number);
  const count = text.length / first.length;
  return `${count} times ${first === REPLACEMENT ? "an unreadable character" : JSON.stringify(first)}`;
}

const mebibytes = (bytes: number) => `${(bytes / 1048576).toFixed(bytes < 1e8 ? 1 : 0)} MiB`;
