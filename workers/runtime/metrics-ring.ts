// Numbers of each step stay on the GPU in a ring and are read back together about ten times a second:
// a training step never waits for the host.
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { BufferRange } from "../../kernels/core/program.ts";

export interface StepMetrics {
  /** Optimiser steps done before this one: the first is 0. */
  readonly step: number;
  readonly loss: number;
  /** NaN where the step was skipped. */
  readonly gradNorm: number;
  /** What the loss of the next step is multiplied by, where it is scaled; else null. */
  readonly lossScale: number | null;
}

/** Steps that may pass between two drains. */
const SLOTS = 512;
const SLOT_BYTES = 16;

export class MetricsRing {
  readonly #buffer: GPUBuffer;
  #first = 0;
  #count = 0;

  constructor(readonly gpu: Gpu) {
    this.#buffer = gpu.createBuffer(
      "metrics",
      SLOTS * SLOT_BYTES,
      GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
  }

  /** Steps recorded and not drained yet. */
  get pending(): number {
    return this.#count;
  }

  /** Whether the next step needs a drain first. */
  get full(): boolean {
    return this.#count === SLOTS;
  }

  /**
   * Records copying a step's numbers; steps must come in order.
   *
   * @param scaler the loss scale, or null in every step.
   */
  record(
    encoder: GPUCommandEncoder,
    step: number,
    loss: BufferRange,
    clip: BufferRange,
    scaler: BufferRange | null,
  ): void {
    if (this.#count === 0) this.#first = step;
    const offset = (step % SLOTS) * SLOT_BYTES;
    encoder.copyBufferToBuffer(loss.buffer, loss.offset, this.#buffer, offset, 4);
    encoder.copyBufferToBuffer(clip.buffer, clip.offset, this.#buffer, offset + 4, 8);
    if (scaler)
      encoder.copyBufferToBuffer(scaler.buffer, scaler.offset, this.#buffer, offset + 12, 4);
    this.#count++;
  }

  /** Reads what was recorded since the last drain. Waits for the GPU to get there. */
  async drain(): Promise<readonly StepMetrics[]> {
    const first = this.#first;
    const count = this.#count;
    this.#count = 0;
    this.#first = first + count;
    if (count === 0) return [];
    const words = new Float32Array(await this.gpu.read(this.#buffer));
    return Array.from({ length: count }, (_, i) => {
      const at = ((first + i) % SLOTS) * (SLOT_BYTES / 4);
      // A scale is never 0; a word that was never written is.
      return {
        step: first + i,
        loss: words[at] as number,
        gradNorm: words[at + 1] as number,
        lossScale: words[at + 3] || null,
      };
    });
  }

  destroy(): void {
    this.gpu.destroyBuffer(this.#buffer);
  }
}
