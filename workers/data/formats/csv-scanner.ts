// CSV as a stream: one look at every character, one column kept. docs/decisions.md says why it is ours.
import { FaultError } from "../../../kernels/core/fault.ts";
import { MAX_COLUMNS, MAX_ROW_CHARACTERS } from "./format.ts";

export interface CsvRow {
  /** The values that are kept: all, or the one of the chosen column (none where the row is too short). */
  readonly fields: readonly string[];
  /** Values in the row. */
  readonly width: number;
  /** Line of the file that the row begins on, from 1. */
  readonly line: number;
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

type State =
  | "before" // at the beginning of a value
  | "plain"
  | "quoted"
  | "after"; // past the closing quote, or between the two halves of a doubled one

/** Rows of a text that arrives in pieces with line ends `\n`. Lines of nothing but spaces are no rows. */
export class CsvScanner {
  #state: State = "before";
  #fields: string[] = [];
  #width = 0;
  /** Of the value under way, what earlier pieces had. */
  #value = "";
  /** Nothing but spaces so far in this row. */
  #isBlank = true;
  #line = 1;
  #rowLine = 1;
  #rowCharacters = 0;
  readonly #delimiter: number;

  /**
   * @param name how messages call the file; @param keep the column whose values are wanted, or all.
   */
  constructor(
    readonly name: string,
    delimiter: string,
    readonly keep: number | "all",
  ) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** @throws FaultError "bad-data" for a misplaced quote, or a row without an end. */
  *push(text: string): Generator<CsvRow, void, undefined> {
    let from = 0;
    let rowFrom = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === LINE_FEED) this.#line++;
      if (this.#state === "quoted") {
        if (unit !== QUOTE) continue;
        this.#append(text, from, i);
        this.#state = "after";
        from = i + 1;
      } else if (unit === this.#delimiter || unit === LINE_FEED) {
        if (this.#state !== "after") this.#append(text, from, i);
        from = i + 1;
        const isRow = unit !== LINE_FEED || !this.#isBlank;
        this.#isBlank = false;
        if (isRow) this.#endValue();
        this.#state = "before";
        if (unit !== LINE_FEED) continue;
        if (isRow) yield this.#takeRow();
        this.#startRow();
        rowFrom = from;
      } else if (this.#state === "before") {
        this.#state = unit === QUOTE ? "quoted" : "plain";
        if (unit === QUOTE) from = i + 1;
        if (unit !== SPACE) this.#isBlank = false;
      } else if (this.#state === "plain") {
        if (unit !== SPACE) this.#isBlank = false;
      } else if (unit === QUOTE) {
        // Two quotes are one; it begins what is appended next.
        from = i;
        this.#state = "quoted";
      } else if (unit !== SPACE) throw this.#misplacedQuote();
    }
    if (this.#state !== "after") this.#append(text, from, text.length);
    this.#rowCharacters += text.length - rowFrom;
    if (this.#rowCharacters > MAX_ROW_CHARACTERS) throw this.#endless();
  }

  /** The last row, where no line end follows it. @throws FaultError "bad-data" inside a quoted value. */
  *finish(): Generator<CsvRow, void, undefined> {
    if (this.#state === "quoted") throw this.#endless();
    if (this.#isBlank) return;
    this.#endValue();
    yield this.#takeRow();
  }

  get #isWanted(): boolean {
    return this.keep === "all" || this.keep === this.#width;
  }

  #append(text: string, from: number, to: number): void {
    if (to > from && this.#isWanted) this.#value += text.slice(from, to);
  }

  #endValue(): void {
    if (this.#isWanted) this.#fields.push(this.#value);
    this.#value = "";
    this.#width++;
    if (this.keep === "all" && this.#width > MAX_COLUMNS)
      throw new FaultError(
        "bad-data",
        `A file may have ${MAX_COLUMNS} columns at most; line ${this.#rowLine} of "${this.name}" has more.`,
        "Choose a file with fewer columns.",
      );
  }

  #takeRow(): CsvRow {
    return { fields: this.#fields, width: this.#width, line: this.#rowLine };
  }

  #startRow(): void {
    this.#fields = [];
    this.#width = 0;
    this.#value = "";
    this.#isBlank = true;
    this.#rowLine = this.#line;
    this.#rowCharacters = 0;
  }

  #misplacedQuote(): FaultError {
    return new FaultError(
      "bad-data",
      `A closing quote must be followed by a delimiter or a line end; on line ${this.#line} of "${this.name}" something else follows.`,
      "Write a quote inside a quoted text twice.",
    );
  }

  #endless(): FaultError {
    return new FaultError(
      "bad-data",
      `A quoted value must end with a quote; the row on line ${this.#rowLine} of "${this.name}" never does.`,
      "Close the quote: a file may also have been cut off there.",
    );
  }
}
