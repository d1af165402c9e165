// Tensors that are known when a graph is traced and never change: rotary tables, index ranges.
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import type { BufferRange } from "../../kernels/core/program.ts";
import { bytesOf, type DType, type Shape } from "../../kernels/core/shape.ts";
import type { Graph, TracedValue } from "./graph.ts";

type Data = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

export class Constants {
  readonly #graph: Graph;
  readonly #byName = new Map<string, { value: TracedValue; data: () => Data }>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** The constant of this name; what `data` makes when it is uploaded, where it was asked for first. */
  get(name: string, shape: Shape, dtype: DType, data: () => Data): Value {
    let entry = this.#byName.get(name);
    if (!entry) {
      entry = { value: this.#graph.persistent(name, { shape, dtype }), data };
      this.#byName.set(name, entry);
    }
    return entry.value;
  }

  /** Uploads all of them. @returns where they live, and the buffers to free. */
  upload(gpu: Gpu): { places: Map<Value, BufferRange>; buffers: GPUBuffer[] } {
    const places = new Map<Value, BufferRange>();
    const buffers: GPUBuffer[] = [];
    for (const [name, { value, data }] of this.#byName) {
      const bytes = bytesOf(value.spec);
      const buffer = gpu.createBuffer(
        name,
        bytes,
        GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
      );
      places.set(value, { buffer, offset: 0, bytes });
      buffers.push(buffer);
      if (gpu.isDry) continue;
      const numbers = data();
      if (bytes !== numbers.byteLength)
        throw new Error(
          `constant ${name} holds ${bytes} bytes; its data has ${numbers.byteLength}`,
        );
      gpu.device.queue.writeBuffer(buffer, 0, numbers);
    }
    return { places, buffers };
  }
}
