import { expect, it } from "vitest";
import { appendColumns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { metricsCsvHeader, metricsCsvRows, metricsJsonl } from "./metric-files.ts";
import { shortNumber } from "./short-number.ts";
import { tableCsv, tableMarkdown } from "./tables.ts";

const history = appendColumns(EMPTY_COLUMNS, {
  step: [1, 2],
  tokens: [128, 256],
  seconds: [0.5, 1],
  series: {
    "train/loss": Float32Array.of(4.1, Number.NaN),
    "train/lr": Float32Array.of(0.003, 0.0015),
    "val/loss": Float32Array.of(Number.NaN, 3.9),
  },
});

it("drops the noise of 32 bits, and no digit that tells numbers apart", () => {
  expect(shortNumber(Math.fround(0.003))).toBe(0.003);
  for (const value of [1 / 3, 16_777_217, 1.0000001, 3.4e38, 1e-40, -5.4365637])
    expect(Math.fround(shortNumber(Math.fround(value)))).toBe(Math.fround(value));
  expect(shortNumber(0.1 + 0.2)).toBe(0.1 + 0.2);
});

it("writes metrics.jsonl as headless does: what was not measured is not there", () => {
  expect([...metricsJsonl(history)].join("")).toBe(
    '{"step":1,"tokens":128,"seconds":0.5,"train/loss":4.1,"train/lr":0.003}\n' +
      '{"step":2,"tokens":256,"seconds":1,"train/lr":0.0015,"val/loss":3.9}\n',
  );
});

it("writes a wide table with an empty cell where a run lacks a metric", () => {
  const series = ["train/loss", "train/extra", "val/loss"];
  const run = { runId: "run-1", label: 'lr 0.003, "long"' };
  const csv = [metricsCsvHeader(series), ...metricsCsvRows(run, history, series)].join("");
  expect(csv.split("\r\n")).toEqual([
    "run_id,run,step,tokens,seconds,train/loss,train/extra,val/loss",
    'run-1,"lr 0.003, ""long""",1,128,0.5,4.1,,',
    'run-1,"lr 0.003, ""long""",2,256,1,,,3.9',
    "",
  ]);
});

it("keeps cells apart, whatever they hold", () => {
  const table = {
    header: ["run", "loss"],
    rows: [
      ["a|b\nc", 1.5],
      ['say "x", y', null],
    ] as const,
    numeric: [false, true],
  };
  expect(tableCsv(table)).toBe('run,loss\r\n"a|b\nc",1.5\r\n"say ""x"", y",\r\n');
  expect(tableMarkdown(table)).toBe(
    '| run | loss |\n| --- | ---: |\n| a\\|b<br>c | 1.5 |\n| say "x", y |  |\n',
  );
});
