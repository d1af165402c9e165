// What the page may ask about the adapter and its kernels.
import type { Outcome } from "./outcome.ts";

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

export interface TuningProgress {
  /** The row at work. */
  readonly row: string;
  readonly done: number;
  readonly total: number;
}

export interface DeviceApi {
  /** Opens the device if it is not open yet. Fault `no-webgpu` or `no-adapter` where that fails. */
  report(): Promise<Outcome<DeviceReport>>;
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
