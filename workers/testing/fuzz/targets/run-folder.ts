import { parseLanguageConfig } from "../../../../configs/schema/language.ts";
import { readMetricLines, readRunFacts, readSampleLines } from "../../../interop/run-folder.ts";
import { type Mutator, mutateBytes, mutateJsonFile, mutateText } from "../mutate.ts";
import type { FuzzTarget } from "../target.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const lines = (rows: readonly object[]) =>
  encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

const METRICS = lines(
  Array.from({ length: 12 }, (_, row) => ({
    step: row + 1,
    tokens: 64 * (row + 1),
    seconds: 0.1 * (row + 1),
    "train/loss": 4 - row / 10,
    "train/grad_norm": row % 5 === 0 ? null : 1.5,
    ...(row % 4 === 3 ? { "val/loss": 4.1 - row / 10, "val/bits_per_byte": 5.9 } : {}),
  })),
);

const SAMPLES = lines(
  Array.from({ length: 4 }, (_, row) => ({
    step: 3 * row,
    prompt: row % 2 === 0 ? "" : "Once",
    text: "upon a time ü 中",
    temperature: 0.8,
    requested: row === 3,
  })),
);

/** One line damaged as JSON, or the whole file as text or as bytes. */
const mutateJsonLines: Mutator = (bytes, draws) => {
  if (draws.chance(0.2)) return mutateBytes(bytes, draws);
  if (draws.chance(0.3)) return mutateText(["\n", "\r\n", "{", "}", ",", ":"])(bytes, draws);
  const all = decode(bytes).split("\n");
  const at = draws.below(Math.max(1, all.length - 1));
  all[at] = decode(mutateJsonFile(encode(all[at] || "{}"), draws));
  return encode(all.join("\n"));
};

/** What headless runs leave in a folder: numbers, samples, settings. */
export const runFolders: readonly FuzzTarget[] = [
  {
    name: "metrics.jsonl",
    seeds: () => [METRICS],
    mutate: mutateJsonLines,
    parse: (bytes) => {
      for (const _ of readMetricLines(bytes));
    },
  },
  {
    name: "samples.jsonl",
    seeds: () => [SAMPLES],
    mutate: mutateJsonLines,
    parse: (bytes) => {
      for (const _ of readSampleLines(bytes));
    },
  },
  {
    name: "summary.json",
    seeds() {
      const parsed = parseLanguageConfig({ lab: "language" });
      if (!parsed.ok) throw new Error("the defaults must be valid");
      const { config } = parsed;
      const ready = { parameters: 107_000 };
      return [encode(JSON.stringify({ phase: "done", device: "llvmpipe", config, ready }))];
    },
    mutate: mutateJsonFile,
    parse: (bytes) => readRunFacts({ metrics: METRICS, summary: bytes }),
  },
];
