// Makes a recording for the page (format: app/session/recording.ts) from a folder that
// `npm run headless -- CONFIG --out DIR` wrote.
//   node scripts/record.mjs DIR [public/recorded/nano.json]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Rows kept at most: more than a chart is wide, little enough to fetch at once. */
const MAX_ROWS = 1_000;

const COLUMNS = {
  step: "step",
  tokens: "tokens",
  seconds: "seconds",
  loss: "train/loss",
  gradNorm: "train/grad_norm",
  learningRate: "train/lr",
};

const READY = [
  "parameters",
  "vocabSize",
  "trainTokens",
  "validationTokens",
  "tokensPerStep",
  "maxSteps",
  "plannedBytes",
  "dispatchesPerStep",
  "submitsPerStep",
];

const linesOf = (text) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line));

/** Six digits: more are noise in a picture, and cost bytes. */
const short = (value) => Number(Number(value).toPrecision(6));

/** At most `count` entries, evenly spaced, first and last included. */
export function thin(rows, count) {
  if (rows.length <= count) return rows;
  return Array.from(
    { length: count },
    (_, at) => rows[Math.round((at * (rows.length - 1)) / (count - 1))],
  );
}

/**
 * The recording, from the text of the three files. `summary` must hold `config` and `ready` (what the ready
 * event said, the device included).
 */
export function makeRecording(metricsText, samplesText, summaryText) {
  const rows = linesOf(metricsText);
  const summary = JSON.parse(summaryText);
  for (const name of ["config", "ready"])
    if (!summary[name])
      throw new Error(
        `record: summary.json must hold ${name}; it holds ${Object.keys(summary).join(", ")}`,
      );
  const curve = thin(
    rows.filter((row) => row["train/loss"] !== undefined),
    MAX_ROWS,
  );
  if (curve.length === 0)
    throw new Error("record: metrics.jsonl must hold train/loss; it holds none");
  const { vendor, architecture, description, software } = summary.ready.device;
  return {
    config: summary.config,
    ready: Object.fromEntries(READY.map((name) => [name, summary.ready[name]])),
    device: { vendor, architecture, description, software },
    metrics: Object.fromEntries(
      Object.entries(COLUMNS).map(([name, key]) => [
        name,
        curve.map((row) => short(row[key] ?? 0)),
      ]),
    ),
    validation: rows
      .filter((row) => row["val/loss"] !== undefined)
      .map((row) => ({
        step: row.step,
        loss: short(row["val/loss"]),
        bitsPerByte: short(row["val/bits_per_byte"] ?? 0),
      })),
    samples: linesOf(samplesText).map(({ step, prompt, text, temperature }) => ({
      step,
      prompt,
      text,
      temperature,
    })),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, target = "public/recorded/nano.json"] = process.argv.slice(2);
  if (!folder) {
    console.error(
      "record: a folder must be named; usage: node scripts/record.mjs DIR [TARGET.json]",
    );
    process.exit(1);
  }
  const read = (name) => readFileSync(join(folder, name), "utf8");
  const recording = makeRecording(
    read("metrics.jsonl"),
    read("samples.jsonl"),
    read("summary.json"),
  );
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify(recording));
  console.log(
    `${target}: ${recording.metrics.step.length} steps, ${recording.samples.length} samples`,
  );
}
