// The metrics log: a JSON object per step, its numbers by name. The same lines are kept, told to the page as
// columns, and told again by a run that resumes.
import type { MetricBatch } from "../api/runs.ts";

/** A line of the log. Names as in verl and Weights & Biases: `train/loss`, `val/loss`. */
export interface LoggedStep {
  readonly step: number;
  /** Training tokens seen, and seconds trained, since the beginning. */
  readonly tokens: number;
  readonly seconds: number;
  /** JSON has no NaN: a number that is not finite is read back as null. */
  readonly [series: string]: number | null;
}

const AXES: ReadonlySet<string> = new Set(["step", "tokens", "seconds"]);

/** Lines as columns; a series that some lines lack is NaN there. */
export function batchOfLog(lines: readonly LoggedStep[]): MetricBatch {
  const series: Record<string, Float32Array> = {};
  lines.forEach((line, row) => {
    for (const [name, value] of Object.entries(line)) {
      if (AXES.has(name)) continue;
      series[name] ??= new Float32Array(lines.length).fill(Number.NaN);
      series[name][row] = value ?? Number.NaN;
    }
  });
  return {
    step: Uint32Array.from(lines, ({ step }) => step),
    tokens: Float64Array.from(lines, ({ tokens }) => tokens),
    seconds: Float64Array.from(lines, ({ seconds }) => seconds),
    series,
  };
}

/** What was measured on the validation text, step by step, in some rows. */
export function validationsIn({ step, series }: MetricBatch): readonly {
  readonly step: number;
  /** Nats per token. */
  readonly loss: number;
  readonly bitsPerByte: number;
}[] {
  const losses = series["val/loss"];
  const bits = series["val/bits_per_byte"];
  return [...step].flatMap((each, row) => {
    const loss = losses?.[row] ?? Number.NaN;
    const bitsPerByte = bits?.[row] ?? Number.NaN;
    return Number.isFinite(loss) ? [{ step: each, loss, bitsPerByte }] : [];
  });
}
