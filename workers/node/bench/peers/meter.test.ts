import { expect, it } from "vitest";
import { meterGpu } from "./meter.mjs";

function fakeClasses() {
  class GPUBuffer {
    destroyed = false;
    destroy() {
      this.destroyed = true;
    }
  }
  class GPUQueue {
    submit(commands: unknown[]) {
      return commands.length;
    }
  }
  class GPUComputePassEncoder {
    dispatchWorkgroups() {}
    dispatchWorkgroupsIndirect() {}
  }
  class GPUDevice {
    lost = false;
    createBuffer(descriptor: { size: number }) {
      if (descriptor.size > 1_000) throw new Error("too large");
      return new GPUBuffer();
    }
    createComputePipeline(name: string) {
      return name;
    }
    async createComputePipelineAsync(name: string) {
      return name;
    }
    destroy() {
      this.lost = true;
    }
  }
  return { GPUBuffer, GPUQueue, GPUComputePassEncoder, GPUDevice };
}

/** The fakes have what the meter wraps and nothing else. */
const meterOf = (classes: ReturnType<typeof fakeClasses>) =>
  meterGpu(classes as unknown as typeof globalThis);

it("counts calls and passes them on", async () => {
  const classes = fakeClasses();
  const meter = meterOf(classes);
  const device = new classes.GPUDevice();
  const pass = new classes.GPUComputePassEncoder();
  pass.dispatchWorkgroups();
  pass.dispatchWorkgroupsIndirect();
  expect(new classes.GPUQueue().submit([1, 2])).toBe(2);
  expect(device.createComputePipeline("a")).toBe("a");
  expect(await device.createComputePipelineAsync("b")).toBe("b");
  expect(meter).toMatchObject({ dispatches: 2, submits: 1, pipelines: 2 });
  meter.reset();
  expect(meter).toMatchObject({ dispatches: 0, submits: 0, pipelines: 0 });
});

it("follows live and peak bytes through destruction", () => {
  const classes = fakeClasses();
  const meter = meterOf(classes);
  const device = new classes.GPUDevice();
  const buffer = device.createBuffer({ size: 100 });
  device.createBuffer({ size: 20 });
  buffer.destroy();
  buffer.destroy(); // a second time changes nothing
  expect(buffer.destroyed).toBe(true);
  expect(meter).toMatchObject({ liveBytes: 20, peakBytes: 120 });
  meter.reset();
  expect(meter.peakBytes).toBe(20);
  expect(() => device.createBuffer({ size: 2_000 })).toThrow("too large");
  expect(meter.liveBytes).toBe(20);
});

it("closes a device's buffers with it, and only those", () => {
  const classes = fakeClasses();
  const meter = meterOf(classes);
  const [first, second] = [new classes.GPUDevice(), new classes.GPUDevice()];
  const buffer = first.createBuffer({ size: 16 });
  second.createBuffer({ size: 8 });
  first.destroy();
  buffer.destroy();
  expect(first.lost).toBe(true);
  expect(meter.liveBytes).toBe(8);
});

it("wraps once", () => {
  const classes = fakeClasses();
  const meter = meterOf(classes);
  expect(meterOf(classes)).toBe(meter);
  new classes.GPUQueue().submit([]);
  expect(meter.submits).toBe(1);
});

it("says what is missing", () => {
  expect(() => meterGpu({} as typeof globalThis)).toThrow("GPUDevice does not");
});
