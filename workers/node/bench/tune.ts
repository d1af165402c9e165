// Measures this adapter's kernels and writes the table that `npm run headless -- --variants FILE` takes.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { TunedRow, TunedVariant } from "../../api/device.ts";
import { tune } from "../../runtime/tune.ts";
import { slugOf } from "../../runtime/variant-table.ts";
import type { Suite } from "./suite.ts";
import { type Cell, figure } from "./table.ts";

const lineOf = (
  { row, shipped, chosen }: TunedRow,
  { name, milliseconds, error, rejected }: TunedVariant,
): Cell[] => [
  row,
  name,
  milliseconds?.median ?? "-",
  milliseconds ? `${figure(milliseconds.low)} to ${figure(milliseconds.high)}` : "-",
  error === null ? "-" : error.toExponential(1),
  [
    ...(name === shipped ? ["shipped"] : []),
    ...(name === chosen ? ["chosen"] : []),
    ...(rejected === null ? [] : [`rejected: ${rejected}`]),
  ].join(", "),
];

export const tuneSuite: Suite = {
  help: "which kernels are fastest here: writes a table for headless --variants",
  standard: false,
  async run({ gpu, out, log }) {
    const started = performance.now();
    let row = "";
    const tuning = await tune(gpu, {
      onProgress(progress) {
        if (progress.row !== row) log(`${progress.done}/${progress.total} ${progress.row}`);
        row = progress.row;
      },
    });
    const file = out ?? `runs/variants/${slugOf(tuning.adapter)}.json`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(tuning, null, 2)}\n`);
    const changed = Object.keys(tuning.rows).length;
    return [
      {
        title: "Kernel variants, judged and timed",
        columns: ["row", "variant", "ms", "quartiles", "error", ""],
        rows: tuning.report.flatMap((found) => found.variants.map((one) => lineOf(found, one))),
        notes: [
          "error: largest difference from the plain kernel, relative to its largest value.",
          `${changed} of ${tuning.report.length} rows differ from the shipped table; written to ${file} after ${figure((performance.now() - started) / 1_000)} s.`,
        ],
      },
    ];
  },
};
