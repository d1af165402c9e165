// From bytes to characters, piece by piece, and the rule of what counts as text.
import { FaultError } from "../../../kernels/core/fault.ts";
import type { FileSource } from "./source.ts";

/** Bytes read at a time. */
const CHUNK_BYTES = 1 << 18;
/** Characters that may be damaged or unprintable before a file counts as binary. */
const MAX_DAMAGED_SHARE = 0.01;
const LINE_FEED = 10;

/**
 * The characters of a file: UTF-8, or UTF-16 where a byte-order mark says so. The mark is removed, and
 * `\r\n` and lone `\r` become `\n`, so that line ends are one token everywhere. A piece never ends inside
 * a character. Broken bytes become U+FFFD; {@link TextRule} says how many may.
 *
 * @param end where to stop, in bytes; a character that lies across is left out.
 */
export async function* readCharacters(
  source: FileSource,
  end = source.size,
): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | null = null;
  let held = "";
  for (let from = 0; from < end; from += CHUNK_BYTES) {
    const bytes = await source.slice(from, Math.min(from + CHUNK_BYTES, end));
    decoder ??= new TextDecoder(utf16Label(bytes) ?? "utf-8");
    const isLast = from + CHUNK_BYTES >= end;
    // A cut at `end` may split a character that is whole in the file.
    let text = held + decoder.decode(bytes, { stream: !isLast || end < source.size });
    held = "";
    if (!isLast && text.endsWith("\r")) {
      held = "\r";
      text = text.slice(0, -1);
    }
    if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
    if (text !== "") yield text;
  }
}

/** `utf-16le` or `utf-16be` if a byte-order mark says so. */
function utf16Label(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return null;
}

/**
 * What counts as text: up to 1 % of broken bytes and control characters is let by, for a file cut in the
 * middle of a character is still a text. Hand it every piece, in order.
 */
export class TextRule {
  characters = 0;
  /** Line ends so far. */
  lines = 0;
  #damaged = 0;
  #firstPlace = "";
  #zeros = 0;
  #first = -1;
  #isVaried = false;

  constructor(
    readonly name: string,
    /** Characters that there can be at most: the bytes of the whole file. */
    readonly size: number,
    /** Where the reader is, for messages. */
    private readonly place = () => `line ${this.lines + 1}`,
  ) {}

  /** @throws FaultError "bad-data" as soon as too much is damaged, whatever follows. */
  add(text: string): void {
    this.characters += text.length;
    if (!this.#isVaried && text !== "") this.#look(text);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 32 && unit !== 0xfffd) continue;
      if (unit === LINE_FEED) this.lines++;
      else if (isDamaged(unit)) this.#note(unit);
    }
    if (this.#damaged > this.size * MAX_DAMAGED_SHARE) throw this.#binaryFault();
  }

  /** The verdict over all of it. @throws FaultError "bad-data" where it is no text. */
  finish(): void {
    if (this.#damaged > this.characters * MAX_DAMAGED_SHARE) throw this.#binaryFault();
    if (this.characters === 0)
      throw new FaultError(
        "bad-data",
        this.size === 0
          ? `A text file must hold characters; "${this.name}" is empty (0 bytes).`
          : `A text file must hold characters; "${this.name}" holds a byte-order mark and nothing else.`,
        "Choose another file.",
      );
  }

  /** @throws FaultError "bad-data" where one character is repeated: there is nothing to learn. */
  requireVariety(): void {
    if (this.#isVaried) return;
    const first = String.fromCodePoint(this.#first);
    const count = this.characters / first.length;
    throw new FaultError(
      "bad-data",
      `There must be at least two different characters to learn from; "${this.name}" holds only ${count} times ${this.#first === 0xfffd ? "an unreadable character" : JSON.stringify(first)}.`,
      "Choose a file with real text in it.",
    );
  }

  #look(text: string): void {
    if (this.#first < 0) this.#first = text.codePointAt(0) as number;
    const first = String.fromCodePoint(this.#first);
    for (let i = 0; i < text.length; i += first.length)
      if (!text.startsWith(first, i)) {
        this.#isVaried = true;
        return;
      }
  }

  #note(unit: number): void {
    if (this.#damaged === 0) this.#firstPlace = this.place();
    this.#damaged++;
    if (unit === 0) this.#zeros++;
  }

  #binaryFault(): FaultError {
    const percent = ((100 * this.#damaged) / Math.max(this.characters, 1)).toFixed(1);
    const hint =
      this.#zeros > this.characters / 4
        ? "If this is text, it is probably UTF-16 without a byte-order mark: save it again as UTF-8."
        : "Choose a plain text file. If this is one, save it again with the encoding UTF-8.";
    return new FaultError(
      "bad-data",
      `A text file must be UTF-8 text; "${this.name}" looks binary: ${percent} % of its characters are control characters or not valid UTF-8, the first on ${this.#firstPlace} (${this.#zeros} zero bytes).`,
      hint,
    );
  }
}

/**
 * Where decoding failed, and control characters that no text editor writes. Tab to carriage return and
 * escape (colour codes of terminals) do occur in text.
 */
export const isDamaged = (unit: number): boolean =>
  unit === 0xfffd || (unit < 32 && !(unit >= 9 && unit <= 13) && unit !== 27);

/** Bytes of a text in UTF-8; half a surrogate pair counts as U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair is four bytes; either half alone is three.
    if (unit >= 0xd800 && unit <= 0xdbff && isLowSurrogate(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
