// One optimiser step over whole parameter pages, compiled once and replayed: the global gradient norm
// and its clipping, what becomes of a step whose gradient is not finite, then the update.
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { f32, type TensorSpec, u32 } from "../../kernels/core/shape.ts";
import { latchNonFinite } from "../../kernels/ops/finite/finite.ts";
import {
  COUNT_COLUMNS,
  countedHyper,
  type LossScaleAttrs,
  SCALER,
  unscaleHyper,
  updateScale,
} from "../../kernels/ops/loss-scale/loss-scale.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import type { Pages } from "../engine/pages.ts";
import { Scratch } from "../engine/scratch.ts";
import {
  clipHyper,
  countRules,
  emitClip,
  groupBlocks,
  HYPER_SHAPE,
  hyperRows,
  type OptimiserConfig,
  type StateName,
} from "./optimiser.ts";
import { OPTIMISERS } from "./optimisers.ts";

export interface OptimiserPassOptions {
  readonly config: OptimiserConfig;
  /** Largest global norm of the gradient; 0 turns clipping off. */
  readonly maxNorm: number;
  /** What gradients are multiplied by first: 1 / micro-batches, for their mean. */
  readonly gradScale: number;
  readonly parameters: Pages;
  readonly gradients: Pages;
  /** A page set for each name that the optimiser's `state` asks for. */
  readonly states: ReadonlyMap<StateName, Pages>;
  /** Where the loss was scaled. Without: a gradient that is not finite stops every later step. */
  readonly lossScale?: LossScale;
  /** What plans are told of the device; its own profile where absent. */
  readonly profile?: AdapterProfile;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Dynamic loss scaling of the steps: a gradient that is not finite skips one, and makes the scale smaller. */
export interface LossScale {
  readonly settings: LossScaleAttrs;
  /** State of the scaler, f32 [4]: see kernels/ops/loss-scale. */
  readonly scaler: BufferRange;
  /** f32 [1]; once it is not finite, no step moves anything. */
  readonly loss: BufferRange;
}

export class OptimiserPass {
  private constructor(
    private readonly config: OptimiserConfig,
    private readonly executable: Executable,
    private readonly hyper: Value,
    private readonly clip: Value,
    private readonly scratch: Scratch,
  ) {}

  /**
   * Traces, plans and compiles the step for these pages.
   *
   * @throws FaultError `out-of-memory` or `shader-error`.
   */
  static async compile(gpu: Gpu, options: OptimiserPassOptions): Promise<OptimiserPass> {
    const { config, parameters, gradients, states } = options;
    const { layout } = parameters;
    const optimiser = OPTIMISERS[config.optimizer];
    const scratch = new Scratch(gpu);
    try {
      const g = new Graph();
      const places = new Map<Value, BufferRange>();
      const pagesOf = (source: Pages, label: string): Value[] =>
        layout.pageElements.map((elements, page) => {
          const value = g.persistent(`${label}/${page}`, f32([elements]));
          places.set(value, source.pageRange(page));
          return value;
        });
      const hyper = g.input("hyper", f32(HYPER_SHAPE));
      const latch = scratch.bind(g, places, "latch", u32([1]));
      const settings = scratch.bind(g, places, "clip_hyper", f32([2]));
      const { queue } = gpu.device;
      const { maxNorm, gradScale } = options;
      queue.writeBuffer(scratch.buffer("clip_hyper"), 0, clipHyper(maxNorm, gradScale));
      const p = pagesOf(parameters, "parameters");
      const d = pagesOf(gradients, "gradients");
      const moments = [...states].map(([name, pages]) => [name, pagesOf(pages, name)] as const);
      const { clip, rows } = emitGuard(g, places, scratch, options, { d, settings, latch, hyper });
      for (const [page, elements] of layout.pageElements.entries()) {
        const tensors = layout.tensors.filter((tensor) => tensor.page === page);
        const blocks = groupBlocks(optimiser, config, tensors, elements);
        const groups = scratch.bind(g, places, `groups/${page}`, u32([blocks.length]));
        queue.writeBuffer(scratch.buffer(`groups/${page}`), 0, blocks);
        const at = (values: readonly Value[]): Value => values[page] as Value;
        const state = Object.fromEntries(moments.map(([name, values]) => [name, at(values)]));
        optimiser.emit(
          g,
          { p: at(p), g: at(d), state, groups, hyper: rows, clip, tensors },
          config,
        );
      }
      const executable = await Executable.compile(gpu, "optimiser", g, [clip], {
        persistent: places,
        ...(options.profile ? { profile: options.profile } : {}),
        ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      });
      return new OptimiserPass(config, executable, hyper, clip, scratch);
    } catch (error) {
      scratch.destroy();
      throw error;
    }
  }

  /** Sets what changes between steps: bias corrections and the learning rate. Written before the submit. */
  write(step: number, learningRate: number): void {
    const rows = hyperRows(OPTIMISERS[this.config.optimizer], this.config, step, learningRate);
    this.executable.write(this.hyper, rows);
  }

  get program(): Executable["program"] {
    return this.executable.program;
  }

  get schedule(): Executable["schedule"] {
    return this.executable.schedule;
  }

  encode(encoder: GPUCommandEncoder): void {
    this.executable.encode(encoder);
  }

  /** Where the step leaves its clip factor and gradient norm, f32 [2]. */
  get clipPlace(): BufferRange {
    return this.executable.place(this.clip);
  }

  destroy(): void {
    this.executable.destroy();
    this.scratch.destroy();
  }
}

/**
 * What decides whether a step moves anything: norm and clip factor, and the rows of `hyper` to move by.
 * A norm that is not finite tells every later dispatch to leave things as they are.
 */
function emitGuard(
  g: Graph,
  places: Map<Value, BufferRange>,
  scratch: Scratch,
  { config, lossScale }: OptimiserPassOptions,
  {
    d,
    settings,
    latch,
    hyper,
  }: {
    readonly d: readonly Value[];
    readonly settings: Value;
    readonly latch: Value;
    readonly hyper: Value;
  },
): { readonly clip: Value; readonly rows: Value } {
  const one = (values: readonly Value[], i = 0): Value => values[i] as Value;
  if (!lossScale)
    return {
      clip: one(g.emit(latchNonFinite, [emitClip(g, d, settings), latch], {})),
      rows: hyper,
    };
  const bind = (name: string, spec: TensorSpec, range: BufferRange): Value => {
    const value = g.persistent(name, spec);
    places.set(value, range);
    return value;
  };
  const scaler = bind("scaler", SCALER, lossScale.scaler);
  const loss = bind("loss", f32([1]), lossScale.loss);
  const rules = scratch.bind(g, places, "count_rules", f32([HYPER_SHAPE[0], COUNT_COLUMNS]));
  const table = countRules(OPTIMISERS[config.optimizer], config);
  scratch.gpu.device.queue.writeBuffer(scratch.buffer("count_rules"), 0, table);
  const unscaled = one(g.emit(unscaleHyper, [settings, scaler], {}));
  const clip = emitClip(g, d, unscaled);
  // Both read the scaler, which the last one changes.
  const rows = one(g.emit(countedHyper, [hyper, scaler, rules], {}));
  return {
    clip: one(g.emit(updateScale, [loss, scaler, clip, latch], lossScale.settings), 1),
    rows,
  };
}
