// A run's numbers as text: lines of metrics.jsonl, as `npm run headless` writes them, and rows of a CSV table.
import { type Columns, columnOf, seriesNames } from "../lib/columns.ts";
import { shortNumber } from "./short-number.ts";
import { type Cell, csvLine } from "./tables.ts";

/** Rows turned into text at a time; the page can draw in between. */
const ROWS = 2_000;

const AXES = ["step", "tokens", "seconds"] as const;

/** metrics.jsonl, piece by piece: an object per logged step, without what was not measured there. */
export function* metricsJsonl(history: Columns): Generator<string> {
  const names = [...AXES, ...seriesNames(history)];
  const columns = names.map((name) => columnOf(history, name));
  for (let first = 0; first < history.length; first += ROWS) {
    let text = "";
    for (let row = first; row < Math.min(first + ROWS, history.length); row++) {
      const line: Record<string, number> = {};
      names.forEach((name, index) => {
        const value = columns[index]?.[row] as number;
        if (Number.isFinite(value)) line[name] = shortNumber(value);
      });
      text += `${JSON.stringify(line)}\n`;
    }
    yield text;
  }
}

/** Whose numbers a row holds. */
export interface RunName {
  readonly runId: string;
  readonly label: string;
}

/** Header of the wide table of several runs: a row per logged step, a column per metric. */
export const metricsCsvHeader = (series: readonly string[]): string =>
  csvLine(["run_id", "run", ...AXES, ...series]);

/** One run's rows of that table, piece by piece; a metric that it lacks is an empty cell. */
export function* metricsCsvRows(
  { runId, label }: RunName,
  history: Columns,
  series: readonly string[],
): Generator<string> {
  const columns = [...AXES, ...series].map((name) => columnOf(history, name));
  for (let first = 0; first < history.length; first += ROWS) {
    let text = "";
    for (let row = first; row < Math.min(first + ROWS, history.length); row++) {
      const cells = columns.map((column): Cell => {
        const value = column[row];
        return value !== undefined && Number.isFinite(value) ? shortNumber(value) : null;
      });
      text += csvLine([runId, label, ...cells]);
    }
    yield text;
  }
}
