import { FaultError } from "../../../kernels/core/fault.ts";
import { readCharacters, TextRule, utf8Length } from "./characters.ts";
import {
  ColumnProbe,
  emptyColumn,
  type FormatFacts,
  HEAD_BYTES,
  HEAD_ROWS,
  MAX_COLUMNS,
  MAX_ROW_CHARACTERS,
  requireTextColumn,
  suggestColumn,
  type TextFormat,
} from "./format.ts";
import type { FileSource } from "./source.ts";

/** Objects inside objects whose keys are offered. */
const MAX_DEPTH = 4;
/** What a value costs in memory at most, and what one line may cost beside its own text. */
const BYTES_PER_VALUE = 96;
const MAX_LINE_BYTES = 8 << 20;

type Row = Readonly<Record<string, unknown>>;

/** JSON Lines: an object in each line. */
export const jsonl: TextFormat = {
  title: "JSON lines",
  extensions: ["jsonl", "ndjson"],
  hasColumns: true,

  async inspect(source): Promise<FormatFacts> {
    const probes = new Map<string, ColumnProbe>();
    let seen = 0;
    let rows = 0;
    for await (const { row, bytes } of rowsOf(source)) {
      probe(row, "", probes, 0);
      seen += bytes;
      if (++rows >= HEAD_ROWS || seen >= HEAD_BYTES) break;
    }
    const columns = [...probes.values()].map((column) =>
      column.facts(Math.min(seen / source.size, 1)),
    );
    const column = suggestColumn(columns);
    const chosen = columns.find(({ name }) => name === column);
    return {
      columns,
      column,
      rows: null,
      characters: chosen?.characters ?? 0,
      sample: chosen?.samples[0] ?? "",
    };
  },

  async *read(source: FileSource, wanted?: string) {
    const { name: key } = requireTextColumn(source, await jsonl.inspect(source), wanted);
    let found = 0;
    for await (const { row, line } of rowsOf(source)) {
      const value = valueAt(row, key);
      if (value === undefined || value === null) continue;
      if (typeof value !== "string")
        throw new FaultError(
          "bad-data",
          `Line ${line} of "${source.name}" must hold text under "${key}"; it holds a value of type ${typeOf(value)}.`,
          "Correct that line, or choose another key.",
        );
      if (value === "") continue;
      found++;
      yield { text: value.replace(/\r\n?/g, "\n"), endsDocument: true };
    }
    if (found === 0) throw emptyColumn(source, key);
  },
};

/** Rows with the line they stand on and about the bytes they take; empty lines are passed over. */
async function* rowsOf(source: FileSource) {
  const rule = new TextRule(source.name, source.size);
  let line = 0;
  let rest = "";
  const parse = (text: string) => ({
    row: parseLine(text, source, line),
    line,
    bytes: utf8Length(text) + 1,
  });
  for await (const piece of readCharacters(source)) {
    rule.add(piece);
    let from = 0;
    for (let to = piece.indexOf("\n"); to >= 0; to = piece.indexOf("\n", from)) {
      const text = rest + piece.slice(from, to);
      rest = "";
      from = to + 1;
      line++;
      if (!isBlank(text)) yield parse(text);
    }
    rest += piece.slice(from);
    if (rest.length > MAX_ROW_CHARACTERS)
      throw new FaultError(
        "bad-data",
        `A line may have ${MAX_ROW_CHARACTERS} characters at most; line ${line + 1} of "${source.name}" has more.`,
        "Write one JSON object per line. A file that is one JSON array must be converted first.",
      );
  }
  rule.finish();
  line++;
  if (!isBlank(rest)) yield parse(rest);
}

const isBlank = (text: string) => /^[ \t\f]*$/.test(text);

function parseLine(text: string, source: FileSource, line: number): Row {
  if (valuesIn(text) * BYTES_PER_VALUE > MAX_LINE_BYTES + 2 * text.length)
    throw new FaultError(
      "bad-data",
      `Line ${line} of "${source.name}" must be a row of a dataset; it has too many values to be one.`,
      "Keep the text and leave the rest out.",
    );
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FaultError(
      "bad-data",
      `Line ${line} of "${source.name}" must be JSON; it is not: ${reason.slice(0, 200)}.`,
      "Correct or delete that line: a file may also have been cut off there.",
      { cause: error },
    );
  }
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new FaultError(
      "bad-data",
      `Line ${line} of "${source.name}" must be a JSON object; it is of type ${typeOf(row)}.`,
      'Write one object per line, such as {"text": "..."}.',
    );
  return row as Row;
}

/** About how many values a line has, counted before memory is taken for them. Commas in texts count too. */
function valuesIn(text: string): number {
  // Short lines cannot need much.
  if (text.length * BYTES_PER_VALUE < MAX_LINE_BYTES) return 0;
  let count = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) inText = !inText;
    else if (inText && unit === 0x5c) i++;
    else if (!inText && (unit === 0x2c || unit === 0x5b || unit === 0x7b)) count++;
  }
  return count;
}

function probe(row: Row, prefix: string, probes: Map<string, ColumnProbe>, depth: number): void {
  for (const [key, value] of Object.entries(row)) {
    const name = `${prefix}${key}`;
    if (typeOf(value) === "object" && depth < MAX_DEPTH) {
      probe(value as Row, `${name}.`, probes, depth + 1);
      continue;
    }
    let column = probes.get(name);
    if (!column) {
      if (probes.size >= MAX_COLUMNS) return;
      column = new ColumnProbe(name);
      probes.set(name, column);
    }
    column.add(typeOf(value), typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  }
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}

/** The value under a dotted key; a key that itself has dots comes before a path. */
function valueAt(row: Row, key: string): unknown {
  if (Object.hasOwn(row, key)) return row[key];
  for (let dot = key.indexOf("."); dot > 0; dot = key.indexOf(".", dot + 1)) {
    const inner = Object.hasOwn(row, key.slice(0, dot)) ? row[key.slice(0, dot)] : undefined;
    if (typeOf(inner) !== "object") continue;
    const value = valueAt(inner as Row, key.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}
