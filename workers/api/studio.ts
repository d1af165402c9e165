// What the page may ask of the compute worker. Types only: app/ sees this folder and nothing else of
// workers/. Calls are coarse, one per user action; progress arrives as events; faults are data.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { ChatMessage, SampleConfig } from "../../configs/schema/sample.ts";
import type { Fault } from "../../kernels/core/fault.ts";
import type { StepProfile } from "../../kernels/core/profile.ts";

export type { Fault, FaultCode } from "../../kernels/core/fault.ts";
export type { StepProfile } from "../../kernels/core/profile.ts";

/** Result of a call: faults cross the thread as data, never as thrown errors. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

/** Rows of a table that says which kernel serves a class of shapes: `{"matmul/many.nn": "tile64x64"}`. */
export type VariantRows = Readonly<Record<string, string>>;

/** What an adapter calls itself. What was measured on one says nothing of another. */
export interface AdapterName {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** How a kernel did on one class of shapes. */
export interface TunedVariant {
  readonly name: string;
  /** Median and quartiles of its time; null where it was not timed. */
  readonly milliseconds: {
    readonly median: number;
    readonly low: number;
    readonly high: number;
  } | null;
  /** Largest difference from the plain kernel's values, relative to the largest; null where there are none. */
  readonly error: number | null;
  /** Why it may not serve here; null where it may. */
  readonly rejected: string | null;
}

export interface TunedRow {
  readonly row: string;
  readonly shipped: string;
  readonly chosen: string;
  /** Those that can do the work on this adapter. */
  readonly variants: readonly TunedVariant[];
}

/** What measuring an adapter's kernels gave. */
export interface Tuning {
  readonly adapter: AdapterName;
  /** Rows in which another kernel than the shipped one serves. */
  readonly rows: VariantRows;
  readonly report: readonly TunedRow[];
}

/** The adapter that runs everything. */
export interface DeviceReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** A software adapter: right, but slow; the page says so. */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Kernel rows measured here, which new runs use in place of the shipped ones. */
  readonly variants: VariantRows;
}

/** What a person may choose from, as data. */
export interface Catalogue {
  readonly datasets: readonly {
    readonly id: string;
    readonly title: string;
    readonly description: string;
  }[];
  readonly models: readonly {
    readonly id: string;
    readonly parameters: string;
    readonly description: string;
  }[];
}

/** Text handed in by the user. Bytes are transferred. */
export interface TextSource {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

export interface RunRequest {
  readonly config: LanguageConfig;
  /** The dropped file, when `data.dataset` is `file`. */
  readonly text?: TextSource;
  /** Continue from this stored run's last checkpoint instead of from the beginning. */
  readonly resumeRunId?: string;
  /** Start from a loaded model's weights (and its tokenizer) instead of random ones. */
  readonly modelId?: string;
}

/** A text to continue, or a chat to answer: messages stand in the place of the prompt. */
export interface SampleRequest extends SampleConfig {
  /** Written as the model's chat template has it; fault `bad-model` where it has none. */
  readonly messages?: readonly ChatMessage[];
}

/** Columns of equal length, one row per logged step. Transferred. */
export interface MetricBatch {
  readonly step: Uint32Array;
  /** Training tokens seen since the beginning. */
  readonly tokens: Float64Array;
  /** Seconds of training since the beginning, pauses not counted. */
  readonly seconds: Float64Array;
  /** Mean token cross-entropy of the step's batch, in nats. */
  readonly loss: Float32Array;
  /** Global L2 norm of the gradient before clipping. */
  readonly gradNorm: Float32Array;
  readonly learningRate: Float32Array;
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
      readonly type: "validation";
      readonly step: number;
      /** Mean cross-entropy over the fixed validation windows, in nats per token. */
      readonly loss: number;
      readonly bitsPerByte: number;
    }
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
  | { readonly type: "checkpoint"; readonly step: number; readonly bytes: number }
  | {
      readonly type: "fault";
      readonly fault: Fault;
      /** Step of the last good checkpoint, when there is one to go back to. */
      readonly checkpointStep?: number;
    };

export interface RunEventEnvelope {
  readonly runId: string;
  readonly event: RunEvent;
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
}

export interface TextFacts {
  readonly characters: number;
}

export interface FolderFile {
  readonly path: string;
  readonly bytes: ArrayBuffer;
}

export interface ModelSummary {
  readonly modelId: string;
  readonly name: string;
  readonly family: string;
  readonly parameters: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly hasTokenizer: boolean;
  /** Whether it can be asked with messages. */
  readonly hasChatTemplate: boolean;
}

export interface TuningProgress {
  /** The row at work. */
  readonly row: string;
  readonly done: number;
  readonly total: number;
}

/** The whole surface. */
export interface StudioApi {
  describe(): Promise<Catalogue>;
  /** Opens the device if it is not open yet. Fault `no-webgpu` or `no-adapter` where that fails. */
  device(): Promise<Outcome<DeviceReport>>;
  /** Whether a text can be trained on, before anything is started; fault `bad-data`. Bytes are transferred. */
  inspectText(text: TextSource): Promise<Outcome<TextFacts>>;
  /** Resolves as soon as the run exists; everything after that arrives through `onEvent`. */
  start(
    request: RunRequest,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<Outcome<{ runId: string }>>;
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
  /** The model as a Hugging Face folder: config.json, model.safetensors, tokenizer.json... */
  saveModel(
    source: { runId: string } | { modelId: string },
  ): Promise<Outcome<readonly FolderFile[]>>;
  /** Reads a Hugging Face folder. Bytes are transferred. */
  loadModel(name: string, files: readonly FolderFile[]): Promise<Outcome<ModelSummary>>;
  /** Continues a text or answers a chat with a loaded model; chunks arrive through `onText` (whole text so far). */
  generate(
    modelId: string,
    settings: SampleRequest,
    onText: (text: string, done: boolean) => void,
  ): Promise<Outcome<{ text: string }>>;
  /** Runs whose last checkpoint can be resumed, newest first. */
  storedRuns(): Promise<Outcome<readonly StoredRun[]>>;
  deleteRun(runId: string): Promise<Outcome<null>>;
  /**
   * Measures the kernels of this adapter and keeps the rows for runs that start from now on; those that
   * exist keep their own. It takes minutes on an adapter in software. Fault `bad-config` while a run
   * trains or another tuning is under way, or once {@link stopTuning} ended it: then nothing is kept.
   */
  tune(onProgress: (progress: TuningProgress) => void): Promise<Outcome<Tuning>>;
  stopTuning(): Promise<Outcome<null>>;
  /** Runs that start from now on use the shipped kernels again. */
  forgetTuning(): Promise<Outcome<null>>;
}
