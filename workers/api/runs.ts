// Runs: what starts them, what they tell, what may be asked of them.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { StepProfile } from "../../kernels/core/profile.ts";
import type { DeviceReport, VariantRows } from "./device.ts";
import type { SampleRequest } from "./models.ts";
import type { Fault, Outcome } from "./outcome.ts";
import type { PlanRequest, RunPlan } from "./plan.ts";

export type { ProfileRow, StepProfile } from "../../kernels/core/profile.ts";

export interface RunRequest {
  readonly config: LanguageConfig;
  /** The prepared text, when `data.dataset` is `file`. */
  readonly datasetId?: string;
  /** The file itself, where it is not prepared: the run does that first, with a loaded model's tokenizer. */
  readonly file?: File;
  /** What `data.tokenizer: file` means: tokenizer.json, and the files that belong to it. */
  readonly tokenizer?: readonly File[];
  /** Continue from this stored run's last checkpoint instead of from the beginning. */
  readonly resumeRunId?: string;
  /** Start from a loaded model's weights (and its tokenizer) instead of random ones. */
  readonly modelId?: string;
}

/** Columns of equal length, one row per logged step. Transferred. */
export interface MetricBatch {
  readonly step: Uint32Array;
  /** Training tokens seen since the beginning. */
  readonly tokens: Float64Array;
  /** Seconds of training since the beginning, pauses not counted. */
  readonly seconds: Float64Array;
  /**
   * Everything measured, by the names of the log: `train/loss` (mean token cross-entropy of the step's
   * batch, nats), `train/grad_norm` (global L2 norm before clipping), `train/lr`; `val/loss` (mean token
   * cross-entropy over the fixed validation windows, nats) and `val/bits_per_byte` of evaluated steps;
   * `perf/tokens_per_second`; `norms/grad/PART` and `norms/weight/PART` (L2 norms of a part of
   * the model, `blocks.0.attn`, before the step) in every so many steps. NaN where a row has no value. A name may be in some batches and not in others.
   */
  readonly series: Readonly<Record<string, Float32Array>>;
}

export type RunPhase =
  | "preparing" // text, tokenizer, model, kernels; see `progress`
  | "running"
  | "paused"
  | "done"
  | "stopped"
  | "failed";

export type RunEvent =
  | { readonly type: "phase"; readonly phase: RunPhase; readonly step: number }
  | {
      readonly type: "progress";
      readonly task: "text" | "tokenizer" | "tokens" | "model" | "kernels";
      readonly done: number;
      readonly total: number;
    }
  | {
      /** Once, when everything is known and the first step is about to be queued. */
      readonly type: "ready";
      /** What is really trained: a loaded model brings its own tokens and size. */
      readonly tokenizer: "character" | "byte" | "bpe" | "huggingface";
      readonly family: string;
      readonly layers: number;
      readonly width: number;
      readonly parameters: number;
      readonly vocabSize: number;
      readonly trainTokens: number;
      readonly validationTokens: number;
      readonly tokensPerStep: number;
      readonly maxSteps: number;
      /** Bytes of GPU memory planned for the run. */
      readonly plannedBytes: number;
      readonly dispatchesPerStep: number;
      readonly submitsPerStep: number;
      readonly device: DeviceReport;
      /** Kernel rows that its steps use, for its whole life. */
      readonly variants: VariantRows;
    }
  | { readonly type: "metrics"; readonly batch: MetricBatch }
  | {
      /** A sample in the making: the same id comes again with longer text until `done`. */
      readonly type: "sample";
      readonly sampleId: number;
      readonly step: number;
      readonly prompt: string;
      readonly text: string;
      readonly temperature: number;
      readonly done: boolean;
      /** True when the person asked for it, false for the run's own periodic samples. */
      readonly requested: boolean;
    }
  /** After a fault of the storage: it has done its part again. */
  | { readonly type: "checkpoint"; readonly step: number; readonly bytes: number }
  /** The model that a run has ended with is among the kept ones. */
  | { readonly type: "kept"; readonly modelId: string; readonly step: number }
  /** Something is not as it should be, and the run goes on without it. */
  | { readonly type: "warning"; readonly fault: Fault }
  | {
      /** What ended the run; or, of the codes `storage` and `storage-full`, what it could not keep. */
      readonly type: "fault";
      readonly fault: Fault;
      /** Step of the last good checkpoint, when there is one to go back to. */
      readonly checkpointStep?: number;
    };

