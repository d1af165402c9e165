// The device and everything made from it. This file, program.ts and profiler.ts are the only ones that
// touch GPUDevice. Nothing is swallowed: uncaptured errors and a lost device become Faults for listeners.
import { type AdapterProfile, adapterClassOf } from "./adapter.ts";
import { dryDevice } from "./dry-device.ts";
import { type Fault, FaultError, faultOf } from "./fault.ts";
import type { Dispatch } from "./plan.ts";

/** Features we turn on when the adapter has them. None is required. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ["shader-f16", "subgroups", "timestamp-query"];

/** Limits raised to what the adapter offers; WebGPU grants only its low defaults unless asked. */
const RAISED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupStorageSize",
] as const;

/** How long after a failed call the loss of its device may still be told. */
const LOSS_IS_TOLD_MS = 1_000;

/** Counts of what was made on a device since it was opened; tests and the page read them. */
export interface GpuCounters {
  buffers: number;
  bindGroups: number;
  pipelines: number;
  submits: number;
  dispatches: number;
  /** Bytes of live buffers made through {@link Gpu.createBuffer}, and their highest sum so far. */
  liveBytes: number;
  peakBytes: number;
}

/** What an adapter has, whether or not the device was opened with it. */
export interface AdapterOffer {
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export class Gpu {
  readonly counters: GpuCounters = {
    buffers: 0,
    bindGroups: 0,
    pipelines: 0,
    submits: 0,
    dispatches: 0,
    liveBytes: 0,
    peakBytes: 0,
  };
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #listeners = new Set<(fault: Fault) => void>();
  #fault: Fault | null = null;
  #closing = false;

  private constructor(
    readonly device: GPUDevice,
    readonly profile: AdapterProfile,
    readonly adapterInfo: GPUAdapterInfo,
    readonly offer: AdapterOffer,
    /** Nothing happens on it: see {@link Gpu.dry}. */
    readonly isDry = false,
  ) {
    device.addEventListener("uncapturederror", (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      const outOfMemory =
        typeof GPUOutOfMemoryError !== "undefined" && error instanceof GPUOutOfMemoryError;
      this.#report({
        code: outOfMemory ? "out-of-memory" : "gpu-error",
        message: `The GPU refused a command: ${error.message}`,
        hint: "The run was stopped because its numbers can no longer be trusted. Resume from the last checkpoint.",
      });
    });
    void device.lost.then((info) => {
      if (this.#closing) return;
      this.#report({
        code: "device-lost",
        message: `The GPU device was lost${info.message ? `: ${info.message}` : "."}`,
        hint: "Resume from the last checkpoint. If it happens again, choose a smaller model or batch.",
      });
    });
  }

  /**
   * Opens a device with every wanted feature and limit the adapter offers.
   *
   * @param gpu `navigator.gpu`, or null/undefined where WebGPU is missing.
   * @param options `without` leaves features off that the adapter has, to see what happens elsewhere.
   * @throws FaultError `no-webgpu`, `no-adapter` or `missing-feature`.
   */
  static async open(
    gpu: GPU | null | undefined,
    options: {
      required?: readonly GPUFeatureName[];
      without?: readonly GPUFeatureName[];
      powerPreference?: GPUPowerPreference;
      retries?: number;
    } = {},
  ): Promise<Gpu> {
    if (!gpu)
      throw new FaultError(
        "no-webgpu",
        "Training needs WebGPU, and this browser does not offer it.",
        "Open Vitrine in a current Chrome, Edge, Safari or Firefox, over https or on localhost.",
      );
    // The first request can come back empty while the browser's GPU process starts.
    let adapter: GPUAdapter | null = null;
    const tries = options.retries ?? 4;
    for (let i = 0; i < tries && !adapter; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, 150 * i));
      adapter = await gpu.requestAdapter({
        powerPreference: options.powerPreference ?? "high-performance",
      });
    }
    if (!adapter)
      throw new FaultError(
        "no-adapter",
        "Training needs a GPU adapter; WebGPU is here, but it offers none.",
        "Turn on hardware acceleration in the browser's settings, update the graphics driver, then reload.",
      );
    for (const feature of options.required ?? []) {
      if (!adapter.features.has(feature))
        throw new FaultError(
          "missing-feature",
          `This run needs the GPU feature "${feature}"; the adapter ${adapter.info.description || adapter.info.vendor} does not have it.`,
          "Choose the f32 variant of the preset, or another device.",
        );
    }
    const requiredLimits: Record<string, number> = {};
    for (const name of RAISED_LIMITS) requiredLimits[name] = adapter.limits[name];
    const device = await adapter.requestDevice({
      label: "vitrine",
      requiredFeatures: WANTED_FEATURES.filter(
        (f) => adapter.features.has(f) && !options.without?.includes(f),
      ),
      requiredLimits,
    });
    return new Gpu(device, profileOf(device, adapter.info), adapter.info, offerOf(adapter));
  }

  /**
   * A device of this profile on which nothing happens: what is made on it is counted as on a real one, and
   * refused where that would refuse it. Nothing on it has contents.
   */
  static dry(profile: AdapterProfile, adapterInfo: GPUAdapterInfo): Gpu {
    const offer = { features: [], limits: { ...profile.limits } };
    return new Gpu(dryDevice(), profile, adapterInfo, offer, true);
  }

  /** Called once for the first fault of this device; at once if it already happened. */
  onFault(listener: (fault: Fault) => void): () => void {
    if (this.#fault) listener(this.#fault);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws FaultError when the device has failed: nothing computed since can be trusted. */
  assertHealthy(): void {
    if (this.#fault) throw new FaultError(this.#fault.code, this.#fault.message, this.#fault.hint);
  }

  /**
   * What lies behind an error met while using this device: the device's own fault where it has one.
   * When the GPU's process dies, calls on it fail a moment before the loss is told.
   */
  async faultBehind(error: unknown): Promise<Fault> {
    const fault = faultOf(error);
    if (fault.code !== "internal" && fault.code !== "shader-error") return fault;
    const patience = new Promise((resolve) => setTimeout(resolve, LOSS_IS_TOLD_MS));
    if (!this.#fault) await Promise.race([this.device.lost, patience]);
    return this.#fault ?? fault;
  }

  #report(fault: Fault): void {
    if (this.#fault) return; // later errors are consequences of the first
    this.#fault = fault;
    for (const listener of this.#listeners) listener(fault);
  }

  /**
   * A buffer of at least `bytes` (rounded up to 16, so that empty tensors can be bound).
   *
   * @throws FaultError `out-of-memory` when it exceeds the device's limit. What the driver refuses
   *   later surfaces through {@link settle}.
   */
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const max = this.profile.limits.maxBufferSize;
    if (size > max)
      throw new FaultError(
        "out-of-memory",
        `${label} needs a buffer of ${formatBytes(size)}; this device allows ${formatBytes(max)}.`,
        "Choose a smaller model, batch or context.",
      );
    const buffer = this.device.createBuffer({ label, size, usage });
    this.counters.buffers++;
    this.counters.liveBytes += size;
    this.counters.peakBytes = Math.max(this.counters.peakBytes, this.counters.liveBytes);
    return buffer;
  }

  destroyBuffer(buffer: GPUBuffer): void {
    this.counters.liveBytes -= buffer.size;
    buffer.destroy();
  }

  /**
   * Runs `allocate` inside error scopes and waits for the verdict.
   *
   * @throws FaultError `out-of-memory` or `gpu-error`, naming `what`.
   */
  async guarded<T>(what: string, allocate: () => T | Promise<T>): Promise<T> {
    const { device } = this;
    device.pushErrorScope("internal");
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    let result: T | undefined;
    let thrown: unknown;
    try {
      result = await allocate();
    } catch (error) {
      thrown = error ?? new Error("unknown");
    }
    const memory = await device.popErrorScope();
    const validation = await device.popErrorScope();
    const internal = await device.popErrorScope();
    if (memory)
      throw new FaultError(
        "out-of-memory",
        `${what}: the GPU has no memory left (${memory.message}).`,
        "Choose a smaller model, batch or context, or close other tabs that use the GPU.",
      );
    if (thrown) throw thrown;
    const error = validation ?? internal;
    if (error) throw new FaultError("gpu-error", `${what}: ${error.message}`);
    return result as T;
  }

  /**
   * The pipeline of a dispatch, compiled once per (code, constants). Compilation is asynchronous and
   * runs in parallel with others.
   *
   * @throws FaultError `shader-error` with the kernel's label and the compiler's line.
   */
  pipelineFor(dispatch: Dispatch): Promise<GPUComputePipeline> {
    const key = `${JSON.stringify(dispatch.constants ?? {})}\n${dispatch.code}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      this.counters.pipelines++;
      pipeline = this.#compile(dispatch);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile({ label, code, constants }: Dispatch): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ label, code });
    try {
      return await this.device.createComputePipelineAsync({
        label,
        layout: "auto",
        compute: { module, entryPoint: "main", ...(constants ? { constants } : {}) },
      });
    } catch (error) {
      const info = await module.getCompilationInfo();
      const lines = info.messages
        .filter((m) => m.type === "error")
        .map((m) => `line ${m.lineNum}:${m.linePos} ${m.message}`);
      throw new FaultError(
        "shader-error",
        `Kernel ${label} must compile on this device; it did not: ${lines.join("; ") || (error instanceof Error ? error.message : String(error))}`,
        "Please report this with the text of the Device page.",
        { cause: error },
      );
    }
  }

  createBindGroup(descriptor: GPUBindGroupDescriptor): GPUBindGroup {
    this.counters.bindGroups++;
    return this.device.createBindGroup(descriptor);
  }

  submit(commands: GPUCommandBuffer): void {
    this.counters.submits++;
    this.device.queue.submit([commands]);
  }

  /** Bytes of `[offset, offset + bytes)` of a buffer made with COPY_SRC. */
  async read(buffer: GPUBuffer, offset = 0, bytes = buffer.size - offset): Promise<ArrayBuffer> {
    this.assertHealthy();
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    const staging = this.device.createBuffer({
      label: "read",
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = this.device.createCommandEncoder({ label: "read" });
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, size);
    this.submit(encoder.finish());
    try {
      await staging.mapAsync(GPUMapMode.READ);
    } catch (error) {
      this.assertHealthy();
      throw error;
    }
    this.assertHealthy();
    const copy = staging.getMappedRange().slice(0, bytes);
    staging.destroy();
    return copy;
  }

  /** Frees the device and every buffer made on it. */
  close(): void {
    this.#closing = true;
    this.device.destroy();
  }
}

function profileOf(device: GPUDevice, info: GPUAdapterInfo): AdapterProfile {
  const { limits } = device;
  return {
    adapterClass: adapterClassOf(info),
    subgroups: device.features.has("subgroups"),
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
    f16: device.features.has("shader-f16"),
    limits: {
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      minStorageBufferOffsetAlignment: limits.minStorageBufferOffsetAlignment,
    },
  };
}

function offerOf({ features, limits }: GPUAdapter): AdapterOffer {
  const numbers: Record<string, number> = {};
  // Limits are getters of the prototype: nothing lists them but a loop over what is inherited.
  for (const name in limits) {
    const value = (limits as unknown as Record<string, unknown>)[name];
    if (typeof value === "number") numbers[name] = value;
  }
  return { features: [...features].sort(), limits: numbers };
}

/** `1.5 GB`, `12 MB`: decimal, as disks and browsers print it. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`;
}
