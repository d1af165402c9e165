// Looking inside as the page does it: while a run trains, while it rests, when it is over, and without one.
import { describe, expect, it } from "vitest";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import type { Look } from "../api/inspect.ts";
import type { Outcome } from "../api/outcome.ts";
import type { RunEvent } from "../api/runs.ts";
import { createCharacterTokenizer } from "../data/tokenizers/character.ts";
import type { Checkpoint } from "../storage/run-store.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { droppedFolder, memoryModels } from "../testing/memory-models.ts";
import { MemoryStore, MemoryTuningStore } from "../testing/memory-store.ts";
import { encode, type Files, filesOf } from "../testing/model-files.ts";
import { Studio } from "./studio.ts";

const TEXT = "the cat sat on the mat. the dog sat on the log.\n";

function configOf(train: Record<string, unknown> = {}): LanguageConfig {
  const parsed = parseLanguageConfig({
    lab: "language",
    data: { dataset: "file", path: "cats.txt" },
    model: { family: "llama", n_layers: 2, d_model: 16, n_heads: 2, n_kv_heads: 1, n_ctx: 32 },
    optim: { learning_rate: 0.01, warmup_steps: 2 },
    train: {
      max_steps: 60,
      batch_size: 2,
      eval_interval: 0,
      sample_interval: 0,
      checkpoint_interval: 0,
      checkpoint_seconds: 0,
      ...train,
    },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

function createStudio() {
  const store = new MemoryStore();
  const transferred: ArrayBuffer[] = [];
  const studio = new Studio(
    {
      runs: store,
      datasets: new MemoryDatasetStore(),
      models: memoryModels(),
      tunings: new MemoryTuningStore(),
    },
    () => navigator.gpu,
    (value, buffers) => {
      transferred.push(...buffers);
      return value;
    },
  );
  return { studio, store, transferred };
}

async function startRun({ studio }: ReturnType<typeof createStudio>, config = configOf()) {
  const waiting: { test: (event: RunEvent) => boolean; go: () => void }[] = [];
  const until = (test: (event: RunEvent) => boolean) =>
    new Promise<void>((go) => waiting.push({ test, go }));
  const phase = (name: string) => until((e) => e.type === "phase" && e.phase === name);
  const running = phase("running");
  const done = phase("done");
  const file = new File([TEXT.repeat(100)], "cats.txt");
  const started = valueIn(
    await studio.runs.start({ config, file }, ({ event }) => {
      for (const item of waiting.filter(({ test }) => test(event))) item.go();
    }),
  );
  return { target: started, ...started, phase, running, done };
}

function valueIn<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.fault.message);
  return outcome.value;
}
const shown = (outcome: Outcome<Look | null>): Look => {
  const look = valueIn(outcome);
  if (!look) throw new Error("the look was superseded");
  return look;
};

describe("looking into a run", () => {
  it("changes none of its bits, and sees its weights of one moment", async () => {
    const alone = createStudio();
    const plain = await startRun(alone);
    await plain.done;

    const watched = createStudio();
    const { studio } = watched;
    const run = await startRun(watched);
    await run.running;
    let isOver = false;
    void run.done.then(() => {
      isOver = true;
    });
    const looks: Look[] = [];
    const texts = ["the cat", "the dog sat on", "a mat"];
    while (!isOver) {
      const look = shown(
        await studio.inspect.look({ target: run.target, text: texts[looks.length % 3] as string }),
      );
      looks.push(look);
      // What is asked later is of the weights that the look saw: the lens ends in what the look said.
      const lens = valueIn(await studio.inspect.logitLens(run.target, look.lookId));
      const [T, k] = [look.ids.length, lens?.k ?? 0];
      expect(lens?.topProbabilities.slice(2 * T * k, 2 * T * k + k)).toEqual(
        look.topProbabilities.slice(0, k),
      );
      expect(
        valueIn(await studio.inspect.attention(run.target, look.lookId, { layer: 1, head: 1 })),
      ).not.toBeNull();
    }
    const steps = looks.map(({ step }) => step as number);
    expect(steps.length).toBeGreaterThan(3);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps[0]).toBeLessThan(60);

    const last = ({ store }: typeof alone, runId: string): Checkpoint => {
      const checkpoint = store.checkpoints.get(runId)?.at(-1);
      if (!checkpoint) throw new Error("no checkpoint");
      return checkpoint;
    };
    const [a, b] = [last(alone, plain.runId), last(watched, run.runId)];
    expect(b.meta.step).toBe(60);
    expect(b.parts.map(({ name }) => name)).toEqual(a.parts.map(({ name }) => name));
    for (const [i, part] of a.parts.entries())
      expect(Buffer.from(b.parts[i]?.bytes ?? []).equals(Buffer.from(part.bytes)), part.name).toBe(
        true,
      );
    const losses = ({ store }: typeof alone) =>
      (store.logs.metrics as Record<string, number>[]).map((row) => row["train/loss"]);
    expect(losses(watched)).toEqual(losses(alone));
  });

  it.each(["32-true", "16-mixed"])(
    "gives the losses that its evaluation gives, resting and over (%s)",
    async (precision) => {
      const made = createStudio();
      const { studio, transferred } = made;
      const run = await startRun(made, configOf({ precision }));
      const paused = run.phase("paused");
      await studio.runs.pause(run.runId);
      await paused;
      const { trainer, tokenizer } = studio.runs.get(run.runId).result;
      const text = TEXT.slice(0, 33);
      const ids = Array.from(tokenizer.encode(text));
      const compare = async () => {
        const look = shown(
          await studio.inspect.look({ target: run.target, text: text.slice(0, 32) }),
        );
        expect(look.step).toBe(trainer.step);
        expect(look.model).toMatchObject({
          family: "llama",
          layers: 2,
          heads: 2,
          contextLength: 32,
        });
        expect([...look.ids].map((id) => look.pieces[id]).join("")).toBe(text.slice(0, 32));
        expect(look.isAltered).toBe(false);
        const { loss } = await trainer.evaluate(
          {
            contextLength: 32,
            windowCount: 2,
            predictions: 62,
            // The last token of a window has a target too; a look has none beyond its text.
            batchAt: () => ({
              inputs: Uint32Array.from([...ids.slice(0, 32), ...ids.slice(0, 32)]),
              targets: Int32Array.from([...ids.slice(1, 32), -100, ...ids.slice(1, 32), -100]),
            }),
          },
          2,
        );
        const mean = look.loss.slice(0, -1).reduce((sum, l) => sum + l, 0) / 31;
        // Evaluation of a mixed run reads weights rounded to f16; a look reads the f32 ones.
        const tolerance = precision === "16-mixed" ? 5e-3 : 2e-6;
        expect(Math.abs(mean - loss)).toBeLessThanOrEqual(tolerance * loss);
        expect(transferred).toContain(look.loss.buffer);
        return loss;
      };
      const early = await compare();
      await studio.runs.resume(run.runId);
      await run.done;
      expect(await compare()).toBeLessThan(early);
    },
  );

  it("is told what is missing: a run that still prepares, a text without tokens, a run that is gone", async () => {
    const made = createStudio();
    const { studio } = made;
    const run = await startRun(made, configOf({ max_steps: 2 }));
    expect(await studio.inspect.look({ target: run.target, text: "the" })).toMatchObject({
      ok: false,
      fault: { code: "bad-config", message: expect.stringContaining("still preparing") },
    });
    await run.done;
    expect(await studio.inspect.look({ target: run.target, text: "" })).toMatchObject({
      ok: false,
      fault: { code: "bad-config", message: expect.stringContaining("at least one token") },
    });
    const gpu = studio.runs.get(run.runId).result.trainer.gpu;
    // Letters that the text never had are left out, and it is said so.
    const altered = shown(await studio.inspect.look({ target: run.target, text: "THE cat" }));
    expect([...altered.ids].map((id) => altered.pieces[id]).join("")).toBe(" cat");
    expect(altered.isAltered).toBe(true);
    const look = shown(await studio.inspect.look({ target: run.target, text: "the cat" }));
    const live = gpu.counters.liveBytes;
    expect(valueIn(await studio.inspect.close(run.target))).toBeNull();
    // What was asked of a look that was closed is not answered.
    expect(valueIn(await studio.inspect.logitLens(run.target, look.lookId))).toBeNull();
    await expect.poll(() => gpu.counters.liveBytes).toBeLessThan(live);
    expect(shown(await studio.inspect.look({ target: run.target, text: "the cat" })).loss).toEqual(
      look.loss,
    );
    await studio.runs.delete(run.runId);
    expect(await studio.inspect.look({ target: run.target, text: "the" })).toMatchObject({
      ok: false,
      fault: { code: "internal", message: expect.stringContaining("no run") },
    });
    await expect.poll(() => gpu.counters.liveBytes).toBe(0);
    gpu.assertHealthy();
  });
});

