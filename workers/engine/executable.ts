// A schedule with real buffers: compiled once, replayed every step.
import type { AdapterProfile } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import { type BufferRange, type PlacedDispatch, Program } from "../../kernels/core/program.ts";
import { bytesOf } from "../../kernels/core/shape.ts";
import { markNonFinite } from "../../kernels/ops/finite/finite.ts";
import type { Graph, TracedValue } from "./graph.ts";
import { type Schedule, type ScheduledStep, type Storage, scheduleGraph } from "./schedule.ts";

export interface CompileOptions {
  /** Where persistent values live. */
  readonly persistent?: ReadonlyMap<Value, BufferRange>;
  /** What plans are told of the device; the device's own profile where absent. */
  readonly profile?: AdapterProfile;
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
    private readonly rangeOf: (storage: Storage) => BufferRange,
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
    const schedule = scheduleGraph(
      graph,
      outputs as readonly TracedValue[],
      options.profile ?? gpu.profile,
    );
    const buffers: GPUBuffer[] = [];
    let program: Program | null = null;
    try {
      return await gpu.guarded(label, async () => {
        schedule.buffers.forEach((bytes, i) => {
          buffers.push(gpu.createBuffer(`${label}/${i}`, bytes, SHARED_USAGE()));
        });
        const rangeOf = locator(label, buffers, options.persistent);
        const placed = schedule.steps.flatMap((step) => placeStep(step, rangeOf));
        program = await Program.build(gpu, label, placed, options.onProgress);
        return new Executable(gpu, label, schedule, program, buffers, rangeOf);
      });
    } catch (error) {
      (program as Program | null)?.destroy();
      for (const buffer of buffers) gpu.destroyBuffer(buffer);
      throw error;
    }
  }

  /** Where a value lives. @throws Error when nothing needed it, so that it was never computed. */
  place(value: Value): BufferRange {
    const storage = this.schedule.placeOf.get((value as TracedValue).root);
    if (!storage)
      throw new Error(`${this.label}: ${(value as TracedValue).name} is not in the plan`);
    return { ...this.rangeOf(storage), bytes: bytesOf(value.spec) };
  }

  /** Whether an input is used at all: writing one that is not would have no place to go. */
  has(value: Value): boolean {
    return this.schedule.placeOf.has((value as TracedValue).root);
  }

  /** Writes an input before the next submit. An input that nothing reads is ignored. */
  write(value: Value, data: ArrayBufferView<ArrayBuffer>): void {
    if (!this.has(value)) return;
    const range = this.place(value);
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

  /** Reads an output that is f32. */
  async readF32(value: Value): Promise<Float32Array> {
    if (value.spec.dtype !== "f32")
      throw new Error(
        `${(value as TracedValue).name} must be f32 to be read; it is ${value.spec.dtype}`,
      );
    const { buffer, offset, bytes } = this.place(value);
    return new Float32Array(await this.gpu.read(buffer, offset, bytes));
  }

  /**
   * Replays once, looking at every tensor as soon as it is computed.
   *
   * @returns name of the first one that holds a NaN or an infinity ("blocks.1/attn/qkv.y"), or null.
   *   Slow: for diagnosis after a fault.
   */
  async firstNonFinite(): Promise<string | null> {
    const { gpu, schedule } = this;
    const looks: string[] = [];
    const flags = gpu.createBuffer(
      "flags",
      schedule.steps.reduce((n, step) => n + step.outputs.length, 1) * 4,
      SHARED_USAGE(),
    );
    const flagRange = { buffer: flags, offset: 0, bytes: flags.size };
    const placed = schedule.steps.flatMap((step): PlacedDispatch[] => [
      ...placeStep(step, this.rangeOf),
      ...step.outputs
        .filter(({ value: { spec } }) => spec.dtype === "f32" || spec.dtype === "f16")
        .map(({ value, storage }): PlacedDispatch => {
          const range = { ...this.rangeOf(storage), bytes: bytesOf(value.spec) };
          return {
            dispatch: markNonFinite(value.spec, looks.push(value.name) - 1),
            label: `look at ${value.name}`,
            locate: (name) => (name === "flags" ? flagRange : range),
            elementBytes: () => 4,
          };
        }),
    ]);
    const program = await Program.build(gpu, `${this.label}/diagnosis`, placed);
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    program.encode(pass);
    pass.end();
    gpu.submit(encoder.finish());
    const found = new Uint32Array(await gpu.read(flags));
    program.destroy();
    gpu.destroyBuffer(flags);
    const first = looks.findIndex((_, slot) => found[slot] !== 0);
    return first < 0 ? null : (looks[first] as string);
  }

  /** Frees the buffers that belong to this executable alone. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.program.destroy();
    for (const buffer of this.buffers) this.gpu.destroyBuffer(buffer);
  }
}

/** Where storage is: the plan's own buffers, or what the caller gave for persistent values. */
function locator(
  label: string,
  buffers: readonly GPUBuffer[],
  persistent: ReadonlyMap<Value, BufferRange> | undefined,
): (storage: Storage) => BufferRange {
  return (storage) => {
    if (!storage.persistent)
      return { buffer: buffers[storage.buffer] as GPUBuffer, offset: 0, bytes: storage.bytes };
    const range = persistent?.get(storage.persistent);
    if (!range) throw new Error(`${label}: persistent value ${storage.label} was given no place`);
    return range;
  };
}

function placeStep(
  step: ScheduledStep,
  rangeOf: (storage: Storage) => BufferRange,
): PlacedDispatch[] {
  const find = (name: string) => {
    const found = step.storages.get(name);
    if (!found) throw new Error(`${step.label}: the plan binds "${name}", which it does not have`);
    return found;
  };
  return step.plan.dispatches.map((dispatch) => ({
    dispatch,
    label: step.label,
    locate: (name) => {
      const { storage, spec } = find(name);
      return { ...rangeOf(storage), bytes: bytesOf(spec) };
    },
    elementBytes: (name) => (find(name).spec.dtype === "f16" ? 2 : 4),
  }));
}
