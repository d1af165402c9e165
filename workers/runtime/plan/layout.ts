// A run laid out on a dry device: everything it would allocate and dispatch, by the code that does it.
import type { LanguageConfig } from "../../../configs/schema/language.ts";
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import { Gpu } from "../../../kernels/core/gpu.ts";
import type { Work } from "../../../kernels/core/profile.ts";
import { sizeOf } from "../../../kernels/core/shape.ts";
import type { PlannedMemory } from "../../api/plan.ts";
import { validationWindows } from "../../data/batches.ts";
import { Generator } from "../../generate/generator.ts";
import { type ModelConfig, parametersOf } from "../../nn/config.ts";
import { OPTIMISERS } from "../../optim/optimisers.ts";
import { LanguageTrainer } from "../language-trainer.ts";
import { generatorOptionsOf, trainerOptionsOf } from "../run-options.ts";

/** What a plan is told of the device. */
export interface PlanDevice {
  readonly profile: AdapterProfile;
  readonly adapterInfo: GPUAdapterInfo;
}

export interface Layout {
  readonly parameters: number;
  readonly memory: PlannedMemory;
  readonly plannedBytes: number;
  readonly dispatchesPerStep: number;
  readonly checkpointBytes: number;
  /** Dispatches of a step, of evaluating one batch, of writing one token. */
  readonly step: readonly Work[];
  readonly evaluation: readonly Work[];
  readonly token: readonly Work[];
}

/** Deeper models are laid out with two numbers of layers, from which the rest follows. */
const MOST_LAYERS = 24;
/** Every pattern of layers of every family repeats within so many. */
const PERIOD = 6;

/** Lets other work of this thread go first. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Lays a run out, without a GPU: some ten milliseconds for a small model, a hundred for a deep one.
 *
 * @throws what the same calls throw on the real device: FaultError `out-of-memory`, `missing-feature`...
 */
export async function layOutRun(
  config: LanguageConfig,
  model: ModelConfig,
  device: PlanDevice,
): Promise<Layout> {
  if (model.nLayers <= MOST_LAYERS) return layOut(config, model, device);
  const less = await layOut(config, withLayers(model, PERIOD), device);
  await breathe();
  const more = await layOut(config, withLayers(model, 2 * PERIOD), device);
  return extended(less, more, model);
}

async function layOut(
  config: LanguageConfig,
  model: ModelConfig,
  { profile, adapterInfo }: PlanDevice,
): Promise<Layout> {
  const gpu = Gpu.dry(profile, adapterInfo);
  const trainer = await LanguageTrainer.create(gpu, trainerOptionsOf(config, model, profile));
  await breathe();
  // No windows: the evaluator is made, and nothing evaluated.
  const windows = validationWindows(new Int32Array(2), trainer.options.contextLength);
  await trainer.evaluate({ ...windows, windowCount: 0 }, 0);
  const writes = config.train.sample_interval > 0;
  const generator = writes
    ? await Generator.create(gpu, {
        ...generatorOptionsOf(trainer.options, profile),
        weights: trainer.parameters,
      })
    : null;
  const weights = trainer.parameters.bytes;
  const halves = config.train.precision === "16-mixed" ? weights / 2 : 0;
  const moments = OPTIMISERS[config.optim.optimizer].state(config.optim).length;
  const activations = trainer.bufferSizes.reduce((sum, bytes) => sum + bytes, 0);
  const total = gpu.counters.liveBytes;
  return {
    parameters: trainer.parameterCount,
    memory: {
      weights: weights + halves,
      optimiser: weights * (1 + moments),
      activations,
      rest: total - weights * (2 + moments) - halves - activations,
      total,
      counted: "exact",
    },
    plannedBytes: trainer.plannedBytes,
    dispatchesPerStep: trainer.dispatchesPerStep,
    checkpointBytes: trainer.checkpointBytes,
    step: trainer.work,
    evaluation: trainer.evaluationWork,
    token: generator?.decodeWork ?? [],
  };
}

const withLayers = (model: ModelConfig, nLayers: number): ModelConfig => ({
  ...model,
  nLayers,
  windows: model.windows?.slice(0, nLayers) ?? null,
});

/** Layouts of two models that differ in a period of layers, carried on to all layers. */
function extended(less: Layout, more: Layout, model: ModelConfig): Layout {
  const periods = (model.nLayers - 2 * PERIOD) / PERIOD;
  const on = (a: number, b: number): number => Math.round(b + periods * (b - a));
  const works = (a: readonly Work[], b: readonly Work[]): readonly Work[] => {
    // One entry that stands for what the layers between add, as often as there are such periods.
    const added = b.length - a.length;
    const sum = (list: readonly Work[], key: keyof Work) =>
      list.reduce((all, each) => all + each[key], 0);
    const each: Work = {
      flops: (sum(b, "flops") - sum(a, "flops")) / Math.max(1, added),
      bytes: (sum(b, "bytes") - sum(a, "bytes")) / Math.max(1, added),
    };
    return [...b, ...Array.from({ length: Math.round(added * periods) }, () => each)];
  };
  const memory = { ...less.memory } as { -readonly [K in keyof PlannedMemory]: PlannedMemory[K] };
  for (const key of ["weights", "optimiser", "activations", "rest", "total"] as const)
    memory[key] = on(less.memory[key], more.memory[key]);
  return {
    parameters: countParameters(model),
    memory: { ...memory, counted: "nearly" },
    plannedBytes: on(less.plannedBytes, more.plannedBytes),
    dispatchesPerStep: on(less.dispatchesPerStep, more.dispatchesPerStep),
    checkpointBytes: on(less.checkpointBytes, more.checkpointBytes),
    step: works(less.step, more.step),
    evaluation: works(less.evaluation, more.evaluation),
    token: works(less.token, more.token),
  };
}

export const countParameters = (model: ModelConfig): number =>
  parametersOf(model).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/**
 * What no plan can do without: weights, gradients, moments, logits, and of each block its residual and what
 * the MLP keeps of its inner width (the residual alone where blocks are computed again).
 */
export function leastMemory(config: LanguageConfig, model: ModelConfig): PlannedMemory {
  const { train, optim } = config;
  const parameters = countParameters(model);
  const moments = OPTIMISERS[optim.optimizer].state(optim).length;
  const isMixed = train.precision === "16-mixed";
  const width = isMixed ? 2 : 4;
  const tokens = train.batch_size * Math.min(config.model.n_ctx, model.nCtx);
  const perBlock = 4 * model.dModel + (train.recompute ? 0 : width * model.dMlp);
  const weights = parameters * (isMixed ? 6 : 4);
  const optimiser = parameters * 4 * (1 + moments);
  const activations = tokens * (4 * model.vocabSize + model.nLayers * perBlock);
  return {
    weights,
    optimiser,
    activations,
    rest: 0,
    total: weights + optimiser + activations,
    counted: "at-least",
  };
}
