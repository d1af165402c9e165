// Rows and columns as text. CSV as in RFC 4180; Markdown as in GitHub's tables.

export type Cell = string | number | null;

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns whose cells are numbers: set to the right where the form has sides. */
  readonly numeric?: readonly boolean[];
}

/** One line of CSV. What holds a comma, a quote or a line break is quoted; no value is an empty cell. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(",")}\r\n`;

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

export const tableCsv = ({ header, rows }: Table): string =>
  [header, ...rows].map(csvLine).join("");

export function tableMarkdown({ header, rows, numeric = [] }: Table): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map(markdownCell).join(" | ")} |\n`;
  const rule = header.map((_, column) => (numeric[column] ? "---:" : "---"));
  return [header, rule, ...rows].map(line).join("");
}

/** A pipe would end the cell and a line break the row. */
const markdownCell = (cell: Cell): string =>
  String(cell ?? "")
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll(/\r?\n/g, "<br>");
