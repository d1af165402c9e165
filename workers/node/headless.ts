// npm run headless -- CONFIG.yaml [--set key=value]... [--steps N] [--seed S] [--out DIR] [--resume DIR] [--variants FILE]
// The same job as the page's, without a page. Writes metrics.jsonl, samples.jsonl, summary.json and
// checkpoint/ into the folder.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import type { VariantRows } from "../api/device.ts";
import type { RunEvent } from "../api/runs.ts";
import { folderOfBytes } from "../interop/files.ts";
import { readHandedTokenizer } from "../runtime/handed-tokenizer.ts";
import { LanguageRun } from "../runtime/language-run.ts";
import { validationsIn } from "../runtime/metric-log.ts";
import { modelFiles } from "../runtime/model-folder.ts";
import { refuseWhatCannotRun } from "../runtime/plan/plan-run.ts";
import { RunPlanner } from "../runtime/plan/run-planner.ts";
import { adapterName, rowsOfFile } from "../runtime/variant-table.ts";
import { MemorySpeedStore } from "../storage/speed-store.ts";
import { installDawn } from "./dawn.ts";
import { FolderDatasetStore } from "./folder-dataset-store.ts";
import { FolderStore } from "./folder-store.ts";
import { machineHere } from "./machine.ts";
import { NodeFile } from "./node-file.ts";

interface Options {
  readonly config: string | null;
  readonly sets: readonly string[];
  readonly steps: number | null;
  readonly seed: number | null;
  readonly out: string | null;
  readonly resume: string | null;
  readonly model: string | null;
  readonly variants: string | null;
}

const USAGE =
  "usage: npm run headless -- CONFIG.yaml [--set key=value]... [--steps N] [--seed S] [--out DIR] [--resume DIR] [--variants FILE] [--save-model DIR]";

function parseArguments(args: readonly string[]): Options {
  let config: string | null = null;
  const sets: string[] = [];
  const named: Record<string, string> = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (!arg.startsWith("--")) {
      if (config !== null)
        throw new FaultError("bad-config", `One config; "${arg}" is a second.`, USAGE);
      config = arg;
      continue;
    }
    const value = args[++i];
    if (value === undefined) throw new FaultError("bad-config", `${arg} needs a value.`, USAGE);
    if (arg === "--set") sets.push(value);
    else if (["--steps", "--seed", "--out", "--resume", "--variants", "--save-model"].includes(arg))
      named[arg] = value;
    else throw new FaultError("bad-config", `Unknown option ${arg}.`, USAGE);
  }
  const whole = (name: string): number | null => {
    const text = named[name];
    if (text === undefined) return null;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new FaultError("bad-config", `${name} must be a whole number; it is "${text}".`, USAGE);
    return value;
  };
  const resume = named["--resume"] ?? null;
  if (config === null && resume === null)
    throw new FaultError("bad-config", "Name a config, or a folder to resume.", USAGE);
  const variants = named["--variants"] ?? null;
  if (resume !== null && variants !== null)
    throw new FaultError(
      "bad-config",
      "--variants is for a run that begins; one that is resumed keeps the kernels it was begun with.",
      "Leave --variants out, or start a new run.",
    );
  return {
    config,
    sets,
    steps: whole("--steps"),
    seed: whole("--seed"),
    out: named["--out"] ?? null,
    resume,
    model: named["--save-model"] ?? null,
    variants,
  };
}

/** `train.max_steps=200` into plain data; values are YAML. */
function applySet(data: Record<string, unknown>, assignment: string): void {
  const at = assignment.indexOf("=");
  if (at <= 0)
    throw new FaultError("bad-config", `--set takes key=value; it got "${assignment}".`, USAGE);
  const path = assignment.slice(0, at).split(".");
  const last = path.pop() as string;
  let target = data;
  for (const key of path) {
    if (typeof target[key] !== "object" || target[key] === null) target[key] = {};
    target = target[key] as Record<string, unknown>;
  }
  target[last] = parse(assignment.slice(at + 1));
}

