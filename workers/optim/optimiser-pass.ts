// One optimiser step over whole parameter pages, compiled once and replayed: the global gradient norm
// and its clipping, the latch that skips a step whose gradient is not finite, then the update.
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { f32, u32 } from "../../kernels/core/shape.ts";
import { latchNonFinite } from "../../kernels/ops/finite/finite.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import type { Pages } from "../engine/pages.ts";
import { Scratch } from "../engine/scratch.ts";
import {
  clipHyper,
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
  readonly onProgress?: (done: number, total: number) => void;
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
      const clip = g.emit(latchNonFinite, [emitClip(g, d, settings), latch], {})[0] as Value;
      for (const [page, elements] of layout.pageElements.entries()) {
        const tensors = layout.tensors.filter((tensor) => tensor.page === page);
        const blocks = groupBlocks(optimiser, config, tensors, elements);
        const groups = scratch.bind(g, places, `groups/${page}`, u32([blocks.length]));
        queue.writeBuffer(scratch.buffer(`groups/${page}`), 0, blocks);
        const at = (values: readonly Value[]): Value => values[page] as Value;
        const state = Object.fromEntries(moments.map(([name, values]) => [name, at(values)]));
        optimiser.emit(g, { p: at(p), g: at(d), state, groups, hyper, clip, tensors }, config);
      }
      const executable = await Executable.compile(gpu, "optimiser", g, [clip], {
        persistent: places,
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
