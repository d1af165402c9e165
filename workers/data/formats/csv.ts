import { FaultError } from "../../../kernels/core/fault.ts";
import { readCharacters, TextRule, utf8Length } from "./characters.ts";
import { type CsvRow, CsvScanner } from "./csv-scanner.ts";
import {
  ColumnProbe,
  emptyColumn,
  type FormatFacts,
  HEAD_BYTES,
  HEAD_ROWS,
  requireTextColumn,
  suggestColumn,
  type TextFormat,
} from "./format.ts";
import type { FileSource } from "./source.ts";

/** What may stand between two values. */
const DELIMITERS = [",", "\t", ";", "|"] as const;

/** Comma-separated values (RFC 4180); tabs, semicolons and bars do as well. The first row names the columns. */
export const csv: TextFormat = {
  title: "CSV",
  extensions: ["csv", "tsv"],
  hasColumns: true,

  async inspect(source): Promise<FormatFacts> {
    const { header, rows, share } = await readHead(source);
    const probes = header.map((name) => new ColumnProbe(name));
    for (const { fields } of rows)
      fields.forEach((field, i) => {
        probes[i]?.add(typeOf(field), field);
      });
    const columns = probes.map((column) => column.facts(share));
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
    const { name } = requireTextColumn(source, await csv.inspect(source), wanted);
    const { delimiter, header } = await readHead(source);
    const index = header.indexOf(name);
    const scanner = new CsvScanner(source.name, delimiter, index);
    const rule = new TextRule(source.name, source.size);
    let isHeader = true;
    let found = 0;
    const documents = function* (rows: Iterable<CsvRow>) {
      for (const row of rows) {
        if (!isHeader) {
          requireWidth(source, row, header.length);
          const [text] = row.fields;
          if (text) {
            found++;
            yield { text, endsDocument: true };
          }
        }
        isHeader = false;
      }
    };
    for await (const piece of readCharacters(source)) {
      rule.add(piece);
      yield* documents(scanner.push(piece));
    }
    yield* documents(scanner.finish());
    rule.finish();
    if (found === 0) throw emptyColumn(source, name);
  },
};

interface Head {
  readonly delimiter: string;
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** Part of the file that was looked at. */
  readonly share: number;
}

async function readHead(source: FileSource): Promise<Head> {
  const rule = new TextRule(source.name, source.size);
  const rows: CsvRow[] = [];
  let scanner: CsvScanner | null = null;
  let delimiter = ",";
  let seen = 0;
  const isEnough = () => rows.length > HEAD_ROWS || (rows.length > 1 && seen >= HEAD_BYTES);
  const take = (more: Iterable<CsvRow>) => {
    for (const row of more) {
      rows.push(row);
      seen += row.fields.reduce((sum, field) => sum + utf8Length(field) + 1, 0);
      if (isEnough()) return;
    }
  };
  for await (const piece of readCharacters(source)) {
    rule.add(piece);
    if (!scanner) {
      delimiter = source.name.toLowerCase().endsWith(".tsv") ? "\t" : delimiterOf(piece);
      scanner = new CsvScanner(source.name, delimiter, "all");
    }
    take(scanner.push(piece));
    if (isEnough()) break;
  }
  if (!isEnough()) {
    rule.finish();
    if (scanner) take(scanner.finish());
  }
  const [first, ...others] = rows;
  if (!first)
    throw new FaultError(
      "bad-data",
      `The first row of "${source.name}" must name its columns; there is none.`,
      "Put a row of names above the values.",
    );
  for (const row of others) requireWidth(source, row, first.width);
  return {
    delimiter,
    header: namesOf(first.fields),
    rows: others,
    share: Math.min(1, seen / source.size),
  };
}

/** The delimiter that gives the first rows most columns, all of them the same number; else the comma. */
function delimiterOf(text: string): string {
  let best = { delimiter: ",", width: 1 };
  for (const delimiter of DELIMITERS) {
    try {
      const widths = new Set<number>();
      let rows = 0;
      for (const { width } of new CsvScanner("", delimiter, -1).push(text)) {
        widths.add(width);
        if (++rows === HEAD_ROWS || widths.size > 1) break;
      }
      const [width = 1] = widths;
      if (widths.size === 1 && width > best.width) best = { delimiter, width };
    } catch (error) {
      // Not with this delimiter; with the one that is chosen it is told.
      if (!(error instanceof FaultError)) throw error;
    }
  }
  return best.delimiter;
}

/** Names that differ: empty ones are numbered, repeated ones counted, as pandas does. */
function namesOf(fields: readonly string[]): readonly string[] {
  const names = new Set<string>();
  fields.forEach((field, i) => {
    const base = field.trim() === "" ? `column ${i + 1}` : field.trim();
    let name = base;
    for (let copy = 1; names.has(name); copy++) name = `${base}.${copy}`;
    names.add(name);
  });
  return [...names];
}

function requireWidth(source: FileSource, { width, line }: CsvRow, wanted: number): void {
  if (width === wanted) return;
  throw new FaultError(
    "bad-data",
    `Every row of "${source.name}" must have as many values as there are columns, ${wanted}; the row on line ${line} has ${width}.`,
    "Correct that row: a text that holds commas or line ends must stand in double quotes.",
  );
}

const NUMBER = /^[-+]?(\d[\d,_ ]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*%?$/;

function typeOf(field: string): string {
  const value = field.trim();
  if (value === "") return "empty";
  if (/^(true|false)$/i.test(value)) return "boolean";
  // A long run of digits is a text of digits, or an id: nothing that one counts with.
  return value.length <= 40 && NUMBER.test(value) ? "number" : "text";
}
