// Counts what any library in this process asks of the GPU, by wrapping the methods of WebGPU's classes.

const METER = Symbol("meter");

/**
 * Wraps the WebGPU classes once; call it after they exist and before any device is opened. Calling it
 * again returns the same meter.
 *
 * - `dispatches`, `submits`, `pipelines`: calls since {@link reset}.
 * - `liveBytes`: bytes of buffers made and not yet destroyed, by call, with their device, or by the
 *   garbage collector. `peakBytes`: its highest value since reset.
 *
 * @param {typeof globalThis} [classes] where GPUDevice and the others are
 * @returns {{dispatches: number, submits: number, pipelines: number, liveBytes: number,
 *   peakBytes: number, reset(): void}}
 */
export function meterGpu(classes = globalThis) {
  const { GPUDevice, GPUBuffer, GPUQueue, GPUComputePassEncoder } = classes;
  if (!GPUDevice)
    throw new Error(
      "meterGpu: the WebGPU classes must exist; GPUDevice does not. Install Dawn's globals first.",
    );
  if (GPUDevice.prototype[METER]) return GPUDevice.prototype[METER];
  const meter = {
    dispatches: 0,
    submits: 0,
    pipelines: 0,
    liveBytes: 0,
    peakBytes: 0,
    reset() {
      meter.dispatches = 0;
      meter.submits = 0;
      meter.pipelines = 0;
      meter.peakBytes = meter.liveBytes;
    },
  };
  /** The account of each buffer; it outlives the buffer, so it must not refer to it. */
  const accounts = new WeakMap();
  /** The open accounts of each device. */
  const devices = new WeakMap();
  const close = (account) => {
    if (!account.open.delete(account)) return;
    meter.liveBytes -= account.bytes;
  };
  // Libraries also drop buffers without destroying them; Dawn frees those when they are collected.
  const collected = new FinalizationRegistry(close);

  const wrap = (type, name, around) => {
    const original = type.prototype[name];
    type.prototype[name] = function (...args) {
      return around(() => original.apply(this, args), this, args);
    };
  };
  const count = (type, name, counter) =>
    wrap(type, name, (call) => {
      meter[counter]++;
      return call();
    });
  count(GPUComputePassEncoder, "dispatchWorkgroups", "dispatches");
  count(GPUComputePassEncoder, "dispatchWorkgroupsIndirect", "dispatches");
  count(GPUQueue, "submit", "submits");
  count(GPUDevice, "createComputePipeline", "pipelines");
  count(GPUDevice, "createComputePipelineAsync", "pipelines");
  wrap(GPUDevice, "createBuffer", (call, device, [descriptor]) => {
    const buffer = call();
    let open = devices.get(device);
    if (!open) {
      open = new Set();
      devices.set(device, open);
    }
    const account = { bytes: descriptor.size, open };
    open.add(account);
    accounts.set(buffer, account);
    collected.register(buffer, account);
    meter.liveBytes += account.bytes;
    meter.peakBytes = Math.max(meter.peakBytes, meter.liveBytes);
    return buffer;
  });
  wrap(GPUBuffer, "destroy", (call, buffer) => {
    const account = accounts.get(buffer);
    if (account) close(account);
    return call();
  });
  wrap(GPUDevice, "destroy", (call, device) => {
    for (const account of devices.get(device) ?? []) close(account);
    return call();
  });
  Object.defineProperty(GPUDevice.prototype, METER, { value: meter });
  return meter;
}
