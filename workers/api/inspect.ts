// What the page may ask about the inside of a model: what it expects of a text token by token, what its heads
// look at, what each layer would already say, and which tokens it holds to be alike.
import type { ChatMessage } from "../../configs/schema/sample.ts";
import type { Outcome } from "./outcome.ts";

/** A run of this tab (training, resting or over) or a loaded model. */
export type InspectTarget = { readonly runId: string } | { readonly modelId: string };

export interface LookRequest {
  readonly target: InspectTarget;
  /** Begins with what the tokenizer puts before a text. Longer ones than the model can read at once are cut. */
  readonly text: string;
  /** In place of the text: a chat as the model's own template writes it. */
  readonly messages?: readonly ChatMessage[];
}

/** Texts of tokens by id. Bytes that are no whole character look like `\xE4\xBD`. */
export type Pieces = Readonly<Record<number, string>>;

/** What is looked at. */
export interface LookedAtModel {
  readonly family: string;
  readonly layers: number;
  readonly heads: number;
  readonly vocabSize: number;
  /** Most tokens that can be looked at: the model's context, or less where memory is short. */
  readonly contextLength: number;
  /** Whether tokens go in and come out through the same matrix. */
  readonly isTied: boolean;
  /** Sliding window of each layer in tokens; null sees all that came before. */
  readonly windows: readonly (number | null)[];
}

/**
 * A text as a model reads it: T tokens, and after each of them what the model expects to come next. Arrays
 * are transferred.
 */
export interface Look {
  /** Names this look in what is asked about it afterwards. */
  readonly lookId: number;
  readonly model: LookedAtModel;
  /** Optimiser steps that the run's weights had taken; null for a loaded model. */
  readonly step: number | null;
  /** `[T]` */
  readonly ids: Uint32Array;
  /** Of every id that occurs here, in the text or among what was expected. */
  readonly pieces: Pieces;
  /** Positions of tokens that are signs to the model and no text. */
  readonly specials: readonly number[];
  /** Whether only the beginning of the text was read. */
  readonly isCut: boolean;
  /** Whether the model reads something else than was written: its tokenizer does not know every character, say. */
  readonly isAltered: boolean;
  /** `[T]` nats: loss of the token after this one, `-ln p(next)`; NaN after the last. Mean over the T - 1 others: the loss of the text. */
  readonly loss: Float32Array;
  /** `[T]`: tokens that the model held to be likelier than the one that followed; vocabSize after the last. */
  readonly rank: Uint32Array;
  /** `[T]` nats: entropy of what is expected next. */
  readonly entropy: Float32Array;
  /** Alternatives of each position, most likely first: k of them. */
  readonly k: number;
  /** `[T, k]` */
  readonly topIds: Uint32Array;
  /** `[T, k]` */
  readonly topProbabilities: Float32Array;
  /** Every head's attention pattern made small. */
  readonly thumbnails: {
    /** Stretches of the text, and tokens in each. */
    readonly cells: number;
    readonly cellTokens: number;
    /** `[layers, heads, cells, cells]`: share of the attention of one stretch that goes to another; rows sum to 1. */
    readonly shares: Float32Array;
  };
}

/** What a layer would say next, had the model ended there: final norm and unembedding of its residual stream. */
export interface LogitLens {
  /** Hook of each row, from the embedding to the last block, which is the model itself. */
  readonly hooks: readonly string[];
  readonly pieces: Pieces;
  readonly k: number;
  /** `[rows, T, k]`, most likely first. */
  readonly topIds: Uint32Array;
  /** `[rows, T, k]` */
  readonly topProbabilities: Float32Array;
  /** `[rows, T]`: probability of the token that did follow; NaN after the last. */
  readonly nextProbability: Float32Array;
  /** `[rows, T]`: tokens held to be likelier than it; vocabSize after the last. */
  readonly nextRank: Uint32Array;
}

export interface NeighboursRequest {
  readonly tokenId: number;
  /** Among the rows that tokens go in as, or those that they come out by. */
  readonly matrix: "embed" | "unembed";
  readonly by: "cosine" | "dot";
  /** Rows less their mean: what all have in common says nothing of any. */
  readonly isCentred: boolean;
}

export interface Neighbour {
  readonly id: number;
  readonly piece: string;
  readonly cosine: number;
  readonly dot: number;
}

/**
 * Everything asked about a look is of the weights that it saw, however far the run has come. An answer is null
 * where a later question took its place: a new look of the same target, or another question of the same kind.
 */
export interface InspectApi {
  /**
   * Reads a text. A run goes on meanwhile, its numbers unchanged.
   *
   * Fault `bad-config` for a run that has no model yet or a text without tokens, `bad-model` without a tokenizer,
   * `out-of-memory` where the weights do not fit a second time.
   */
  look(request: LookRequest): Promise<Outcome<Look | null>>;
  /** `[T, T]` f32, row i: what query i looks at, 0 for all that it cannot see. Rows sum to 1. */
  attention(
    target: InspectTarget,
    lookId: number,
    head: { readonly layer: number; readonly head: number },
  ): Promise<Outcome<Float32Array | null>>;
  logitLens(target: InspectTarget, lookId: number): Promise<Outcome<LogitLens | null>>;
  /** The 20 nearest tokens, nearest first; the token itself is not among them. */
  neighbours(
    target: InspectTarget,
    lookId: number,
    request: NeighboursRequest,
  ): Promise<Outcome<readonly Neighbour[] | null>>;
  /** Nobody looks any more: frees what was kept for it. */
  close(target: InspectTarget): Promise<Outcome<null>>;
}
