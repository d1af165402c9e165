// What is known of a run before it starts: its size, the memory it needs, how long a step may take, and
// whether it can run here at all.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { Peaks } from "../../kernels/core/profile.ts";
import type { Fault } from "./outcome.ts";

/** What is known of a text that the config names and the worker has not read. */
export interface PlannedText {
  readonly characters?: number;
  /** Of the tokenizer that the config asks for, on this text. */
  readonly vocabSize?: number;
  readonly trainTokens?: number;
  readonly validationTokens?: number;
}

export interface PlanRequest {
  readonly config: LanguageConfig;
  /** Start from a loaded model's weights, size and tokenizer. */
  readonly modelId?: string;
  readonly text?: PlannedText;
}

/** GPU bytes by what they are for. */
export interface PlannedMemory {
  /** Parameters, with their f16 copies in 16-mixed. */
  readonly weights: number;
  /** Gradients and the optimiser's moments. */
  readonly optimiser: number;
  readonly activations: number;
  /** Evaluation, writing samples (caches), constants, counters. */
  readonly rest: number;
  readonly total: number;
  /** How far the total is to be trusted: counted, or a sum of what cannot be done without. */
  readonly counted: "exact" | "nearly" | "at-least";
}

/** What a prediction of time rests on: numbers shipped for this kind of adapter, its measured peaks, or a run on it. */
export type SpeedBasis = "shipped" | "measured" | "run";

/** A run's step: what was to be expected of the device without it, and what it took. */
export interface MeasuredStep {
  readonly modelMs: number;
  readonly milliseconds: number;
}

/** What is known of an adapter's speed, and kept between visits. */
export interface AdapterSpeed {
  readonly peaks: Peaks | null;
  /** Newest last. */
  readonly measured: readonly MeasuredStep[];
}

export interface PredictedTime {
  readonly milliseconds: number;
  /** Where it should lie nine times in ten. */
  readonly low: number;
  readonly high: number;
}

export interface PlannedTime {
  readonly step: PredictedTime;
  /** All steps, with evaluations and samples. */
  readonly run: PredictedTime;
  readonly basis: SpeedBasis;
  /** The device is being measured: ask again in a moment. */
  readonly isMeasuring: boolean;
}

/** Settings under which it would fit, and what the run would need then. */
export interface PlanFix {
  /** Dotted path to value, as a form takes them. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** GPU bytes with them; null where memory is not the matter. */
  readonly bytes: number | null;
}

/** Why a run cannot start here, or may not get far. */
export interface PlanProblem {
  readonly code: /** It needs more memory than there is for it. */
    | "memory"
    /** One tensor is larger than the device can hold or bind. */
    | "limit"
    /** The text is shorter than a window. */
    | "text"
    /** The device lacks a feature. */
    | "feature"
    /** Nobody tells how much memory the GPU has, and this is a lot. */
    | "memory-unknown";
  readonly isFatal: boolean;
  /** Numbers of the message: bytes, tokens. */
  readonly params: Readonly<Record<string, number>>;
  /** What starting it would end with. */
  readonly fault: Fault;
  readonly fixes: readonly PlanFix[];
}

export interface RunPlan {
  readonly parameters: number;
  readonly vocabulary: { readonly size: number; readonly isExact: boolean };
  readonly tokensPerStep: number;
  readonly memory: PlannedMemory;
  /** What the run itself will report as planned: everything but evaluation and writing. Null where it cannot be laid out. */
  readonly plannedBytes: number | null;
  readonly dispatchesPerStep: number | null;
  /** Of each checkpoint, on disk. */
  readonly checkpointBytes: number;
  /** Null where the run cannot be laid out. */
  readonly time: PlannedTime | null;
  readonly problems: readonly PlanProblem[];
}
