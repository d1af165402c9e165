// Small buffers that live as long as whoever trains with them, by name: sums, flags, settings, staging.
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { bytesOf, type TensorSpec } from "../../kernels/core/shape.ts";
import type { Graph } from "./graph.ts";

export class Scratch {
  readonly #byName = new Map<string, GPUBuffer>();
  readonly #owned: GPUBuffer[] = [];

  constructor(readonly gpu: Gpu) {}

  /**
   * A persistent value of a graph whose place is the beginning of the buffer of this name.
   *
   * @param size bytes of the buffer, where it holds more than the value.
   */
  bind(
    graph: Graph,
    places: Map<Value, BufferRange>,
    name: string,
    spec: TensorSpec,
    size = bytesOf(spec),
  ): Value {
    const bytes = bytesOf(spec);
    const value = graph.persistent(name, spec);
    places.set(value, { buffer: this.named(name, size), offset: 0, bytes });
    return value;
  }

  /** The buffer of this name, made the first time. */
  named(name: string, bytes: number): GPUBuffer {
    let buffer = this.#byName.get(name);
    if (!buffer) {
      const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
      buffer = this.gpu.createBuffer(name, bytes, STORAGE | COPY_SRC | COPY_DST);
      this.#byName.set(name, buffer);
      this.#owned.push(buffer);
    }
    return buffer;
  }

  /** @throws Error if there is none of this name. */
  buffer(name: string): GPUBuffer {
    const buffer = this.#byName.get(name);
    if (!buffer) throw new Error(`no buffer is called "${name}"`);
    return buffer;
  }

  /** Takes buffers that others made, to free them with its own. */
  own(buffers: readonly GPUBuffer[]): void {
    this.#owned.push(...buffers);
  }

  destroy(): void {
    for (const buffer of this.#owned.splice(0)) this.gpu.destroyBuffer(buffer);
    this.#byName.clear();
  }
}
