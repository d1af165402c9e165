// What can be said of a run before it starts.
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import { FaultError } from "../../../kernels/core/fault.ts";
import type { PlannedText, PlannedTime, PlanProblem, RunPlan } from "../../api/plan.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { modelFromSection } from "../../nn/from-config.ts";
import { findFixes } from "./fixes.ts";
import { countParameters, type Layout, layOutRun, leastMemory, type PlanDevice } from "./layout.ts";
import {
  budgetOf,
  largeProblem,
  layoutProblem,
  type Machine,
  memoryProblem,
  textProblem,
} from "./problems.ts";
import { correctionFor, modelTime, type Speed, within } from "./step-time.ts";
import { vocabularyOf } from "./vocabulary.ts";

export interface PlanInputs {
  readonly config: LanguageConfig;
  readonly device: PlanDevice;
  readonly machine: Machine;
  readonly speed: Speed;
  /** A loaded model that the run starts from: its size and vocabulary are given. */
  readonly model?: ModelConfig;
  readonly text?: PlannedText;
  /** What to change is looked for as well, where something is in the way; true where absent. */
  readonly withFixes?: boolean;
}

/** A plan, and what the device's model says of its step: what a measured run is held against. */
export interface Planned {
  readonly plan: RunPlan;
  readonly modelMs: number | null;
}

/** Never throws for what a config asks: what is in the way stands in `problems`. */
export async function planRun(inputs: PlanInputs): Promise<Planned> {
  const { config, device, text } = inputs;
  const vocabulary = inputs.model
    ? { size: inputs.model.vocabSize, isExact: true }
    : vocabularyOf(config, text);
  const model = inputs.model ?? modelFromSection(config.model, vocabulary.size);
  const { layout, memory, problem } = await tryLayout(inputs, model);
  const short = textProblem(config, text);
  const large = device.profile.adapterClass === "gpu" && !problem ? largeProblem(memory) : null;
  const modelMs = layout ? modelTime(layout.step, inputs.speed) : null;
  const tokensPerStep =
    config.train.batch_size *
    config.train.gradient_accumulation_steps *
    Math.min(config.model.n_ctx, model.nCtx);
  const plan: RunPlan = {
    parameters: layout?.parameters ?? countParameters(model),
    vocabulary,
    tokensPerStep,
    memory,
    plannedBytes: layout?.plannedBytes ?? null,
    dispatchesPerStep: layout?.dispatchesPerStep ?? null,
    checkpointBytes: layout?.checkpointBytes ?? memory.weights + memory.optimiser,
    time: layout && modelMs !== null ? timeOf(layout, modelMs, inputs) : null,
    problems: [problem, short, large].filter((each): each is PlanProblem => each !== null),
  };
  return { plan, modelMs };
}

interface Tried {
  readonly layout: Layout | null;
  readonly memory: RunPlan["memory"];
  readonly problem: PlanProblem | null;
}

async function tryLayout(inputs: PlanInputs, model: ModelConfig): Promise<Tried> {
  const { config, device, machine } = inputs;
  const budget = budgetOf(device, machine);
  const fixes = (limit: number | null) =>
    inputs.withFixes === false
      ? []
      : findFixes({ config, model, device, budget: limit, isLoaded: inputs.model !== undefined });
  const least = leastMemory(config, model);
  // What is hopeless is not laid out: it could take minutes.
  if (least.total > budget)
    return {
      layout: null,
      memory: least,
      problem: memoryProblem(least, device, machine, await fixes(budget)),
    };
  try {
    const layout = await layOutRun(config, model, device);
    const { memory } = layout;
    const problem =
      memory.total > budget ? memoryProblem(memory, device, machine, await fixes(budget)) : null;
    return { layout, memory, problem };
  } catch (error) {
    return { layout: null, memory: least, problem: layoutProblem(error, await fixes(budget)) };
  }
}

/** Windows of an evaluation where all of an unknown text are asked for. */
const UNKNOWN_WINDOWS = 500;

function timeOf(layout: Layout, modelMs: number, { config, speed, text }: PlanInputs): PlannedTime {
  const { train, sample, model } = config;
  const { factor, spread, basis } = correctionFor(modelMs, speed);
  const stepMs = modelMs * factor;
  const times = (interval: number): number =>
    interval > 0 ? Math.floor(train.max_steps / interval) : 0;
  const validation = text?.validationTokens;
  const all = validation === undefined ? UNKNOWN_WINDOWS : Math.ceil(validation / model.n_ctx);
  const windows = train.eval_windows === 0 ? all : Math.min(train.eval_windows, all);
  const evaluations = Math.max(1, times(train.eval_interval));
  const evaluationMs =
    evaluations * Math.ceil(windows / train.batch_size) * modelTime(layout.evaluation, speed);
  const writingMs =
    times(train.sample_interval) * sample.max_new_tokens * modelTime(layout.token, speed);
  const runMs = train.max_steps * stepMs + (evaluationMs + writingMs) * factor;
  return {
    step: within(stepMs, spread),
    run: within(runMs, spread),
    basis,
    isMeasuring: false,
  };
}

/** @throws FaultError the first problem that no run can get past. */
export function refuseWhatCannotRun({ problems }: RunPlan): void {
  const fatal = problems.find(({ isFatal }) => isFatal);
  if (fatal) throw new FaultError(fatal.fault.code, fatal.fault.message, fatal.fault.hint);
}