describe("looking into a loaded model", () => {
  const tokenizer = createCharacterTokenizer(
    ["\n", ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(32 + i))],
    { specials: { bos: "<start>", eos: "<end>" } },
  );
  const chat_template =
    "{{ bos_token }}{% for m in messages %}{{ m.role + ': ' + m.content + eos_token }}{% endfor %}";
  const load = async ({ studio }: ReturnType<typeof createStudio>, files: Files) =>
    valueIn(await studio.models.add("little", droppedFolder(files), () => {}));

  it("reads a text and a chat, and says what it lacks without a tokenizer", async () => {
    const made = createStudio();
    const { studio } = made;
    const { modelId } = await load(made, {
      ...filesOf("llama"),
      "tokenizer.json": encode(tokenizer.toJSON()),
      "tokenizer_config.json": encode({ ...tokenizer.toConfig(), chat_template }),
    });
    const target = { modelId };
    const look = shown(await studio.inspect.look({ target, text: "hi" }));
    expect(look.step).toBeNull();
    const chat = shown(
      await studio.inspect.look({ target, text: "", messages: [{ role: "user", content: "hi" }] }),
    );
    expect([...chat.ids].map((id) => chat.pieces[id]).join("")).toBe("<start>user: hi<end>");
    expect(chat.specials).toEqual([0, chat.ids.length - 1]);
    const near = valueIn(
      await studio.inspect.neighbours(target, chat.lookId, {
        tokenId: chat.ids[1] as number,
        matrix: "unembed",
        by: "cosine",
        isCentred: true,
      }),
    );
    expect(near?.length).toBe(20);

    const bare = await load(made, filesOf("llama"));
    expect(await studio.inspect.look({ target: bare, text: "hi" })).toMatchObject({
      ok: false,
      fault: { code: "bad-model", message: expect.stringContaining("needs a tokenizer") },
    });
  });
});
