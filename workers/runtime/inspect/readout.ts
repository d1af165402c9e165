// From residual streams to what the model would say: final norm, unembedding, the likeliest tokens, and how
// the token that did follow fared. A few rows at a time, so that logits over a large vocabulary stay small.
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { Value } from "../../../kernels/core/op.ts";
import type { BufferRange } from "../../../kernels/core/program.ts";
import { f32 } from "../../../kernels/core/shape.ts";
import { gatherLogprob } from "../../../kernels/ops/gather-logprob/gather-logprob.ts";
import { topK } from "../../../kernels/ops/top-k/top-k.ts";
import { Executable } from "../../engine/executable.ts";
import { Graph } from "../../engine/graph.ts";
import type { Pages } from "../../engine/pages.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { finalNorm, unembed } from "../../nn/transformer.ts";
import { bindWeights } from "./weights.ts";
import { nextTurn, readU32, type Work } from "./work.ts";

/** Alternatives of a position. */
const ALTERNATIVES = 20;
/** Most bytes of logits at once. */
const LOGIT_BYTES = 32 * 2 ** 20;
const MOST_ROWS = 256;
const NO_TARGET = -100;

/** What n rows of a residual stream say; see Look for units. */
export interface Readings {
  /** `[n]`: ln p of the row's target; 0 where it has none. */
  readonly logp: Float32Array;
  readonly rank: Uint32Array;
  readonly entropy: Float32Array;
  /** `[n, k]` */
  readonly topIds: Uint32Array;
  readonly topProbabilities: Float32Array;
}

export interface Readout {
  readonly k: number;
  /**
   * Reads the first rows of a stream.
   *
   * @param stream `[.., dModel]` f32. @param targets `[n]`: the token that followed each row; negative for none.
   * @throws Superseded.
   */
  read(stream: BufferRange, targets: Int32Array<ArrayBuffer>, work: Work): Promise<Readings>;
  destroy(): void;
}

/** Rows read at once of a stream of T. */
const rowsAtOnce = ({ vocabSize }: ModelConfig, T: number): number =>
  Math.min(T, MOST_ROWS, Math.max(8, 2 ** Math.floor(Math.log2(LOGIT_BYTES / 4 / vocabSize))));

/** Compiles it for streams of up to T rows. @throws FaultError `out-of-memory` or `shader-error`. */
export async function compileReadout(
  gpu: Gpu,
  config: ModelConfig,
  weights: Pages,
  T: number,
  profile: AdapterProfile,
): Promise<Readout> {
  const rows = rowsAtOnce(config, T);
  const k = Math.min(ALTERNATIVES, config.vocabSize);
  const g = new Graph();
  const places = new Map<Value, BufferRange>();
  const weight = bindWeights(g, weights, places);
  const input = g.input("stream", f32([rows, config.dModel]));
  const target = g.input("target", { shape: [rows], dtype: "i32" });
  const logits = unembed(g, { config, weight }, finalNorm(g, { config, weight }, input));
  const [logp, entropy, logsumexp] = g.emit(gatherLogprob, [logits, target], { temperature: 1 });
  const [values, ids, rank] = g.emit(topK, [logits, target], { k });
  const outputs = { logp, entropy, logsumexp, values, ids, rank } as Record<string, Value>;
  const executable = await Executable.compile(gpu, "readout", g, Object.values(outputs), {
    persistent: places,
    profile,
  });
  const f32Of = (name: keyof typeof outputs) => executable.readF32(outputs[name] as Value);
  const u32Of = (name: keyof typeof outputs) => readU32(gpu, executable, outputs[name] as Value);

  const readChunk = async (stream: BufferRange, first: number, targets: Int32Array) => {
    const rowBytes = config.dModel * 4;
    const encoder = gpu.device.createCommandEncoder({ label: "readout" });
    const into = executable.place(input);
    const [from, bytes] = [stream.offset + first * rowBytes, targets.length * rowBytes];
    encoder.copyBufferToBuffer(stream.buffer, from, into.buffer, into.offset, bytes);
    const padded = new Int32Array(rows).fill(NO_TARGET);
    padded.set(targets);
    executable.write(target, padded);
    executable.encode(encoder);
    gpu.submit(encoder.finish());
    const [logps, entropies, sums, tops, topIds, ranks] = await Promise.all([
      f32Of("logp"),
      f32Of("entropy"),
      f32Of("logsumexp"),
      f32Of("values"),
      u32Of("ids"),
      u32Of("rank"),
    ]);
    return {
      logp: logps,
      rank: ranks,
      entropy: entropies,
      topIds,
      topProbabilities: tops.map((value, i) =>
        Math.exp(value - (sums[Math.floor(i / k)] as number)),
      ),
    };
  };

  return {
    k,
    async read(stream, targets, work) {
      const n = targets.length;
      const all: Readings = {
        logp: new Float32Array(n),
        rank: new Uint32Array(n),
        entropy: new Float32Array(n),
        topIds: new Uint32Array(n * k),
        topProbabilities: new Float32Array(n * k),
      };
      for (let first = 0; first < n; first += rows) {
        await nextTurn(work);
        const count = Math.min(rows, n - first);
        const part = await readChunk(stream, first, targets.subarray(first, first + count));
        for (const name of ["logp", "rank", "entropy"] as const)
          all[name].set(part[name].subarray(0, count), first);
        for (const name of ["topIds", "topProbabilities"] as const)
          all[name].set(part[name].subarray(0, count * k), first * k);
      }
      return all;
    },
    destroy: () => executable.destroy(),
  };
}
