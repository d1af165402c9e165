// Norms by part of the model, of those steps that looked at them, wait on the GPU as the numbers of all steps do
// (metrics-ring.ts).
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import type { NormsPass } from "../optim/norms-pass.ts";

/** L2 norms by part of the model; NaN for one with a number that is not finite. */
export interface StepNorms {
  /** Optimiser steps done before. */
  readonly step: number;
  /** Of the step's gradient, before clipping. */
  readonly gradients: Readonly<Record<string, number>>;
  /** Of the parameters that the step began with. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** Steps that may be looked at between two drains. */
const SLOTS = 64;

export class NormsRing {
  readonly #buffer: GPUBuffer;
  readonly #steps: number[] = [];
  /** Numbers of a slot: a sum for each part twice, and the loss scale. */
  readonly #width: number;
  #next = 0;

  /** @param factor what gradients are read times: 1 / micro-batches. */
  constructor(
    readonly gpu: Gpu,
    readonly pass: NormsPass,
    private readonly factor: number,
  ) {
    this.#width = 2 * pass.parts.length + 1;
    this.#buffer = gpu.createBuffer(
      "norms",
      SLOTS * this.#width * 4,
      GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
  }

  /** Whether the next step that looks needs a drain first. */
  get full(): boolean {
    return this.#steps.length === SLOTS;
  }

  /**
   * Records computing a step's norms: between its backward pass and its update.
   *
   * @param scaler what the step's loss was multiplied by, or null in every step.
   */
  record(encoder: GPUCommandEncoder, step: number, scaler: BufferRange | null): void {
    this.pass.encode(encoder);
    const { gradients, parameters } = this.pass.places;
    const offset = (this.#next % SLOTS) * this.#width * 4;
    const { bytes } = gradients;
    const copy = (from: BufferRange, to: number, length: number): void =>
      encoder.copyBufferToBuffer(from.buffer, from.offset, this.#buffer, offset + to, length);
    copy(gradients, 0, bytes);
    copy(parameters, bytes, bytes);
    if (scaler) copy(scaler, 2 * bytes, 4);
    this.#steps.push(step);
    this.#next++;
  }

  /** Reads what was recorded since the last drain. Waits for the GPU to get there. */
  async drain(): Promise<readonly StepNorms[]> {
    const steps = this.#steps.splice(0);
    const first = this.#next - steps.length;
    if (steps.length === 0) return [];
    const words = new Float32Array(await this.gpu.read(this.#buffer));
    const { parts } = this.pass;
    return steps.map((step, i) => {
      const at = ((first + i) % SLOTS) * this.#width;
      // A scale is never 0; a word that was never written is.
      const scale = words[at + 2 * parts.length] || 1;
      const norms = (offset: number, factor: number) =>
        Object.fromEntries(
          parts.map((part, p) => [part, Math.sqrt(words[at + offset + p] as number) * factor]),
        );
      return {
        step,
        gradients: norms(0, this.factor / scale),
        parameters: norms(parts.length, 1),
      };
    });
  }

  destroy(): void {
    this.pass.destroy();
    this.gpu.destroyBuffer(this.#buffer);
  }
}
