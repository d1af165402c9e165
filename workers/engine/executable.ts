// A schedule with real buffers: compiled once, replayed every step.
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import { type BufferRange, type PlacedDispatch, Program } from "../../kernels/core/program.ts";
import { bytesOf } from "../../kernels/core/shape.ts";
import type { Graph, TracedValue } from "./graph.ts";
import { type Schedule, type Storage, scheduleGraph } from "./schedule.ts";

export interface CompileOptions {
  /** Where persistent values live. */
  readonly persistent?: ReadonlyMap<Value, BufferRange>;
  /** Kernels compiled so far, out of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const SHARED_USAGE = () =>
  GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

export class Executable {
  #destroyed = false;

  private constructor(
    readonly gpu: Gpu,
    readonly label: string,
    readonly schedule: Schedule,
    readonly program: Program,
    readonly buffers: readonly GPUBuffer[],
    readonly places: ReadonlyMap<TracedValue, BufferRange>,
  ) {}

  /**
   * Schedules, allocates and compiles a graph.
   *
   * @param outputs values that can be read after a replay.
   * @throws FaultError `out-of-memory` naming the graph and its planned bytes, or `shader-error`.
   */
  static async compile(
    gpu: Gpu,
    label: string,
    graph: Graph,
    outputs: readonly Value[],
    options: CompileOptions = {},
  ): Promise<Executable> {
    const schedule = scheduleGraph(graph, outputs as readonly TracedValue[], gpu.profile);
    const buffers: GPUBuffer[] = [];
    const rangeOf = (storage: Storage): BufferRange => {
      if (storage.persistent) {
        const range = options.persistent?.get(storage.persistent);
        if (!range)
          throw new Error(`${label}: persistent value ${storage.label} was given no place`);
        return range;
      }
      return {
        buffer: buffers[storage.buffer] as GPUBuffer,
        offset: 0,
        bytes: storage.bytes,
      };
    };
    try {
      return await gpu.guarded(label, async () => {
        schedule.buffers.forEach((bytes, i) => {
          buffers.push(gpu.createBuffer(`${label}/${i}`, bytes, SHARED_USAGE()));
        });
        const placed = schedule.steps.flatMap((step) =>
          step.plan.dispatches.map((dispatch): PlacedDispatch => {
            const find = (name: string) => {
              const found = step.storages.get(name);
              if (!found)
                throw new Error(`${step.label}: the plan binds "${name}", which it does not have`);
              return found;
            };
            return {
              dispatch,
              label: step.label,
              locate: (name) => {
                const { storage, spec } = find(name);
                return { ...rangeOf(storage), bytes: bytesOf(spec) };
              },
              elementBytes: (name) => (find(name).spec.dtype === "f16" ? 2 : 4),
            };
          }),
        );
        const program = await Program.build(gpu, label, placed, options.onProgress);
        const places = new Map<TracedValue, BufferRange>();
        for (const [value, storage] of schedule.placeOf)
          places.set(value, { ...rangeOf(storage), bytes: bytesOf(value.spec) });
        return new Executable(gpu, label, schedule, program, buffers, places);
      });
    } catch (error) {
      for (const buffer of buffers) gpu.destroyBuffer(buffer);
      throw error;
    }
  }

  /** Where a value lives. @throws Error when nothing needed it, so that it was never computed. */
  place(value: Value): BufferRange {
    const range = this.places.get((value as TracedValue).root);
    if (!range) throw new Error(`${this.label}: ${(value as TracedValue).name} is not in the plan`);
    return range;
  }

  /** Whether an input is used at all: writing one that is not would have no place to go. */
  has(value: Value): boolean {
    return this.places.has((value as TracedValue).root);
  }

  /** Writes an input before the next submit. An input that nothing reads is ignored. */
  write(value: Value, data: ArrayBufferView<ArrayBuffer>): void {
    const range = this.places.get((value as TracedValue).root);
    if (!range) return;
    if (data.byteLength !== range.bytes)
      throw new FaultError(
        "internal",
        `${(value as TracedValue).name} holds ${range.bytes} bytes; ${data.byteLength} were given.`,
      );
    this.gpu.device.queue.writeBuffer(
      range.buffer,
      range.offset,
      data.buffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  /** Records the whole program as one compute pass. */
  encode(encoder: GPUCommandEncoder): void {
    const pass = encoder.beginComputePass();
    this.program.encode(pass);
    pass.end();
  }

  /** One replay as one submit. */
  run(): void {
    const encoder = this.gpu.device.createCommandEncoder({ label: this.label });
    this.encode(encoder);
    this.gpu.submit(encoder.finish());
  }

  /** Reads an output as f32. */
  async readF32(value: Value): Promise<Float32Array> {
    const { buffer, offset, bytes } = this.place(value);
    return new Float32Array(await this.gpu.read(buffer, offset, bytes));
  }

  /** Frees the buffers that belong to this executable alone. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.program.destroy();
    for (const buffer of this.buffers) this.gpu.destroyBuffer(buffer);
  }
}
