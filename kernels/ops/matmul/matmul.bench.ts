import type { Gpu } from "../../core/gpu.ts";
import { type PlacedDispatch, Program } from "../../core/program.ts";
import { bytesOf, f32, type TensorSpec } from "../../core/shape.ts";
import { matmul } from "./matmul.ts";

/** One line of the matmul bench. */
export interface MatmulBenchRow {
  readonly name: string;
  /** 2 M K N per second of the fastest and of the median repetition. */
  readonly bestGflops: number;
  readonly medianGflops: number;
  /** Milliseconds of the first run: compilation included. */
  readonly firstMs: number;
}

const SIZES = [
  { name: "NN 512x512x512", M: 512, K: 512, N: 512, transA: false, transB: false },
  { name: "NN 1024x1024x1024", M: 1024, K: 1024, N: 1024, transA: false, transB: false },
  { name: "TN 128x1024x512", M: 128, K: 1024, N: 512, transA: true, transB: false },
  { name: "NT 1024x512x128", M: 1024, K: 512, N: 128, transA: false, transB: true },
  { name: "NN 1x1024x4096", M: 1, K: 1024, N: 4096, transA: false, transB: false },
  { name: "NT 1x1024x4096", M: 1, K: 1024, N: 4096, transA: false, transB: true },
] as const;

/**
 * Speed of matmul on a device, as the shipped variant table runs it there. Work: 2 M K N operations.
 *
 * @param repetitions timed runs per size, after one that compiles.
 */
export async function benchMatmul(gpu: Gpu, repetitions = 10): Promise<readonly MatmulBenchRow[]> {
  const rows: MatmulBenchRow[] = [];
  for (const { name, M, K, N, transA, transB } of SIZES) {
    const inputs = [f32(transA ? [K, M] : [M, K]), f32(transB ? [N, K] : [K, N]), null, null];
    const attrs = { transA, transB };
    const outputs = matmul.infer(inputs, attrs);
    const { dispatches, temps } = matmul.plan({
      ...{ inputs, outputs, attrs, accumulate: [false], adapter: gpu.profile },
    });
    const tensors: Record<string, TensorSpec> = {
      a: inputs[0] as TensorSpec,
      b: inputs[1] as TensorSpec,
      y: outputs[0] as TensorSpec,
      ...temps,
    };
    const buffers = new Map(
      Object.entries(tensors).map(([tensor, spec]) => {
        const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
        const buffer = gpu.createBuffer(`bench.${tensor}`, bytesOf(spec), usage);
        // Ordinary numbers: zeros or denormals may run at another speed.
        const values = Float32Array.from(
          { length: bytesOf(spec) / 4 },
          (_, i) => (i % 17) / 17 - 0.5,
        );
        gpu.device.queue.writeBuffer(buffer, 0, values);
        return [tensor, buffer] as const;
      }),
    );
    const placed = dispatches.map(
      (dispatch): PlacedDispatch => ({
        dispatch,
        label: dispatch.label,
        locate(tensor) {
          const buffer = buffers.get(tensor);
          if (!buffer) throw new Error(`bench: no tensor is called "${tensor}"`);
          return { buffer, offset: 0, bytes: buffer.size };
        },
        elementBytes: () => 4,
      }),
    );
    const start = performance.now();
    const program = await Program.build(gpu, "bench", placed);
    const runMs = async (): Promise<number> => {
      const from = performance.now();
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      program.encode(pass);
      pass.end();
      gpu.submit(encoder.finish());
      await gpu.device.queue.onSubmittedWorkDone();
      return performance.now() - from;
    };
    await runMs();
    const firstMs = performance.now() - start;
    const times: number[] = [];
    for (let i = 0; i < repetitions; i++) times.push(await runMs());
    times.sort((x, y) => x - y);
    const gflops = (ms: number): number => (2 * M * K * N) / ms / 1e6;
    rows.push({
      name,
      bestGflops: gflops(times[0] as number),
      medianGflops: gflops(times[Math.floor(times.length / 2)] as number),
      firstMs,
    });
    program.destroy();
    for (const buffer of buffers.values()) gpu.destroyBuffer(buffer);
  }
  gpu.assertHealthy();
  return rows;
}
