import { expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import { readMetricLines, readRunFacts, readSampleLines } from "./run-folder.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const METRICS =
  '{"step":1,"tokens":64,"seconds":0.1,"train/loss":4.2,"train/grad_norm":null}\n' +
  '{"step":2,"tokens":128,"seconds":0.2,"train/loss":4.1,"val/loss":4.15,"val/bits_per_byte":5.9}\n';
const SAMPLES =
  '{"step":2,"prompt":"","text":"the ü","temperature":0.8,"requested":false}\n\n' +
  '{"step":4,"prompt":"a","text":"b","temperature":0}';

function faultOf(work: () => unknown): { code: string; message: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("nothing went wrong");
}

const metricFault = (text: string) => faultOf(() => [...readMetricLines(encode(text))]).message;

it("reads what headless writes", () => {
  expect([...readMetricLines(encode(METRICS))]).toEqual([
    { step: 1, tokens: 64, seconds: 0.1, "train/loss": 4.2, "train/grad_norm": null },
    {
      step: 2,
      tokens: 128,
      seconds: 0.2,
      "train/loss": 4.1,
      "val/loss": 4.15,
      "val/bits_per_byte": 5.9,
    },
  ]);
  expect([...readSampleLines(encode(SAMPLES))]).toEqual([
    { step: 2, prompt: "", text: "the ü", temperature: 0.8, requested: false },
    { step: 4, prompt: "a", text: "b", temperature: 0, requested: false },
  ]);
});

it("takes settings and facts from summary.json, and from run.json what that lacks", () => {
  const parsed = parseLanguageConfig({ lab: "language", title: "Mine", seed: 7 });
  if (!parsed.ok) throw new Error("the defaults are valid");
  const metrics = encode(METRICS);
  const summary = {
    phase: "done",
    config: parsed.config,
    device: "llvmpipe",
    ready: { parameters: 5 },
  };
  const record = { config: { lab: "language" }, phase: "running", savedAt: 1_000 };
  expect(
    readRunFacts({
      metrics,
      summary: encode(JSON.stringify(summary)),
      record: encode(JSON.stringify(record)),
    }),
  ).toEqual({
    config: parsed.config,
    phase: "done",
    device: "llvmpipe",
    parameters: 5,
    createdAt: 1_000,
  });
  expect(readRunFacts({ metrics, record: encode(JSON.stringify(record)) })).toMatchObject({
    phase: null,
    device: null,
    parameters: null,
  });
});

it("refuses a folder without settings, and settings that are none", () => {
  const metrics = encode(METRICS);
  expect(faultOf(() => readRunFacts({ metrics }))).toMatchObject({ code: "bad-data" });
  const broken = encode('{"config":{"lab":"language","seed":"x"}}');
  expect(faultOf(() => readRunFacts({ metrics, summary: broken })).message).toContain("seed");
  expect(faultOf(() => readRunFacts({ metrics, summary: encode("{") })).message).toContain(
    "summary.json must be JSON",
  );
});

it.each([
  ["no JSON", "step 1", "Line 1 of metrics.jsonl must be JSON"],
  ["half a line", METRICS.slice(0, -20), "Line 2 of metrics.jsonl must be JSON"],
  ["NaN, which JSON has not", '{"step":1,"tokens":1,"seconds":1,"train/loss":NaN}', "Line 1"],
  ["a list", "[1]", "Line 1 of metrics.jsonl must be an object; it is a list"],
  ["text for a number", '{"step":1,"tokens":1,"seconds":1,"a":"b"}', '"a" is a string'],
  ["no step", '{"tokens":1,"seconds":1}', "must have a step, a whole number; it has nothing"],
  ["half a step", '{"step":1.5,"tokens":1,"seconds":1}', "it has 1.5"],
  ["no time", '{"step":1,"tokens":1}', "must have seconds, a number; it has nothing"],
  [
    "a step twice",
    `${METRICS}{"step":2,"tokens":1,"seconds":1}`,
    "Line 3 of metrics.jsonl has step 2 after step 2",
  ],
  ["nothing", "\n \n", "it holds none"],
  ["a dangerous name", '{"step":1,"tokens":1,"seconds":1,"__proto__":1}', "__proto__"],
  [
    "a very long name",
    `{"step":1,"tokens":1,"seconds":1,"${"n".repeat(300)}":1}`,
    "1 to 200 letters",
  ],
  [
    "too many series",
    `{"step":1,"tokens":1,"seconds":1,${Array.from({ length: 1_000 }, (_, i) => `"s${i}":1`).join()}}`,
    "at most 1000 series",
  ],
  ["a line without end", `{"a":"${"x".repeat(4_000_001)}"}`, "must have at most 4000000 bytes"],
])("refuses %s, naming the line", (_, text, said) => {
  expect(metricFault(text)).toContain(said);
});

it("refuses bytes that are no text", () => {
  expect(faultOf(() => [...readMetricLines(Uint8Array.of(0x7b, 0xff, 0x7d))]).message).toContain(
    "UTF-8",
  );
});

it("refuses a sample that is none", () => {
  expect(faultOf(() => [...readSampleLines(encode('{"step":1,"text":3}'))]).message).toBe(
    'Line 1 of samples.jsonl must hold step, prompt, text and temperature; it holds "step, text".',
  );
});
