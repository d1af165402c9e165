// What a format of text files is to everything else: columns to choose from, and pieces of text.
import { FaultError } from "../../../kernels/core/fault.ts";
import type { FileSource } from "./source.ts";

/** A column of a csv or parquet file, a key of jsonl; nested keys are dotted. */
export interface ColumnFacts {
  readonly name: string;
  /** What its values are, as a person would say: `text`, `number`, `list`, `int64`... */
  readonly type: string;
  /** Whether it can be trained on. */
  readonly isText: boolean;
  /** Beginnings of its first values. */
  readonly samples: readonly string[];
  /** Characters in the whole column, estimated. */
  readonly characters: number;
}

export interface FormatFacts {
  /** Empty where the file is one text. */
  readonly columns: readonly ColumnFacts[];
  /** The column that most probably holds the text; null for one text, or where there is none. */
  readonly column: string | null;
  /** Rows, where the file says how many it has. */
  readonly rows: number | null;
  /** Characters of the text, or of the suggested column; estimated. */
  readonly characters: number;
  /** How the text, or the suggested column, begins. */
  readonly sample: string;
}

/** Part of a text. */
export interface TextPiece {
  readonly text: string;
  /** True if a document ends here. A file that is one text never says so. */
  readonly endsDocument: boolean;
}

export interface TextFormat {
  /** How the format is called in messages and forms. */
  readonly title: string;
  /** Endings of file names, without the dot; the first is the usual one. */
  readonly extensions: readonly string[];
  /** True where every row is a document of its own; false where the file is one text. */
  readonly hasColumns: boolean;
  /**
   * Looks at the beginning of a file (of parquet: at its end). Never reads the whole.
   *
   * @throws FaultError "bad-data" where it cannot be of this format.
   */
  inspect(source: FileSource): Promise<FormatFacts>;
  /**
   * The text of a file, piece by piece. Rows without a value are passed over.
   *
   * @param column of a format with columns: which; its suggested one where absent.
   * @throws FaultError "bad-data" while iterating: what is wrong, and where.
   */
  read(source: FileSource, column?: string): AsyncIterable<TextPiece>;
}

/** Bytes that `inspect` reads of a file. */
export const HEAD_BYTES = 1 << 18;
/** Rows that `inspect` looks at. */
export const HEAD_ROWS = 50;
/** Columns that a file may have. */
export const MAX_COLUMNS = 4_096;
/** Longest row of a csv or jsonl file, in characters: a text of several books. */
export const MAX_ROW_CHARACTERS = 1 << 24;

const SAMPLES = 3;
const SAMPLE_CHARACTERS = 200;

/** The beginning of a value, as shown beside its column. */
export const sampleOf = (text: string, characters = SAMPLE_CHARACTERS): string =>
  text.length > characters ? `${text.slice(0, characters)}…` : text;

/** Gathers what is known of a column from the values that are looked at. */
export class ColumnProbe {
  readonly #types = new Map<string, number>();
  readonly #samples: string[] = [];
  #characters = 0;

  constructor(readonly name: string) {}

  add(type: string, text: string): void {
    if (type === "empty") return;
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    this.#characters += text.length;
    if (this.#samples.length < SAMPLES) this.#samples.push(sampleOf(text));
  }

  /**
   * @param share of the file that was looked at, above 0.
   */
  facts(share: number): ColumnFacts {
    const types = [...this.#types].sort((a, b) => b[1] - a[1]).map(([type]) => type);
    // One text among numbers makes texts of all: a column of csv has no type but its values'.
    const type = types.includes("text") ? "text" : (types[0] ?? "empty");
    return {
      name: this.name,
      type,
      isText: type === "text",
      samples: this.#samples,
      characters: Math.round(this.#characters / share),
    };
  }
}

/** What columns of text are usually called, the likeliest first. */
const USUAL_NAMES = ["text", "content", "story", "document", "body", "article", "sentence"];

/** The column that most probably holds the text: by its name, or else by its length. */
export function suggestColumn(columns: readonly ColumnFacts[]): string | null {
  const texts = columns.filter(({ isText }) => isText);
  for (const usual of USUAL_NAMES) {
    const named = texts.find(({ name }) => name.toLowerCase() === usual);
    if (named) return named.name;
  }
  return texts.toSorted((a, b) => b.characters - a.characters)[0]?.name ?? null;
}

/**
 * Whether the wanted column is there and holds text.
 *
 * @throws FaultError "bad-data" naming the columns that there are.
 */
export function requireTextColumn(
  source: FileSource,
  facts: FormatFacts,
  wanted: string | undefined,
): ColumnFacts {
  const texts = facts.columns.filter(({ isText }) => isText).map(({ name }) => name);
  const choose =
    texts.length > 0
      ? `Choose a column of text: ${listNames(texts)}.`
      : "Choose a file that has a column of text.";
  const name = wanted ?? facts.column;
  if (name === null)
    throw new FaultError(
      "bad-data",
      `"${source.name}" must have a column of text; it has ${listNames(facts.columns.map((column) => `${column.name} (${column.type})`))}.`,
      choose,
    );
  const column = facts.columns.find((candidate) => candidate.name === name);
  if (!column)
    throw new FaultError(
      "bad-data",
      `"${source.name}" must have the column "${name}"; its columns are ${listNames(facts.columns.map((other) => other.name))}.`,
      choose,
    );
  if (!column.isText)
    throw new FaultError(
      "bad-data",
      `The column to train on must hold text; "${name}" of "${source.name}" holds ${column.type === "empty" ? "nothing" : `values of type ${column.type}`}.`,
      choose,
    );
  return column;
}

/** A column that turns out to hold nothing. */
export const emptyColumn = (source: FileSource, column: string): FaultError =>
  new FaultError(
    "bad-data",
    `Column "${column}" of "${source.name}" must hold text; it is empty in every row.`,
    "Choose another column.",
  );

/** `a, b, c and 40 more`, for messages. */
function listNames(names: readonly string[], shown = 8): string {
  if (names.length === 0) return "none";
  const head = names
    .slice(0, shown)
    .map((name) => sampleOf(name, 40))
    .join(", ");
  return names.length > shown ? `${head} and ${names.length - shown} more` : head;
}
