import { expect, it } from "vitest";
import { appendColumns, type Columns, EMPTY_COLUMNS } from "../lib/columns.ts";
import { type ExportedRun, exportRuns, fileName } from "./export-runs.ts";

const run = (runId: string, label: string): ExportedRun => ({
  runId,
  label,
  startedAt: Date.UTC(2026, 2, 3),
  config: { lab: "language", seed: 1 },
  facts: { phase: "done" },
});
const RUNS = [run("a", "Nano, seed 1"), run("b", "nano: SEED 1"), run("c", "纳米 2/3")];

const history = (series: Readonly<Record<string, number[]>>): Columns =>
  appendColumns(EMPTY_COLUMNS, { step: [1], tokens: [8], seconds: [0.5], series });
const HISTORIES: Readonly<Record<string, Columns>> = {
  a: history({ "train/loss": [4] }),
  b: history({ "train/loss": [3], "val/loss": [3.5] }),
  c: EMPTY_COLUMNS,
};
const source = {
  history: async (runId: string) => HISTORIES[runId] as Columns,
  samples: async () => [{ step: 1, text: "hi" }],
};

/** Names and texts of a store-only archive, read from its central directory. */
async function unzip(blob: Blob): Promise<Map<string, Buffer>> {
  const bytes = Buffer.from(await blob.arrayBuffer());
  const end = bytes.length - 22;
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let entry = 0; entry < bytes.readUInt16LE(end + 10); entry++) {
    const nameLength = bytes.readUInt16LE(at + 28);
    const size = bytes.readUInt32LE(at + 24);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + nameLength;
    files.set(
      bytes.toString("utf8", at + 46, at + 46 + nameLength),
      bytes.subarray(start, start + size),
    );
    at += 46 + nameLength;
  }
  return files;
}

it("writes all runs into one table, whatever each has measured", async () => {
  const done: number[] = [];
  const { name, blob } = await exportRuns("csv", RUNS, source, (count) => done.push(count));
  expect(name).toBe("vitrine-3-runs-metrics.csv");
  expect(done).toEqual([1, 2, 3]);
  expect((await blob.text()).split("\r\n")).toEqual([
    "run_id,run,step,tokens,seconds,train/loss,val/loss",
    'a,"Nano, seed 1",1,8,0.5,4,',
    "b,nano: SEED 1,1,8,0.5,3,3.5",
    "",
  ]);
});

it("writes a folder for each run, as headless does; none hides another", async () => {
  const { name, blob } = await exportRuns("jsonl", RUNS, source);
  expect(name).toBe("vitrine-3-runs-logs.zip");
  const files = await unzip(blob);
  const folders = ["Nano-seed-1", "nano-SEED-1-2", "纳米-2-3"];
  expect([...files.keys()]).toEqual(
    folders.flatMap((folder) =>
      ["metrics.jsonl", "samples.jsonl", "summary.json", "config.yaml"].map(
        (file) => `vitrine-3-runs/${folder}/${file}`,
      ),
    ),
  );
  const text = (path: string) => files.get(`vitrine-3-runs/${path}`)?.toString("utf8");
  expect(text("Nano-seed-1/metrics.jsonl")).toBe(
    '{"step":1,"tokens":8,"seconds":0.5,"train/loss":4}\n',
  );
  expect(text("Nano-seed-1/samples.jsonl")).toBe('{"step":1,"text":"hi"}\n');
  expect(JSON.parse(text("Nano-seed-1/summary.json") ?? "")).toEqual({
    runId: "a",
    label: "Nano, seed 1",
    phase: "done",
    config: { lab: "language", seed: 1 },
  });
  expect(text("Nano-seed-1/config.yaml")).toBe("lab: language\nseed: 1\n");
});

it("writes an event file for each run, in a folder of its name", async () => {
  const { name, blob } = await exportRuns("tensorboard", [run("b", "Run B")], source);
  expect(name).toBe("Run-B-tensorboard.zip");
  const files = await unzip(blob);
  const path = "Run-B/Run-B/events.out.tfevents.1772496000.vitrine";
  expect([...files.keys()]).toEqual([path, "Run-B/Run-B/config.yaml"]);
  expect(files.get(path)?.subarray(0, 12).toString("hex")).toBe("1800000000000000a37f4b22");
  expect(files.get(path)?.includes("val/loss")).toBe(true);
});

it("makes names that every file system takes", () => {
  expect(fileName("../a\\b:c*")).toBe("a-b-c");
  expect(fileName("learning_rate=0.003")).toBe("learning_rate=0.003");
  expect(fileName("…")).toBe("run");
  expect(fileName("x".repeat(300))).toHaveLength(80);
});
