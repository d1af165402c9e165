// What a suite found, as data; printed for people, stored as JSON, and put into docs.

export type Cell = string | number;

export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What a reader must know to trust the numbers. */
  readonly notes: readonly string[];
  /** Promises this table was measured against: what is asked, what was met. */
  readonly claims?: readonly Claim[];
}

export interface Claim {
  readonly what: string;
  readonly asked: string;
  readonly met: string;
  readonly holds: boolean;
}

/** `12.3`, `0.0123`, `1,234`: three figures that matter. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

const isNumber = (cell: Cell): boolean => typeof cell === "number" || /^[-\d]/.test(cell);

function aligned(rows: readonly (readonly string[])[], right: readonly boolean[]): string[][] {
  const widths = right.map((_, c) => Math.max(...rows.map((row) => (row[c] ?? "").length)));
  return rows.map((row) =>
    widths.map((width, c) =>
      right[c] ? (row[c] ?? "").padStart(width) : (row[c] ?? "").padEnd(width),
    ),
  );
}

const textOf = (cell: Cell): string => (typeof cell === "number" ? figure(cell) : cell);

function shape({ columns, rows }: BenchTable): { text: string[][]; right: boolean[] } {
  const text = rows.map((row) => row.map(textOf));
  const right = columns.map(
    (_, c) => rows.length > 0 && rows.every((row) => isNumber(row[c] ?? "")),
  );
  return { text: [[...columns], ...text], right };
}

const claimLines = ({ claims = [] }: BenchTable, mark: string): string[] =>
  claims.map(
    ({ what, asked, met, holds }) =>
      `${mark}${holds ? "holds" : "MISSED"}: ${what}: asked ${asked}, met ${met}`,
  );

/** For a terminal. */
export function printTable(table: BenchTable): string {
  const { text, right } = shape(table);
  const [head = [], ...body] = aligned(text, right);
  const rule = head.map((cell) => "-".repeat(cell.length));
  return [
    table.title,
    ...[head, rule, ...body].map((row) => `  ${row.join("  ")}`.trimEnd()),
    ...table.notes.map((note) => `  ${note}`),
    ...claimLines(table, "  "),
  ].join("\n");
}

/** For docs. */
export function markdownTable(table: BenchTable): string {
  const { text, right } = shape(table);
  const [head = [], ...body] = text;
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [
    `## ${table.title}`,
    "",
    line(head),
    line(right.map((r) => (r ? "---:" : "---"))),
    ...body.map(line),
    "",
    ...table.notes.map((note) => `${note}\n`),
    ...claimLines(table, "- "),
    "",
  ].join("\n");
}
