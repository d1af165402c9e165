// Encoding a text that arrives in pieces and is never whole in memory.
import { splitsPair } from "./tokenizers/character.ts";
import type { Tokenizer } from "./tokenizers/tokenizer.ts";

/** Characters gathered before something is encoded. */
const GATHERED = 1 << 16;
/** Characters held where no safe place to cut is found: a text without a space or a line end. */
const MOST_HELD = 1 << 20;
/** The same for tokenizers of others, whose rules may allow no cut at all. */
const MOST_HELD_FOREIGN = 1 << 17;
/** Characters on both sides of a cut that a tokenizer may look at. */
const CONTEXT = 128;
/** Places tried before the next piece is waited for. */
const TRIES = 4_096;

/**
 * Gives the ids that `tokenizer.encode` gives for the whole text, as long as there is a safe place to cut
 * within a million characters (130,000 for tokenizers of others); else it is cut at a line end or, without
 * one, between two characters.
 */
export class StreamEncoder {
  #held = "";
  readonly #most: number;

  constructor(readonly tokenizer: Tokenizer) {
    this.#most = tokenizer.kind === "huggingface" ? MOST_HELD_FOREIGN : MOST_HELD;
  }

  /** @param text a piece that does not end inside a character. */
  *push(text: string): Generator<Int32Array<ArrayBuffer>, void, undefined> {
    this.#held += text;
    while (this.#held.length >= GATHERED) {
      const cut = this.#safeCut() || (this.#held.length >= this.#most ? this.#forcedCut() : 0);
      if (cut === 0) return;
      yield this.tokenizer.encode(this.#held.slice(0, cut));
      this.#held = this.#held.slice(cut);
    }
  }

  /** The rest. Afterwards another text can begin. */
  finish(): Int32Array<ArrayBuffer> {
    const rest = this.#held;
    this.#held = "";
    return this.tokenizer.encode(rest);
  }

  /** The last place that may be tried: what follows it is context. */
  get #last(): number {
    return Math.min(this.#held.length, this.#most) - CONTEXT;
  }

  /** The last safe place to cut; 0 where none is found. */
  #safeCut(): number {
    const last = this.#last;
    for (let cut = last; cut > Math.max(0, last - TRIES); cut--)
      if (this.tokenizer.isSafeCut(this.#held, cut)) return cut;
    return 0;
  }

  #forcedCut(): number {
    const cut = this.#last;
    const line = this.#held.lastIndexOf("\n", cut) + 1;
    if (line > 0) return line;
    return splitsPair(this.#held, cut) ? cut - 1 : cut;
  }
}
