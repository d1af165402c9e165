// Which tokens a training step sees. Everything here is a pure function of (seed, step, micro-step),
// so a run that resumes at a step, or repeats one, gets the windows it would have got.
import { RandomStream, STREAMS } from "../../kernels/core/philox.ts";
import { sourceOf, type TokenArray, type TokenSource } from "./token-source.ts";

/** The target that the loss leaves out. */
export const IGNORED_TARGET = -100;

/** Inputs [batchSize, contextLength] u32 and the tokens that follow them, i32. */
export interface Batch {
  readonly inputs: Uint32Array<ArrayBuffer>;
  readonly targets: Int32Array<ArrayBuffer>;
}

/** Where windows start: at random, or one after another and around again. */
type WindowOrder = "random" | "sequential";

export interface BatchSamplerOptions {
  readonly tokens: TokenSource | TokenArray;
  /** Windows in one micro-step. */
  readonly batchSize: number;
  /** Tokens in a window. */
  readonly contextLength: number;
  readonly seed: number;
  /** Default `random`. */
  readonly order?: WindowOrder;
  /** Micro-steps in one optimiser step (gradient accumulation); only `sequential` needs it. Default 1. */
  readonly microSteps?: number;
}

export interface BatchSampler {
  readonly batchSize: number;
  readonly contextLength: number;
  /** Windows that `sequential` order has before it begins again. */
  readonly windowsPerEpoch: number;
  /**
   * The batch of a micro-step. Window b of micro-step m is window m * batchSize + b of its step: two
   * micro-steps of 4 see what one of 8 sees.
   *
   * @param into arrays to fill instead of new ones, [batchSize * contextLength] each.
   */
  batchAt(step: number, micro?: number, into?: Batch): Batch;
}

type Options = Required<BatchSamplerOptions> & { readonly tokens: TokenSource };
type StartRule = (step: number, micro: number, options: Options) => number[];

const ORDERS: { readonly [K in WindowOrder]: StartRule } = {
  // Draws of one step are one sequence, whatever the size of its micro-steps; earlier ones are passed over.
  random: (step, micro, { tokens, batchSize, contextLength, seed }) => {
    const random = new RandomStream(seed, STREAMS.data, step);
    const starts = tokens.length - contextLength;
    for (let i = 0; i < micro * batchSize; i++) random.nextU32();
    return Array.from({ length: batchSize }, () => random.below(starts));
  },
  sequential: (step, micro, { tokens, batchSize, contextLength, microSteps }) => {
    const windows = Math.floor((tokens.length - 1) / contextLength);
    const first = (step * microSteps + micro) * batchSize;
    return Array.from({ length: batchSize }, (_, b) => ((first + b) % windows) * contextLength);
  },
};

/**
 * Draws windows of `contextLength` tokens and their successors.
 *
 * @throws RangeError if sizes are not positive whole numbers or no window fits (see requireOneWindow).
 */
export function createBatchSampler(options: BatchSamplerOptions): BatchSampler {
  const full = {
    order: "random" as const,
    microSteps: 1,
    ...options,
    tokens: sourceOf(options.tokens),
  };
  const { tokens, batchSize, contextLength } = full;
  requireCount("batchSize", batchSize);
  requireCount("contextLength", contextLength);
  requireCount("microSteps", full.microSteps);
  if (tokens.length < contextLength + 1)
    throw new RangeError(
      `batches: a window of ${contextLength} tokens and one more must fit; there are ${tokens.length} tokens.`,
    );
  const startsOf = ORDERS[full.order];
  const window = new Uint32Array(contextLength + 1);
  return {
    batchSize,
    contextLength,
    windowsPerEpoch: Math.floor((tokens.length - 1) / contextLength),
    batchAt: (step, micro = 0, into = emptyBatch(batchSize * contextLength)) => {
      startsOf(step, micro, full).forEach((start, b) => {
        const at = b * contextLength;
        tokens.read(start, window);
        into.inputs.set(window.subarray(0, contextLength), at);
        into.targets.set(window.subarray(1), at);
      });
      return into;
    },
  };
}

/** A held-out part, cut into windows once and for all. */
export interface ValidationWindows {
  readonly contextLength: number;
  readonly windowCount: number;
  /** Tokens that are predicted: every one but the first. */
  readonly predictions: number;
  /**
   * Windows `first` .. `first + batchSize - 1`. What lies past the end has input 0 and
   * {@link IGNORED_TARGET}, so every batch has the same shape.
   */
  batchAt(first: number, batchSize: number, into?: Batch): Batch;
}

/**
 * Consecutive, non-overlapping windows over the whole of `held`: each token but the first is a target
 * exactly once.
 *
 * @throws RangeError if there are fewer than 2 tokens.
 */
export function validationWindows(
  held: TokenSource | TokenArray,
  contextLength: number,
): ValidationWindows {
  const tokens = sourceOf(held);
  requireCount("contextLength", contextLength);
  if (tokens.length < 2)
    throw new RangeError(
      `batches: validation must have 2 tokens or more; there are ${tokens.length}.`,
    );
  const predictions = tokens.length - 1;
  return {
    contextLength,
    predictions,
    windowCount: Math.ceil(predictions / contextLength),
    batchAt: (first, batchSize, into = emptyBatch(batchSize * contextLength)) => {
      into.inputs.fill(0);
      into.targets.fill(IGNORED_TARGET);
      const start = first * contextLength;
      const end = Math.min(start + batchSize * contextLength, predictions);
      if (start < end) {
        const part = new Uint32Array(end + 1 - start);
        tokens.read(start, part);
        into.inputs.set(part.subarray(0, end - start));
        into.targets.set(part.subarray(1));
      }
      return into;
    },
  };
}

const emptyBatch = (size: number): Batch => ({
  inputs: new Uint32Array(size),
  targets: new Int32Array(size),
});

function requireCount(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0))
    throw new RangeError(`batches: ${name} must be a positive whole number; it is ${value}.`);
}

/** All micro-batches of one step. */
export const batchesOf = (sampler: BatchSampler, step: number, count: number): readonly Batch[] =>
  Array.from({ length: count }, (_, micro) => sampler.batchAt(step, micro));
