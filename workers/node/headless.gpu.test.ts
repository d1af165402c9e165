// The command line as a person uses it: real processes, a real kill, real files.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Gpu } from "../../kernels/core/gpu.ts";
import { adapterName } from "../runtime/variant-table.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitrine-headless-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const NANO = "configs/presets/language/nano.yaml";
const SMALL = [
  ...["--set", "data.characters=20000"],
  ...["--set", "model.d_model=16"],
  ...["--set", "model.n_ctx=16"],
  ...["--set", "train.batch_size=2"],
  ...["--set", "train.max_steps=40"],
  ...["--set", "train.eval_interval=20"],
  ...["--set", "train.eval_windows=4"],
  ...["--set", "train.sample_interval=20"],
  ...["--set", "train.checkpoint_interval=5"],
  ...["--set", "sample.max_new_tokens=24"],
];

function start(args: readonly string[]): {
  child: ChildProcess;
  done: Promise<{ code: number | null; output: string }>;
} {
  const child = spawn(process.execPath, ["scripts/node-entry.mjs", "headless", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout?.on("data", (data) => {
    output += data;
  });
  child.stderr?.on("data", (data) => {
    output += data;
  });
  const done = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on("exit", (code) => resolve({ code, output }));
  });
  return { child, done };
}

type Row = Record<string, number>;

/** Logged lines without the clock, which is the one thing that may differ. */
async function readRows(out: string, log = "metrics"): Promise<Row[]> {
  const text = await readFile(join(out, `${log}.jsonl`), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const { seconds: _, "perf/tokens_per_second": __, ...row } = JSON.parse(line) as Row;
      return row;
    });
}

