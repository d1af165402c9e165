// npm run evidence -- [name] [--data FILE]
// The long runs behind published numbers. Finished cells are kept in runs/evidence and a started one
// is resumed, so it may be stopped at any time. Writes docs/evidence/NAME.md.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import { validationWindows } from "../data/batches.ts";
import { NgramModel } from "../data/corpora/ngram.ts";
import { generateText, judgeAnswer, questionPrompts } from "../data/corpora/tinyworld/tinyworld.ts";
import { Generator } from "../generate/generator.ts";
import { LanguageRun } from "../runtime/language-run.ts";
import { validationsIn } from "../runtime/metric-log.ts";
import { installDawn } from "./dawn.ts";
import type { Evidence, Row } from "./evidence/evidence.ts";
import { kills } from "./evidence/kills.ts";
import { soak } from "./evidence/soak.ts";
import { FolderDatasetStore } from "./folder-dataset-store.ts";
import { FolderStore } from "./folder-store.ts";
import { NodeFile } from "./node-file.ts";

const ROOT = "runs/evidence";
/** Questions that the answers are counted on: enough for two percent of error. */
const QUESTIONS = 500;
const ANSWER_TOKENS = 12;
const ANSWER_BATCH = 20;

/** Trains a preset to its end, from its last checkpoint where there is one. */
async function train(
  gpu: Gpu,
  folder: string,
  preset: string,
  over: { seed: number; data?: string; precision?: "32-true" | "16-mixed" },
): Promise<LanguageRun> {
  const plain = parse(await readFile(`configs/presets/language/${preset}.yaml`, "utf8")) as Record<
    string,
    unknown
  >;
  plain.seed = over.seed;
  if (over.precision) plain.train = { ...(plain.train as object), precision: over.precision };
  const parsed = parseLanguageConfig(plain);
  if (!parsed.ok) throw new FaultError("bad-config", JSON.stringify(parsed.issues));
  const store = new FolderStore(folder);
  const checkpoint = await store.loadCheckpoint(preset);
  const file = over.data ? await NodeFile.at(over.data) : undefined;
  const run: LanguageRun = new LanguageRun(
    {
      runId: preset,
      config: parsed.config,
      ...(file ? { file } : {}),
      ...(checkpoint ? { checkpoint } : {}),
    },
    {
      gpu,
      store,
      datasets: new FolderDatasetStore(join(folder, "datasets")),
      now: () => performance.now(),
      emit(event) {
        if (event.type === "metrics")
          for (const { step, loss } of validationsIn(event.batch))
            console.log(`  step ${step}: validation ${loss.toFixed(4)} nats`);
        if (event.type === "fault") throw new FaultError(event.fault.code, event.fault.message);
      },
    },
  );
  const phase = await run.run();
  if (phase !== "done") throw new FaultError("internal", `The run ended as "${phase}".`);
  return run;
}

