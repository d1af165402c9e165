// WebGPU in Node: Dawn from the npm package `webgpu`, a development dependency only.
import { createRequire } from "node:module";

// Dawn is torn down with this object; a script that dropped it crashed in the middle of work.
let instance: GPU | null = null;

/** Makes `navigator.gpu` and the GPU* constants exist in this process. Calling it again is harmless. */
export function installDawn(): GPU {
  if (instance) return instance;
  const { create, globals } = createRequire(import.meta.url)("webgpu") as {
    create(options: string[]): GPU;
    globals: object;
  };
  Object.assign(globalThis, globals);
  // Dawn rounds timestamps to 65 us against pages that spy; here the profiler wants them as they are.
  lookLessOften();
  instance = create(["disable-dawn-features=timestamp_quantization"]);
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu: instance, hardwareConcurrency: 2, userAgent: "node" },
    configurable: true,
    writable: true,
  });
  return instance;
}

/** How long a wait is spun through, for answers that come at once, and how often one looks afterwards. */
const SPIN_MS = 0.2;
const LOOK_MS = 1;

/**
 * Dawn looks for finished work in `setImmediate` callbacks, one after the other, and so keeps a core
 * busy for as long as anybody waits: on a software adapter that core is the GPU's. After a short spin
 * it is made to look once a millisecond instead.
 */
function lookLessOften(): void {
  const immediate = globalThis.setImmediate;
  let last = 0;
  let spinning = 0;
  const patient = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    const now = performance.now();
    // A pause means that the last wait is over and this is another one.
    if (now - last > 3 * LOOK_MS) spinning = now;
    last = now;
    return now - spinning < SPIN_MS
      ? immediate(callback, ...args)
      : setTimeout(callback, LOOK_MS, ...args);
  };
  globalThis.setImmediate = Object.assign(patient, immediate) as typeof setImmediate;
}
