// Each way a device can fail, made to happen for real.
import { describe, expect, it } from "vitest";
import type { Fault, FaultError } from "./fault.ts";
import { formatBytes, Gpu } from "./gpu.ts";
import type { Dispatch } from "./plan.ts";

const open = () => Gpu.open(navigator.gpu, { retries: 20 });

const faultFrom = async (work: Promise<unknown>): Promise<Fault> => {
  try {
    await work;
  } catch (error) {
    return (error as FaultError).fault;
  }
  throw new Error("nothing went wrong");
};

const nextFault = (gpu: Gpu): Promise<Fault> => new Promise((resolve) => gpu.onFault(resolve));

const dispatch = (code: string): Dispatch => ({
  label: "planted",
  code,
  bindings: [],
  workgroups: [1, 1, 1],
});

describe("Gpu", () => {
  it("says what to do without WebGPU", async () => {
    const fault = await faultFrom(Gpu.open(undefined));
    expect(fault.code).toBe("no-webgpu");
    expect(fault.hint).toContain("Chrome");
  });

  it("says what to do without an adapter", async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    const fault = await faultFrom(Gpu.open(none, { retries: 2 }));
    expect(fault.code).toBe("no-adapter");
    expect(fault.hint).toContain("hardware acceleration");
  });

  it("names a feature that is required and missing", async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const known: GPUFeatureName[] = [
      "texture-compression-astc",
      "texture-compression-etc2",
      "depth32float-stencil8",
      "shader-f16",
    ];
    const missing =
      known.find((name) => !adapter?.features.has(name)) ?? ("no-such" as GPUFeatureName);
    const fault = await faultFrom(Gpu.open(navigator.gpu, { required: [missing], retries: 20 }));
    expect(fault.code).toBe("missing-feature");
    expect(fault.message).toContain(missing);
  });

  it("names the kernel and the line of a shader that does not compile", async () => {
    const gpu = await open();
    const bad = dispatch("@compute @workgroup_size(1)\nfn main() { let x = nothing; }");
    const fault = await faultFrom(gpu.pipelineFor(bad));
    expect(fault.code).toBe("shader-error");
    expect(fault.message).toMatch(/planted.*line 2:/s);
    gpu.close();
  });

  it("turns an uncaptured error into a fault that stays", async () => {
    const gpu = await open();
    const heard = nextFault(gpu);
    gpu.device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    gpu.device.queue.submit([]); // Chromium sends commands on when something is submitted
    expect((await heard).code).toBe("gpu-error");
    expect(() => gpu.assertHealthy()).toThrow("refused a command");
    const late = await nextFault(gpu);
    expect(late.code).toBe("gpu-error");
    gpu.close();
  });

  it("reports a lost device, and reads fail with it", async () => {
    const gpu = await open();
    const buffer = gpu.createBuffer("b", 64, GPUBufferUsage.COPY_SRC | GPUBufferUsage.STORAGE);
    const heard = nextFault(gpu);
    gpu.device.destroy();
    const fault = await heard;
    expect(fault.code).toBe("device-lost");
    expect(fault.hint).toContain("checkpoint");
    expect((await faultFrom(gpu.read(buffer))).code).toBe("device-lost");
  });

  it("stays silent when it is closed on purpose", async () => {
    const gpu = await open();
    let heard: Fault | null = null;
    gpu.onFault((fault) => {
      heard = fault;
    });
    gpu.close();
    await gpu.device.lost;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toBeNull();
  });

  it("refuses a buffer over the limit, naming it and both sizes", async () => {
    const gpu = await open();
    const { maxBufferSize } = gpu.profile.limits;
    const fault = await faultFrom(
      gpu.guarded("plan", () =>
        gpu.createBuffer("logits", maxBufferSize + 16, GPUBufferUsage.STORAGE),
      ),
    );
    expect(fault.code).toBe("out-of-memory");
    expect(fault.message).toContain("logits");
    expect(fault.message).toContain(formatBytes(maxBufferSize));
    gpu.close();
  });

  it("turns an allocation that the driver refuses into out-of-memory", async () => {
    const gpu = await open();
    const { maxBufferSize } = gpu.profile.limits;
    const made: GPUBuffer[] = [];
    // Far more than any machine has; nothing is written, so little of it is ever touched.
    const fault = await faultFrom(
      gpu.guarded("the model", () => {
        for (let i = 0; i < 4096 && made.length * maxBufferSize < 2 ** 46; i++)
          made.push(
            gpu.device.createBuffer({ size: maxBufferSize, usage: GPUBufferUsage.STORAGE }),
          );
      }),
    );
    for (const buffer of made) buffer.destroy();
    expect(fault.code).toBe("out-of-memory");
    expect(fault.message).toContain("the model");
    expect(fault.hint).toContain("smaller");
    gpu.close();
  });
});

describe("formatBytes", () => {
  it.each([
    [12, "12 B"],
    [1_500, "1.5 kB"],
    [154_389_504, "154 MB"],
    [6e9, "6.0 GB"],
  ])("%d is %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