describe("headless", () => {
  it("trains, logs every step, evaluates, samples, and gives the same bits again", async () => {
    const outs = [join(folder, "a"), join(folder, "b")];
    for (const out of outs) {
      const { code, output } = await start([NANO, ...SMALL, "--out", out]).done;
      expect(code, output).toBe(0);
    }
    const [a, b] = await Promise.all(outs.map((out) => readRows(out)));
    expect(a).toEqual(b);
    expect(a?.map((row) => row.step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(a?.filter((row) => "val/loss" in row).map((row) => row.step)).toEqual([20, 40]);
    expect((a?.at(-1)?.["val/loss"] ?? 9) < (a?.[0]?.["train/loss"] ?? 0)).toBe(true);
    const [samplesA, samplesB] = await Promise.all(outs.map((out) => readRows(out, "samples")));
    expect(samplesA).toEqual(samplesB);
    expect(samplesA?.length).toBe(2);
    const summary = JSON.parse(await readFile(join(outs[0] as string, "summary.json"), "utf8"));
    expect(summary).toMatchObject({ phase: "done", step: 40 });
  });

  it("continues bit for bit after --steps and --resume", async () => {
    const out = join(folder, "c");
    expect((await start([NANO, ...SMALL, "--steps", "13", "--out", out]).done).code).toBe(0);
    expect((await readRows(out)).length).toBe(13);
    expect((await start(["--resume", out]).done).code).toBe(0);
    expect(await readRows(out)).toEqual(await readRows(join(folder, "a")));
  });

  it("continues bit for bit after a kill", async () => {
    const out = join(folder, "d");
    const { child, done } = start([NANO, ...SMALL, "--out", out]);
    // Kill as soon as something is there to lose: a checkpoint and steps beyond it.
    for (;;) {
      const rows = await readRows(out).catch(() => []);
      if (rows.length >= 8 || child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGKILL");
    expect((await done).code).toBeNull();
    const { code, output } = await start(["--resume", out]).done;
    expect(code, output).toBe(0);
    expect(await readRows(out)).toEqual(await readRows(join(folder, "a")));
  });

  it("uses the kernels of a table that was measured here, and of no other", async () => {
    const gpu = await Gpu.open(navigator.gpu, { retries: 20 });
    const adapter = adapterName(gpu);
    gpu.close();
    const table = async (name: string, contents: object): Promise<string[]> => {
      const file = join(folder, name);
      await writeFile(file, JSON.stringify(contents));
      return ["--variants", file];
    };
    const rows = { "attention/narrow.short": "plain", "matmul/few.nn": "shuffle" };
    const out = join(folder, "tuned");
    const args = [NANO, ...SMALL, "--steps", "2", "--out", out];
    const ran = await start([...args, ...(await table("here.json", { adapter, rows }))]).done;
    expect(ran.code, ran.output).toBe(0);
    const record = JSON.parse(await readFile(join(out, "run.json"), "utf8"));
    expect(record.variants).toMatchObject(rows);
    expect(record.device).toBe(adapter.description);

    const theirs = await table("there.json", { adapter: { ...adapter, vendor: "another" }, rows });
    const refused = await start([...args, ...theirs]).done;
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(
      /bad-config: .*there\.json must have been measured on this adapter/,
    );
    // What was there is still there.
    expect(await readRows(out)).toHaveLength(2);
    const resumed = await start(["--resume", out, ...theirs]).done;
    expect(resumed.code).toBe(1);
    expect(resumed.output).toContain("keeps the kernels it was begun with");
  });

  it("learns in 200 steps of the nanoGPT setting what it always learnt", async () => {
    const out = join(folder, "nanogpt");
    const { code, output } = await start([
      "configs/presets/language/nanogpt-shakespeare-cpu.yaml",
      ...["--set", "data.dataset=tinyworld"],
      ...["--set", "train.eval_interval=200"],
      ...["--set", "train.eval_windows=120"],
      ...["--steps", "200"],
      ...["--out", out],
    ]).done;
    expect(code, output).toBe(0);
    const last = (await readRows(out)).at(-1);
    expect(last?.step).toBe(200);
    // 1.833 when it was written; a guess by letter frequency is 2.8.
    expect(last?.["val/loss"]).toBeLessThan(1.87);
  }, 400_000);

  it.each([
    [
      "an impossible value",
      ["--set", "model.n_heads=5"],
      "bad-config: ",
      "n_heads must divide d_model",
    ],
    ["an unknown key", ["--set", "model.width=5"], "bad-config: ", "width"],
    [
      "a missing file",
      ["--set", "data.dataset=file", "--set", "data.path=nowhere.txt"],
      "bad-data: ",
      "nowhere.txt",
    ],
    ["an unknown option", ["--fast", "yes"], "bad-config: ", "--fast"],
    [
      "a run that cannot fit",
      ["--set", "train.batch_size=4096", "--set", "model.n_ctx=100000"],
      "out-of-memory: The run needs at least ",
      "train.batch_size",
    ],
  ])("refuses %s with one clear message", async (_, args, code, part) => {
    const { code: exit, output } = await start([NANO, ...args, "--out", join(folder, "x")]).done;
    expect(exit).toBe(1);
    expect(output).toContain(code);
    expect(output).toContain(part);
  });

  it.each([
    ["empty", "", "is empty"],
    ["binary", "\u0000\u0001\u0002".repeat(500), "looks binary"],
    ["of one character", "a".repeat(5000), "at least two different characters"],
    ["too short", "hello", "must fill one window"],
  ])("refuses a file that is %s", async (name, text, part) => {
    const path = join(folder, `${name}.txt`);
    await writeFile(path, text);
    const args = ["--set", "data.dataset=file", "--set", `data.path=${path}`];
    const { code, output } = await start([NANO, ...args, "--out", join(folder, "y")]).done;
    expect(code).toBe(1);
    expect(output).toContain("bad-data: ");
    expect(output).toContain(part);
  });

  it("stops at a non-finite loss, names step and tensor, keeps the last good checkpoint", async () => {
    const out = join(folder, "z");
    const args = [
      "--set",
      "optim.learning_rate=10",
      "--set",
      "optim.optimizer=sgd",
      "--set",
      "optim.grad_clip=0",
      "--set",
      "optim.warmup_steps=0",
    ];
    const wild = [...args, "--set", "optim.weight_decay=10", "--set", "optim.momentum=0.999"];
    const { code, output } = await start([
      NANO,
      ...SMALL,
      ...wild,
      "--set",
      "train.max_steps=4000",
      "--set",
      "train.sample_interval=0",
      "--set",
      "train.eval_interval=0",
      "--set",
      "train.checkpoint_interval=1",
      "--out",
      out,
    ]).done;
    expect(code, output).toBe(1);
    expect(output).toMatch(
      /non-finite: The loss must be finite; at step \d+ it was not\. The first tensor/,
    );
    const summary = JSON.parse(await readFile(join(out, "summary.json"), "utf8"));
    expect(summary.fault.code).toBe("non-finite");
    const resumed = await start(["--resume", out, "--steps", "1"]).done;
    expect(resumed.code, resumed.output).toBe(0);
  });
});
