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
  instance = create(["disable-dawn-features=timestamp_quantization"]);
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu: instance, hardwareConcurrency: 2, userAgent: "node" },
    configurable: true,
    writable: true,
  });
  return instance;
}
