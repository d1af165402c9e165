import { describe, expect, it } from "vitest";
import { Program } from "../../core/program.ts";
import { testGpu } from "../../testing/gpu.ts";
import { loopDispatch, measurePeaks } from "./roofline.ts";

describe("the roofline's probes", () => {
  it("really multiply and add: every chain has come to 2", async () => {
    const gpu = await testGpu();
    const groups = 3;
    const bytes = groups * 256 * 4;
    const buffer = gpu.createBuffer("y", bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const program = await Program.build(gpu, "loop", [
      {
        dispatch: loopDispatch(groups),
        label: "loop",
        locate: () => ({ buffer, offset: 0, bytes }),
        elementBytes: () => 4,
      },
    ]);
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    program.encode(pass);
    pass.end();
    gpu.submit(encoder.finish());
    const y = new Float32Array(await gpu.read(buffer, 0, bytes));
    expect([...new Set(y)]).toEqual([16]);
    // 3 * 256 invocations, 128 rounds, 8 multiply-adds on 8 numbers: 3 * 256 * 128 * 8 * 8 * 2.
    expect(program.dispatches[0]?.work).toEqual({ flops: 12_582_912, bytes: 3072 });
    program.destroy();
    gpu.destroyBuffer(buffer);
  });

  it("give peaks once for each device, and leave nothing behind", async () => {
    const gpu = await testGpu();
    const before = gpu.counters.liveBytes;
    const peaks = await measurePeaks(gpu);
    expect(gpu.counters.liveBytes).toBe(before);
    const { submits } = gpu.counters;
    expect(await measurePeaks(gpu)).toBe(peaks);
    expect(gpu.counters.submits).toBe(submits);
    // No device is slower than a tenth of one core, and none is a million times faster.
    expect(peaks.flopsPerSecond).toBeGreaterThan(1e8);
    expect(peaks.flopsPerSecond).toBeLessThan(1e15);
    expect(peaks.bandwidths.map(({ bytes }) => bytes / 2 ** 20)).toEqual([0.5, 2, 8, 32, 128]);
    for (const { bytesPerSecond } of peaks.bandwidths) {
      expect(bytesPerSecond).toBeGreaterThan(1e7);
      expect(bytesPerSecond).toBeLessThan(1e14);
    }
    gpu.assertHealthy();
  });
});
