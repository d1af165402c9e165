import type { Meter } from "./suite.ts";

/** Counts what the process does on any WebGPU device, by wrapping the methods that all of them share. */
export function meterGpu(): Meter {
  const counts = { dispatches: 0, submits: 0, pipelines: 0, liveBytes: 0, peakBytes: 0 };
  const wrap = <T extends object, K extends keyof T>(
    type: { readonly prototype: T },
    name: K,
    around: (original: (...args: never[]) => unknown, self: T, args: never[]) => unknown,
  ): void => {
    const original = type.prototype[name] as (...args: never[]) => unknown;
    type.prototype[name] = function (this: T, ...args: never[]) {
      return around(original.bind(this), this, args);
    } as T[K];
  };
  const alive = new WeakMap<object, number>();
  wrap(GPUDevice, "createBuffer", (original, _, args) => {
    const buffer = original(...args) as GPUBuffer;
    alive.set(buffer, buffer.size);
    counts.liveBytes += buffer.size;
    counts.peakBytes = Math.max(counts.peakBytes, counts.liveBytes);
    return buffer;
  });
  wrap(GPUBuffer, "destroy", (original, self, args) => {
    counts.liveBytes -= alive.get(self) ?? 0;
    alive.delete(self);
    return original(...args);
  });
  wrap(GPUComputePassEncoder, "dispatchWorkgroups", (original, _, args) => {
    counts.dispatches++;
    return original(...args);
  });
  wrap(GPUQueue, "submit", (original, _, args) => {
    counts.submits++;
    return original(...args);
  });
  for (const name of ["createComputePipeline", "createComputePipelineAsync"] as const)
    wrap(GPUDevice, name, (original, _, args) => {
      counts.pipelines++;
      return original(...args);
    });
  return {
    counts,
    reset() {
      counts.dispatches = 0;
      counts.submits = 0;
      counts.pipelines = 0;
      counts.peakBytes = counts.liveBytes;
    },
  };
}
