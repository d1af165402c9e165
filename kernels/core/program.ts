// A program is a list of dispatches bound to buffers once and replayed many times. Replaying makes
// no buffer, bind group or pipeline, and allocates nothing per dispatch.
import { FaultError } from "./fault.ts";
import { formatBytes, type Gpu } from "./gpu.ts";
import { type Binding, type Dispatch, packParams } from "./plan.ts";
import type { Work } from "./profile.ts";

/** A window of a GPU buffer, in bytes. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** A dispatch and where each name it binds lives. */
export interface PlacedDispatch {
  readonly dispatch: Dispatch;
  /** Shown on the GPU and in the profiler: "blocks.3.attn/softmax". */
  readonly label: string;
  locate(name: string): BufferRange;
  /** Bytes per element of a named tensor, for windows. */
  elementBytes(name: string): number;
}

interface BoundDispatch {
  /** Path of the kernel within its op. */
  readonly kernel: string;
  readonly label: string;
  readonly work: Work;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

const UNIFORM_STRIDE = 256; // minUniformBufferOffsetAlignment, the same on every device we know

export class Program {
  private constructor(
    readonly gpu: Gpu,
    readonly dispatches: readonly BoundDispatch[],
    readonly uniforms: GPUBuffer | null,
  ) {}

  /**
   * Compiles (in parallel) and binds.
   *
   * @param onProgress dispatches whose pipelines are ready, out of all.
   * @throws FaultError `shader-error`, or `out-of-memory` for a tensor that exceeds what one binding
   *   may span and that its op does not bind in windows.
   */
  static async build(
    gpu: Gpu,
    label: string,
    placed: readonly PlacedDispatch[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<Program> {
    const live = placed.filter(({ dispatch }) => dispatch.workgroups.every((n) => n > 0));
    // Before anything is compiled: what cannot be bound is refused at once.
    const resources = live.map((item) =>
      item.dispatch.bindings.map((binding) => resourceOf(gpu, item, binding)),
    );
    let done = 0;
    const pipelines = await Promise.all(
      live.map(async ({ dispatch }) => {
        const pipeline = await gpu.pipelineFor(dispatch);
        onProgress?.(++done, live.length);
        return pipeline;
      }),
    );
    const withParams = live.filter(({ dispatch }) => hasParams(dispatch)).length;
    const uniforms =
      withParams > 0
        ? gpu.createBuffer(
            `${label}/uniforms`,
            withParams * UNIFORM_STRIDE,
            GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
          )
        : null;
    const words = new Uint8Array(withParams * UNIFORM_STRIDE);
    let slot = 0;
    const bound = live.map((item, i): BoundDispatch => {
      const pipeline = pipelines[i] as GPUComputePipeline;
      const entries: GPUBindGroupEntry[] = (resources[i] ?? []).map((resource, binding) => ({
        binding,
        resource,
      }));
      if (uniforms && hasParams(item.dispatch)) {
        const packed = packParams(item.dispatch.params ?? {});
        words.set(packed, slot * UNIFORM_STRIDE);
        entries.push({
          binding: entries.length,
          resource: { buffer: uniforms, offset: slot * UNIFORM_STRIDE, size: packed.byteLength },
        });
        slot++;
      }
      return {
        kernel: item.dispatch.label,
        label: item.label,
        work: workOf(item),
        pipeline,
        bindGroup: gpu.createBindGroup({
          label: item.label,
          layout: pipeline.getBindGroupLayout(0),
          entries,
        }),
        workgroups: item.dispatch.workgroups,
      };
    });
    if (uniforms) gpu.device.queue.writeBuffer(uniforms, 0, words);
    return new Program(gpu, bound, uniforms);
  }

  /** Records dispatches `[from, to)` into an open compute pass. */
  encode(pass: GPUComputePassEncoder, from = 0, to = this.dispatches.length): void {
    for (let i = from; i < to; i++) {
      const { pipeline, bindGroup, workgroups } = this.dispatches[i] as BoundDispatch;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
    this.gpu.counters.dispatches += to - from;
  }

  destroy(): void {
    if (this.uniforms) this.gpu.destroyBuffer(this.uniforms);
  }
}

const hasParams = (dispatch: Dispatch): boolean => Object.keys(dispatch.params ?? {}).length > 0;

/** The part of a buffer that a dispatch binds, without padding. */
function boundRange(item: PlacedDispatch, binding: Binding): BufferRange & { name: string } {
  const { name, offset, length } =
    typeof binding === "string" ? { name: binding, offset: 0, length: null } : binding;
  const { buffer, offset: start, bytes } = item.locate(name);
  const elementBytes = item.elementBytes(name);
  return {
    name,
    buffer,
    offset: start + offset * elementBytes,
    bytes: length === null ? bytes : length * elementBytes,
  };
}

/** What a dispatch states of its work, and the bytes of what it binds where it states none. */
export function workOf(item: PlacedDispatch): Work {
  const { bindings, cost } = item.dispatch;
  const flops = cost?.flops ?? 0;
  if (cost?.bytes !== undefined) return { flops, bytes: cost.bytes };
  // By what is bound: a tensor that stands in for a missing one is bound again, and not touched twice.
  const distinct = new Map(bindings.map((binding) => [JSON.stringify(binding), binding]));
  let bytes = 0;
  for (const binding of distinct.values()) {
    const range = boundRange(item, binding);
    bytes += range.bytes * (cost?.updated?.includes(range.name) ? 2 : 1);
  }
  return { flops, bytes };
}

function resourceOf(gpu: Gpu, item: PlacedDispatch, binding: Binding): GPUBufferBinding {
  const range = boundRange(item, binding);
  const size = boundSize(range.bytes);
  const most = gpu.profile.limits.maxStorageBufferBindingSize;
  if (size > most)
    throw new FaultError(
      "out-of-memory",
      `${item.label} needs ${formatBytes(size)} of ${range.name} at once; this device allows ${formatBytes(most)}.`,
      "Choose a smaller model, batch or context.",
    );
  return { buffer: range.buffer, offset: range.offset, size };
}

// Never empty, and whole vec4s: buffers are padded to 16 bytes and tensors start at 256, so there is room.
const boundSize = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16);