export interface RunEventEnvelope {
  readonly runId: string;
  readonly event: RunEvent;
}

/** How far a run has come, in a few numbers; null where nothing has been measured. */
export interface RunSummary {
  /** The last logged one. */
  readonly step: number;
  /** Of the last logged step, and the lowest of the validation part; nats per token. */
  readonly trainLoss: number | null;
  readonly bestValidationLoss: number | null;
  /** Where the validation loss was lowest. */
  readonly bestBitsPerByte: number | null;
  /** Seconds trained and training tokens seen. */
  readonly seconds: number;
  readonly tokens: number;
  readonly parameters: number | null;
}

/** A stored run that can be resumed. */
export interface StoredRun {
  readonly runId: string;
  readonly title: string;
  readonly config: LanguageConfig;
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly phase: RunPhase;
  /** Description of the adapter it ran on, and the kernel rows that it uses. */
  readonly device: string;
  readonly variants: VariantRows;
  /** Another tab has it now: here it can only be looked at. */
  readonly isElsewhere: boolean;
}

/** A run that is there and cannot be read by this version. It is kept as it is. */
export interface UnreadableRun {
  readonly runId: string;
  readonly fault: Fault;
}

/** A run that has begun, and its settings: of one that begins with a model, those have that model's shape. */
export interface StartedRun {
  readonly runId: string;
  readonly config: LanguageConfig;
}

export interface RunsApi {
  /**
   * What is known of a run before it starts, without making anything on the device. What is in the way of it
   * is part of the plan, not a fault.
   */
  plan(request: PlanRequest): Promise<Outcome<RunPlan>>;
  /**
   * Resolves as soon as the run exists; everything after that arrives through `onEvent`. A run that cannot fit
   * is refused with the fault of its {@link plan}. Faults of one that continues: `run-gone` without a whole
   * checkpoint, `run-elsewhere` while another tab has it, `newer-version`.
   */
  start(
    request: RunRequest,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<Outcome<StartedRun>>;
  /** Resolves when the step in flight has finished. Pausing twice is harmless. */
  pause(runId: string): Promise<Outcome<null>>;
  resume(runId: string): Promise<Outcome<null>>;
  /** One optimiser step of a paused run. */
  step(runId: string): Promise<Outcome<null>>;
  /** Ends the run after the step in flight, with a last checkpoint. */
  stop(runId: string): Promise<Outcome<null>>;
  /** Writes a sample now, while training goes on; it arrives as `sample` events of the run. */
  sample(runId: string, settings: SampleRequest): Promise<Outcome<{ sampleId: number }>>;
  /**
   * Where the time of the run's next steps goes, dispatch by dispatch. A paused run takes these steps
   * and rests again. Their numbers do not change; they take longer, most of all without timestamps.
   * Where the run ends first, the profile is of those it has taken; fault `bad-config` where those are none.
   */
  profile(runId: string, steps: number): Promise<Outcome<StepProfile>>;
  /** Replaces the settings of the run's own periodic samples. */
  setSampling(runId: string, settings: SampleConfig): Promise<Outcome<null>>;
  /** The page may be about to go: every run writes a checkpoint as soon as that costs under 5 % of its time. */
  saveAll(): Promise<Outcome<null>>;
  /** Runs whose last checkpoint can be resumed, newest first. */
  stored(): Promise<Outcome<readonly StoredRun[]>>;
  /** Stored runs that this version cannot read, and why. */
  unreadable(): Promise<Outcome<readonly UnreadableRun[]>>;
  /** Fault `run-elsewhere` while another tab has it. */
  delete(runId: string): Promise<Outcome<null>>;
}
