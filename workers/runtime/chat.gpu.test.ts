// A folder with a chat template, opened and asked: alone, and in the middle of its training.
import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { GenerateRequest } from "../api/models.ts";
import type { RunEvent } from "../api/runs.ts";
import type { ComputeApi } from "../api/studio.ts";
import { createCharacterTokenizer } from "../data/tokenizers/character.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { droppedFolder, memoryModels } from "../testing/memory-models.ts";
import { MemoryStore, MemoryTuningStore } from "../testing/memory-store.ts";
import { encode, type Files, filesOf } from "../testing/model-files.ts";
import { Studio } from "./studio.ts";

/** All 97 ids that the model writes: 95 characters, two signs. */
const LETTERS = ["\n", ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(32 + i))];
const tokenizer = createCharacterTokenizer(LETTERS, {
  specials: { bos: "<start>", eos: "<end>" },
});
const chat_template =
  "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system role') }}{% endif %}{{ m.role + ': ' + m.content + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ 'model: ' }}{% endif %}";
const filesWith = (eos_token_id: unknown, config: object = { chat_template }): Files => ({
  ...filesOf("llama"),
  "tokenizer.json": encode(tokenizer.toJSON()),
  "tokenizer_config.json": encode({ ...tokenizer.toConfig(), ...config }),
  "generation_config.json": encode({ eos_token_id }),
});
const request = (over: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompt: "",
  messages: [{ role: "user", content: "hi" }],
  max_new_tokens: 24,
  temperature: 0,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  repetition_penalty: 1.3,
  seed: 1,
  ...over,
});

const createStudio = (): ComputeApi =>
  new Studio(
    {
      runs: new MemoryStore(),
      datasets: new MemoryDatasetStore(),
      models: memoryModels(),
      tunings: new MemoryTuningStore(),
    },
    () => navigator.gpu,
    (value) => value,
  );
const resultOf = async <T>(
  outcome: ReturnType<() => Promise<{ ok: true; value: T } | { ok: false }>>,
) => {
  const result = await outcome;
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};
const load = async (studio: ComputeApi, files: Files) =>
  resultOf(studio.models.add("chat", droppedFolder(files), () => {}));

describe("a chat with a loaded model", () => {
  it("is answered, and ends at the tokens of generation_config.json", async () => {
    const studio = createStudio();
    const { modelId, hasChatTemplate } = await load(studio, filesWith(null));
    expect(hasChatTemplate).toBe(true);
    const { text } = await resultOf(studio.models.generate(modelId, request(), () => {}));
    expect(text.length).toBeGreaterThan(8);
    const ask = (over: Partial<GenerateRequest>) =>
      resultOf(studio.models.generate(modelId, request(over), () => {}));
    // The same tokens as a prompt give the same answer: the chat has one BOS and no more.
    const prompt = "<start>user: hi<end>model: ";
    const { messages: _, ...plain } = request({ prompt });
    expect(
      (await resultOf(studio.models.generate(modelId, plain, () => {}))).text.replaceAll(
        /<\w+>/g,
        "",
      ),
    ).toBe(text);
    expect((await ask({ messages: [{ role: "user", content: "ho" }] })).text).not.toBe(text);

    const last = text[5] as string;
    const stops = [tokenizer.encode("~").at(0), tokenizer.encode(last)[0]];
    const stopping = await load(studio, filesWith(stops.filter((id) => id !== undefined)));
    const ended = await resultOf(studio.models.generate(stopping.modelId, request(), () => {}));
    expect(ended.text).toBe(text.slice(0, text.indexOf(last) + 1));
  });

  it("is refused where the template refuses it, and where there is none", async () => {
    const studio = createStudio();
    const { modelId } = await load(studio, filesWith(null));
    const messages = [{ role: "system", content: "be kind" }];
    expect(await studio.models.generate(modelId, request({ messages }), () => {})).toMatchObject({
      ok: false,
      fault: { code: "bad-config", message: expect.stringContaining("No system role") },
    });
    const plain = await load(studio, filesWith(null, {}));
    expect(plain.hasChatTemplate).toBe(false);
    expect(await studio.models.generate(plain.modelId, request(), () => {})).toMatchObject({
      ok: false,
      fault: { code: "bad-model", hint: expect.stringContaining("text to continue") },
    });
  });

  it("goes on in a run that starts from the model, whose files keep the template", async () => {
    const studio = createStudio();
    const { modelId } = await load(studio, filesWith([3]));
    const parsed = parseLanguageConfig({
      lab: "language",
      data: { dataset: "file", path: "a.txt" },
      model: { n_layers: 1, d_model: 16, n_heads: 2, n_ctx: 32 },
      train: { max_steps: 2, batch_size: 1, eval_interval: 2, eval_windows: 1, sample_interval: 0 },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const file = new File(["the cat sat on the mat. ".repeat(60)], "a.txt");
    const samples: Extract<RunEvent, { type: "sample" }>[] = [];
    const { runId, done } = await new Promise<{ runId: string; done: Promise<void> }>((started) => {
      let finish = () => {};
      const done = new Promise<void>((go) => {
        finish = go;
      });
      void resultOf(
        studio.runs.start({ config: parsed.config, modelId, file }, ({ event }) => {
          if (event.type === "phase" && ["done", "failed"].includes(event.phase)) finish();
          if (event.type === "sample") samples.push(event);
        }),
      ).then(({ runId }) => started({ runId, done }));
    });
    await done;
    await resultOf(studio.runs.sample(runId, request({ max_new_tokens: 4 })));
    await expect.poll(() => samples.some((sample) => sample.done), { timeout: 30_000 }).toBe(true);
    expect(samples[0]?.prompt).toBe("<start>user: hi<end>model: ");
    const refused = request({ messages: [{ role: "system", content: "" }] });
    expect(await studio.runs.sample(runId, refused)).toMatchObject({
      fault: { code: "bad-config" },
    });

    const saved = await resultOf(studio.models.files({ runId }));
    const config = saved.find(({ path }) => path === "tokenizer_config.json");
    expect(JSON.parse((await config?.content.text()) ?? "")).toMatchObject({ chat_template });
    expect(saved.map(({ path }) => path)).toContain("generation_config.json");
  });
});