const EVIDENCE: Readonly<Record<string, Evidence>> = {
  soak,
  kills,
  tinyworld: {
    title: "TinyWorld holds more than neighbours tell",
    claim:
      "Asked: on held-out text `micro` beats an interpolated 5-gram of the same tokens by at least 0.15 nats per token, and at least 80 % of its answers are right.",
    data: null,
    cells: () =>
      [1].map((seed) => ({
        name: `micro, seed ${seed}`,
        async run(gpu, folder) {
          const run = await train(gpu, folder, "micro", { seed });
          const { trainer, model, tokenizer } = run.result;
          const { config } = run.options;
          const training = tokenizer.encode(generateText(seed, config.data.characters, "train"));
          const held = tokenizer.encode(generateText(seed, 400_000, "validation"));
          const grams = new NgramModel(training, tokenizer.vocabSize, 5).crossEntropy(held);
          const { loss } = await trainer.evaluate(
            validationWindows(held, trainer.options.contextLength),
            0,
          );
          const capacity = trainer.options.contextLength;
          const generator = await Generator.create(gpu, {
            config: model,
            weights: trainer.parameters,
            batch: ANSWER_BATCH,
            capacity,
          });
          const questions = questionPrompts(seed, QUESTIONS, "validation");
          let right = 0;
          for (let first = 0; first < questions.length; first += ANSWER_BATCH) {
            const batch = questions.slice(first, first + ANSWER_BATCH);
            const answers = await generator.generate({
              prompts: batch.map(({ prompt }) =>
                Array.from(tokenizer.encode(prompt)).slice(-(capacity - ANSWER_TOKENS)),
              ),
              maxNewTokens: ANSWER_TOKENS,
              seed: 1,
              sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
            });
            batch.forEach(({ prompt }, row) => {
              const [line = ""] = tokenizer.decode(answers[row] ?? []).split("\n");
              if (judgeAnswer(prompt, line.trim())) right++;
            });
          }
          generator.destroy();
          run.destroy();
          return {
            "5-gram (nats/token)": grams.toFixed(4),
            "micro (nats/token)": loss.toFixed(4),
            "difference (nats/token)": (grams - loss).toFixed(4),
            "answers right": `${((100 * right) / questions.length).toFixed(1)} %`,
            steps: config.train.max_steps,
          };
        },
      })),
  },
  shakespeare: {
    title: "As well as a known reference",
    claim:
      "Asked: `language/nanogpt-shakespeare-cpu.yaml` ends with a loss of at most 1.90 nats over the whole validation part (nanoGPT publishes 1.88 on random batches).",
    data: "the text of nanoGPT's shakespeare_char",
    cells: (data) =>
      [1337, 1338, 1339].map((seed) => ({
        name: `seed ${seed}`,
        async run(gpu, folder) {
          const run = await train(gpu, folder, "nanogpt-shakespeare-cpu", { seed, data });
          const rows = (await new FolderStore(folder).readLog("", "metrics")) as Record<
            string,
            number
          >[];
          run.destroy();
          return { "validation (nats)": (rows.at(-1)?.["val/loss"] ?? Number.NaN).toFixed(4) };
        },
      })),
  },
  "mixed-precision": {
    title: "Half of every number is enough",
    claim:
      "Asked: with `train.precision: 16-mixed`, `nano` ends within 1 % of the validation loss of 32-true, seed by seed (the whole held-out text).",
    data: null,
    cells: () =>
      [1, 2, 3].flatMap((seed) =>
        (["32-true", "16-mixed"] as const).map((precision) => ({
          name: `${precision}, seed ${seed}`,
          async run(gpu, folder) {
            const run = await train(gpu, folder, "nano", { seed, precision });
            const { trainer, tokenizer } = run.result;
            const held = tokenizer.encode(generateText(seed, 400_000, "validation"));
            const windows = validationWindows(held, trainer.options.contextLength);
            const { loss } = await trainer.evaluate(windows, 0);
            const rows = (await new FolderStore(folder).readLog("", "metrics")) as Record<
              string,
              number
            >[];
            const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2);
            const activations = trainer.bufferSizes.reduce((sum, size) => sum + size, 0);
            run.destroy();
            return {
              "validation (nats)": loss.toFixed(4),
              "activations (MB)": megabytes(activations),
              "all (MB)": megabytes(trainer.plannedBytes),
              "steps skipped": rows.reduce((sum, row) => sum + (row["train/skipped"] ?? 0), 0),
              "last loss scale": rows.at(-1)?.["train/loss_scale"] ?? "none",
            };
          },
        })),
      ),
  },
};

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const dataAt = args.indexOf("--data");
  const data = dataAt >= 0 ? (args[dataAt + 1] ?? null) : null;
  const names = args.filter((_, i) => dataAt < 0 || (i !== dataAt && i !== dataAt + 1));
  for (const name of names)
    if (!(name in EVIDENCE))
      throw new FaultError(
        "bad-config",
        `There is no evidence "${name}"; there is ${Object.keys(EVIDENCE).join(", ")}.`,
      );
  const gpu = await Gpu.open(installDawn());
  for (const [name, evidence] of Object.entries(EVIDENCE)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(evidence.title);
    if (evidence.data !== null && data === null)
      throw new FaultError(
        "bad-config",
        `This evidence needs ${evidence.data}.`,
        "Give it with --data FILE.",
      );
    const rows: { cell: string; row: Row }[] = [];
    for (const cell of evidence.cells(data ?? "")) {
      const folder = join(ROOT, name, cell.name.replaceAll(/[^a-z0-9]+/gi, "-"));
      await mkdir(folder, { recursive: true });
      const done = join(folder, "cell.json");
      let row: Row;
      try {
        row = JSON.parse(await readFile(done, "utf8")) as Row;
      } catch {
        row = await cell.run(gpu, folder);
        await writeFile(done, JSON.stringify(row));
      }
      rows.push({ cell: cell.name, row });
      console.log(`  ${cell.name}: ${JSON.stringify(row)}`);
    }
    await writeTable(name, evidence, rows, evidence.device ?? gpu.adapterInfo.description);
  }
  gpu.close();
}

async function writeTable(
  name: string,
  { title, claim, data }: Evidence,
  rows: readonly { cell: string; row: Row }[],
  device: string,
): Promise<void> {
  const columns = Object.keys(rows[0]?.row ?? {});
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  const text = [
    `# ${title}`,
    "",
    claim,
    "",
    `\`npm run evidence -- ${name}${data === null ? "" : " --data FILE"}\`, ${device}, ${new Date().toISOString().slice(0, 10)}`,
    "",
    line(["run", ...columns]),
    line(["---", ...columns.map(() => "---:")]),
    ...rows.map(({ cell, row }) => line([cell, ...columns.map((column) => row[column] ?? "")])),
    "",
  ].join("\n");
  await mkdir("docs/evidence", { recursive: true });
  await writeFile(`docs/evidence/${name}.md`, text);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const { code, message, hint } = faultOf(error);
    console.error(`${code}: ${message}${hint ? `\n${hint}` : ""}`);
    process.exit(1);
  },
);
