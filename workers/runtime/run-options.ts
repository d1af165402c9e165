import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { VariantRows } from "../../kernels/core/adapter.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { RunEvent } from "../api/runs.ts";
import type { LoadedModel } from "../interop/huggingface.ts";
import type { Checkpoint, RunStore } from "../storage/run-store.ts";

/** What a run needs from where it runs. */
export interface RunHost {
  readonly gpu: Gpu;
  readonly store: RunStore;
  emit(event: RunEvent): void;
  /** Milliseconds, monotonic. */
  now(): number;
}

export interface RunOptions {
  readonly runId: string;
  readonly config: LanguageConfig;
  readonly file?: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
  /** Continue from here. */
  readonly checkpoint?: Checkpoint;
  /** Start from these weights, with this tokenizer. */
  readonly model?: LoadedModel;
  /** Stop after this many steps counted from the beginning; schedules follow the config all the same. */
  readonly stopAfterStep?: number;
  /** Kernel rows to use in place of the shipped ones. A run that continues has its own, and keeps them. */
  readonly variants?: VariantRows;
}
