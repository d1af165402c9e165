// One forward pass over a text of up to T tokens, with everything kept that a look may ask for later: the
// residual stream after each block, the queries and keys of each layer, and every head's pattern made small.
import type { AdapterProfile } from "../../../kernels/core/adapter.ts";
import type { Gpu } from "../../../kernels/core/gpu.ts";
import type { Value } from "../../../kernels/core/op.ts";
import type { BufferRange } from "../../../kernels/core/program.ts";
import { u32 } from "../../../kernels/core/shape.ts";
import { attentionPacked } from "../../../kernels/ops/attention/attention.ts";
import { poolPattern } from "../../../kernels/ops/pool-pattern/pool-pattern.ts";
import { Constants } from "../../engine/constants.ts";
import { Executable } from "../../engine/executable.ts";
import { Graph } from "../../engine/graph.ts";
import type { Pages } from "../../engine/pages.ts";
import type { HookSet } from "../../hooks/hooks.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { attentionSettings, forwardHidden } from "../../nn/transformer.ts";
import { bindWeights } from "./weights.ts";
import { Slices, type Work } from "./work.ts";

/** Most cells along a side of a pattern that was made small. */
const THUMBNAIL_CELLS = 32;

/** Hooks whose residual streams are read out, in order: before the first block, and after each. */
export const streamHooks = ({ nLayers }: Pick<ModelConfig, "nLayers">): readonly string[] => [
  "blocks.0.hook_resid_pre",
  ...Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}.hook_resid_post`),
];

const patternHook = (layer: number) => `blocks.${layer}.attn.hook_pattern`;

export interface ForwardProgram {
  /** Tokens that there is room for. */
  readonly T: number;
  /** Cells along a side of {@link thumbnail}. */
  readonly cells: number;
  /** Reads a text of 1 to T tokens. @throws Superseded, and then nothing of an earlier text is left either. */
  run(ids: Uint32Array, work: Work): Promise<void>;
  /** Where the residual stream of a row of {@link streamHooks} lies: `[T, dModel]` f32. */
  stream(row: number): BufferRange;
  /** Where a layer's queries, keys and values lie, turned by position: `[1, T, (heads + 2 kvHeads) headDim]` f32. */
  qkv(layer: number): BufferRange;
  /** `[heads, cells, cells]`, see poolPattern. */
  thumbnail(layer: number): Promise<Float32Array>;
  destroy(): void;
}

/** Compiles the pass for texts of up to T tokens. @throws FaultError `out-of-memory` or `shader-error`. */
export async function compileForward(
  gpu: Gpu,
  config: ModelConfig,
  weights: Pages,
  T: number,
  profile: AdapterProfile,
): Promise<ForwardProgram> {
  const g = new Graph();
  const constants = new Constants(g);
  const places = new Map<Value, BufferRange>();
  const ids = g.input("ids", u32([1, T]));
  const length = g.input("length", u32([1]));
  const cells = Math.min(THUMBNAIL_CELLS, T);
  const streams = new Map<string, Value>();
  const thumbnails = new Map<string, Value>();
  const qkvs: Value[] = [];
  const wantedStreams = new Set(streamHooks(config));
  const patterns = new Set(
    Array.from({ length: config.nLayers }, (_, layer) => patternHook(layer)),
  );
  const hooks: HookSet = {
    wants: (name) => wantedStreams.has(name) || patterns.has(name),
    at(name, value) {
      if (wantedStreams.has(name)) streams.set(name, value);
      if (patterns.has(name))
        thumbnails.set(name, g.emit(poolPattern, [value, length], { size: cells })[0] as Value);
      return value;
    },
  };
  forwardHidden(g, {
    config,
    weight: bindWeights(g, weights, places),
    constants,
    hooks,
    ids,
    // Rows past the text hold token 0: nothing before them looks that way.
    positions: constants.get("positions", [1, T], "u32", () =>
      Uint32Array.from({ length: T }, (_, i) => i),
    ),
    // The pattern's hook has queries and keys turned before they come here.
    attend(layer, qkv) {
      qkvs[layer] = qkv;
      return g.emit(attentionPacked, [qkv, null], attentionSettings(config, layer))[0] as Value;
    },
    training: false,
    maxPositions: T,
  });
  const inOrder = [...wantedStreams].map((name) => streams.get(name) as Value);
  const small = [...patterns].map((name) => thumbnails.get(name) as Value);
  const uploaded = constants.upload(gpu);
  const free = () => {
    for (const buffer of uploaded.buffers) gpu.destroyBuffer(buffer);
  };
  try {
    const executable = await Executable.compile(gpu, "look", g, [...inOrder, ...qkvs, ...small], {
      persistent: new Map([...places, ...uploaded.places]),
      profile,
    });
    // A layer's worth at a time until it is known how long all take.
    const slices = new Slices(executable, 50 * (config.nLayers + 1));
    return {
      T,
      cells,
      async run(text, work) {
        const padded = new Uint32Array(T);
        padded.set(text);
        executable.write(ids, padded);
        executable.write(length, Uint32Array.of(text.length));
        await slices.run(work);
      },
      stream: (row) => executable.place(inOrder[row] as Value),
      qkv: (layer) => executable.place(qkvs[layer] as Value),
      thumbnail: (layer) => executable.readF32(small[layer] as Value),
      destroy() {
        executable.destroy();
        free();
      },
    };
  } catch (error) {
    free();
    throw error;
  }
}

/** GPU memory for looking at one text. */
export const LOOK_BYTES = 256 * 2 ** 20;
/** Longest text, whatever memory allows. */
const LONGEST = 1_024;

/** Bytes that {@link compileForward} and what reads from it need for texts of T tokens, weights not counted. */
export function lookBytes(config: ModelConfig, T: number): number {
  const { nLayers, nHeads, nKvHeads, headDim, dModel, dMlp } = config;
  const qkv = (nHeads + 2 * nKvHeads) * headDim;
  const kept = T * ((nLayers + 1) * dModel + nLayers * qkv);
  // A layer at work, and a pattern that is read: once on the way, once when somebody asks for a head.
  const working = T * (3 * dMlp + 4 * dModel + 2 * qkv) + 2 * nHeads * T * T;
  return 4 * (kept + working);
}

/** Longest text that can be looked at: the model's context, or what memory and bindings allow. */
export function longestLook(
  config: ModelConfig,
  { limits }: Pick<AdapterProfile, "limits">,
): number {
  const fits = (T: number) =>
    lookBytes(config, T) <= LOOK_BYTES &&
    4 * config.nHeads * T * T <= limits.maxStorageBufferBindingSize;
  let T = Math.min(config.nCtx, LONGEST);
  while (T > 16 && !fits(T)) T = 2 ** (Math.ceil(Math.log2(T)) - 1);
  return T;
}

/** Room for a text of so many tokens: few sizes, so that few programs are compiled. */
export const roomFor = (tokens: number, longest: number): number =>
  Math.min(longest, Math.max(32, 2 ** Math.ceil(Math.log2(tokens))));
