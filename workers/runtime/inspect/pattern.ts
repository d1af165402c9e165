// One head's attention pattern, from the queries and keys that a forward pass left.
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { Value } from "../../../kernels/core/op.ts";
import type { BufferRange } from "../../../kernels/core/program.ts";
import { f32 } from "../../../kernels/core/shape.ts";
import { attentionProbsPacked } from "../../../kernels/ops/attention/attention.ts";
import { Executable } from "../../engine/executable.ts";
import { Graph } from "../../engine/graph.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { attentionSettings } from "../../nn/transformer.ts";
import { nextTurn, type Work } from "./work.ts";

export interface PatternReader {
  /**
   * A head's pattern over the first n tokens.
   *
   * @param qkv where the layer's queries, keys and values lie. @returns `[n, n]` f32. @throws Superseded.
   */
  read(qkv: BufferRange, head: number, n: number, work: Work): Promise<Float32Array<ArrayBuffer>>;
  destroy(): void;
}

/** Compiles it for a layer, and all that attend by the same rules, over T tokens. @throws FaultError. */
export async function compilePattern(
  gpu: Gpu,
  config: ModelConfig,
  layer: number,
  T: number,
  profile: AdapterProfile,
): Promise<PatternReader> {
  const { nHeads, nKvHeads, headDim } = config;
  const g = new Graph();
  const input = g.input("qkv", f32([1, T, (nHeads + 2 * nKvHeads) * headDim]));
  const settings = attentionSettings(config, layer);
  const probs = g.emit(attentionProbsPacked, [input, null], settings)[0] as Value;
  const executable = await Executable.compile(gpu, "pattern", g, [probs], { profile });
  return {
    async read(qkv, head, n, work) {
      await nextTurn(work);
      const into = executable.place(input);
      const encoder = gpu.device.createCommandEncoder({ label: "pattern" });
      encoder.copyBufferToBuffer(qkv.buffer, qkv.offset, into.buffer, into.offset, into.bytes);
      executable.encode(encoder);
      gpu.submit(encoder.finish());
      const { buffer, offset } = executable.place(probs);
      // Rows past the text are left where they are.
      const whole = new Float32Array(await gpu.read(buffer, offset + head * T * T * 4, n * T * 4));
      const pattern = new Float32Array(n * n);
      for (let i = 0; i < n; i++) pattern.set(whole.subarray(i * T, i * T + n), i * n);
      return pattern;
    },
    destroy: () => executable.destroy(),
  };
}