async function readConfig(options: Options): Promise<LanguageConfig> {
  const path = options.config as string;
  let data: unknown;
  try {
    data = parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new FaultError(
      "bad-config",
      `${path} must be a YAML file; ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const plain = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
  for (const assignment of options.sets) applySet(plain, assignment);
  if (options.seed !== null) plain.seed = options.seed;
  const parsed = parseLanguageConfig(plain);
  if (!parsed.ok)
    throw new FaultError(
      "bad-config",
      `${path} must be a valid config; ${parsed.issues.map(({ path: at, message }) => `${at}: ${message}`).join("; ")}.`,
      "Correct these fields.",
    );
  return parsed.config;
}

/** A file that a config names: as given, or beside the config. */
async function findFile(field: string, path: string, configPath: string | null): Promise<NodeFile> {
  const candidates = [
    resolve(path),
    ...(configPath && !isAbsolute(path) ? [join(dirname(configPath), path)] : []),
  ];
  for (const candidate of candidates) {
    try {
      return await NodeFile.at(candidate);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
    }
  }
  throw new FaultError(
    "bad-data",
    `${field} must name a file; ${candidates.join(" and ")} do not exist.`,
    `Give it with --set ${field}=FILE.`,
  );
}

/** The tokenizer that a config names, with what lies beside it. */
async function readTokenizer(config: LanguageConfig, configPath: string | null) {
  const { tokenizer, tokenizer_path: path } = config.data;
  if (tokenizer !== "file" || path === undefined) return undefined;
  const { path: found } = await findFile("data.tokenizer_path", path, configPath);
  const folder = new Map<string, Uint8Array>();
  for (const name of await readdir(dirname(found)))
    if (/^(tokenizer_config|special_tokens_map|generation_config)\.json$|\.jinja$/.test(name))
      folder.set(name, await readFile(join(dirname(found), name)));
  folder.set("tokenizer.json", await readFile(found));
  return readHandedTokenizer(folderOfBytes(folder));
}

/** The kernel rows of a file that `npm run bench -- tune` wrote on this adapter. */
async function readVariants(path: string, gpu: Gpu): Promise<VariantRows> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new FaultError(
      "bad-config",
      `${path} must be a file of JSON; ${error instanceof Error ? error.message : String(error)}.`,
      "Make one with: npm run bench -- tune --out FILE",
    );
  }
  return rowsOfFile(data, adapterName(gpu), path);
}

/** As the page does: what cannot fit is refused before anything is made or given way. */
async function refuseImpossible(
  gpu: Gpu,
  config: LanguageConfig,
  variants: VariantRows,
): Promise<void> {
  const planner = new RunPlanner(new MemorySpeedStore(), machineHere(), () => true);
  refuseWhatCannotRun((await planner.plan(gpu, variants, { config })).plan);
}

async function main(): Promise<number> {
  const options = parseArguments(process.argv.slice(2));
  const out = options.resume ?? options.out ?? "runs/headless";
  const store = new FolderStore(out);
  const runId = basename(resolve(out));
  const checkpoint = options.resume ? await store.loadCheckpoint(runId) : null;
  if (options.resume && !checkpoint)
    throw new FaultError(
      "storage",
      `${options.resume} must hold a checkpoint; it holds none.`,
      "Start a run with --out first.",
    );
  const config = checkpoint ? checkpoint.meta.config : await readConfig(options);
  // A run that is resumed has its text; the file is for one that was made before that was so.
  const { path } = config.data;
  const isOnFile = config.data.dataset === "file" && path !== undefined;
  const file =
    isOnFile && !checkpoint ? await findFile("data.path", path, options.config) : undefined;
  const tokenizer = checkpoint ? undefined : await readTokenizer(config, options.config);
  const gpu = await Gpu.open(installDawn());
  // Before the run that was there gives way.
  const variants = options.variants === null ? {} : await readVariants(options.variants, gpu);
  await refuseImpossible(gpu, config, variants);
  if (!checkpoint) {
    if (await store.loadCheckpoint(runId))
      console.log(
        `The run that was in ${out} gives way to this one; --resume would go on with it.`,
      );
    await store.deleteRun(runId);
  }

  const started = performance.now();
  const events: {
    fault: Extract<RunEvent, { type: "fault" }> | null;
    lastValidation: number | null;
    ready: Extract<RunEvent, { type: "ready" }> | null;
  } = { fault: null, lastValidation: null, ready: null };
  let lastLine = 0;
  const run: LanguageRun = new LanguageRun(
    {
      runId,
      config,
      variants,
      ...(file ? { file } : {}),
      ...(tokenizer ? { tokenizer } : {}),
      ...(checkpoint ? { checkpoint } : {}),
      ...(options.steps === null ? {} : { stopAfterStep: options.steps }),
    },
    {
      gpu,
      store,
      datasets: new FolderDatasetStore(join(out, "datasets")),
      now: () => performance.now(),
      emit(event) {
        if (event.type === "fault") events.fault = event;
        // What the disk refused before is on it now.
        if (event.type === "checkpoint") events.fault = null;
        if (event.type === "warning") report(event.fault);
        if (event.type === "ready") events.ready = event;
        if (event.type === "ready")
          console.log(
            `${event.parameters} parameters, vocabulary ${event.vocabSize}, ${event.trainTokens} + ${event.validationTokens} tokens, ${event.dispatchesPerStep} dispatches per step, ${event.plannedBytes} GPU bytes, ${event.device.description}`,
          );
        if (event.type === "metrics")
          for (const { step, loss, bitsPerByte } of validationsIn(event.batch)) {
            events.lastValidation = loss;
            console.log(
              `step ${step}: val/loss ${loss.toFixed(4)}, ${bitsPerByte.toFixed(4)} bits per byte`,
            );
          }
        if (event.type === "metrics" && performance.now() - lastLine > 2000) {
          lastLine = performance.now();
          const { batch } = event;
          const i = batch.step.length - 1;
          const rate = (batch.tokens[i] ?? 0) / (batch.seconds[i] || 1);
          console.log(
            `step ${batch.step[i]}: train/loss ${batch.series["train/loss"]?.[i]?.toFixed(4)}, ${Math.round(rate)} tokens/s`,
          );
        }
      },
    },
  );
  gpu.onFault(() => run.stop());
  process.once("SIGINT", () => run.stop());
  const phase = await run.run();
  const summary = {
    phase,
    step: run.step,
    "val/loss": events.lastValidation,
    seconds: (performance.now() - started) / 1000,
    device: gpu.adapterInfo.description,
    counters: gpu.counters,
    config,
    ...(events.ready ? { ready: events.ready } : {}),
    ...(events.fault ? { fault: events.fault.fault } : {}),
  };
  await writeFile(join(out, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  if (options.model && phase !== "failed") {
    const { trainer, model, tokenizer } = run.result;
    await mkdir(options.model, { recursive: true });
    for (const [name, parts] of await modelFiles(model, trainer.parameters, tokenizer))
      await writeFile(join(options.model, name), parts);
  }
  if (events.fault) report(events.fault.fault);
  else {
    const loss = events.lastValidation;
    console.log(
      `${phase} at step ${run.step} of ${config.train.max_steps}${loss === null ? "" : `, val/loss ${loss.toFixed(4)}`}; ${summary.seconds.toFixed(1)} s; written to ${out}`,
    );
  }
  run.destroy();
  return phase === "failed" || events.fault ? 1 : 0;
}

function report(error: unknown): void {
  const fault =
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    "message" in error &&
    !(error instanceof Error)
      ? (error as ReturnType<typeof faultOf>)
      : faultOf(error);
  console.error(`${fault.code}: ${fault.message}${fault.hint ? `\n${fault.hint}` : ""}`);
  if (error instanceof Error && fault.code === "internal") console.error(error.stack);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    report(error);
    process.exit(1);
  },
);
