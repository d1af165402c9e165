// What the page may ask about the adapter and its kernels.
import type { KernelCheck, SelfTestExtent } from "../../kernels/core/check.ts";
import type { Outcome } from "./outcome.ts";

export type { KernelCheck, SelfTestExtent } from "../../kernels/core/check.ts";

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
  /** What the last self-test on this adapter said; absent where there was none. */
  readonly numerics?: Numerics;
}

/** A self-test in short. */
export interface Numerics {
  readonly extent: SelfTestExtent;
  readonly passed: number;
  readonly total: number;
  /** Milliseconds since 1970. */
  readonly finishedAt: number;
}

export interface TuningProgress {
  /** The row at work. */
  readonly row: string;
  readonly done: number;
  readonly total: number;
}

/** Something that a device may have, and whether it is used. */
export interface DeviceFeature {
  readonly name: string;
  readonly used: boolean;
}

/** A limit of the device: what it was opened with, and what the adapter would give at most. */
export interface DeviceLimit {
  readonly name: string;
  readonly value: number;
  readonly offered: number;
}

/** What the Device page shows of the adapter, whole. */
export interface DeviceOverview {
  readonly adapter: AdapterName;
  readonly software: boolean;
  /** Smallest and largest size of a subgroup; null where there are none. */
  readonly subgroupSizes: readonly [smallest: number, largest: number] | null;
  /** Those of the adapter, by name. */
  readonly features: readonly DeviceFeature[];
  readonly limits: readonly DeviceLimit[];
  /** How many comparisons each extent of the self-test makes here. */
  readonly checks: Readonly<Record<SelfTestExtent, number>>;
  /** What was found out about this adapter before; null where nothing was, or it could not be read. */
  readonly selfTest: SelfTestReport | null;
  readonly benchmark: BenchmarkReport | null;
  readonly tuning: Tuning | null;
}

export interface SelfTestReport {
  readonly adapter: AdapterName;
  readonly extent: SelfTestExtent;
  /** Milliseconds since 1970, at its end. */
  readonly finishedAt: number;
  readonly seconds: number;
  readonly checks: readonly KernelCheck[];
}

export interface SelfTestProgress {
  readonly check: KernelCheck;
  readonly done: number;
  readonly total: number;
}

/** What a benchmark measures. */
export type BenchmarkPart = "arithmetic" | "memory" | "cache" | "matmul" | "attention" | "training";

/** One thing that was measured. Rates are of the median time. */
export interface BenchmarkRow {
  readonly part: BenchmarkPart;
  /** Sizes of the problem, as numbers a person can read: "512 x 512 x 512". */
  readonly problem: string;
  readonly rate: number;
  readonly unit: "flops" | "bytes" | "tokens";
  /** Rates of the quartiles of its times. */
  readonly low: number;
  readonly high: number;
  /** Shortest possible time, by the measured peaks, over the time taken; null for the peaks themselves. */
  readonly share: number | null;
  /** Kernel of the table that did it, where there is a choice. */
  readonly variant: string | null;
}

export interface BenchmarkReport {
  readonly adapter: AdapterName;
  readonly finishedAt: number;
  readonly seconds: number;
  readonly rows: readonly BenchmarkRow[];
}

export interface BenchmarkProgress {
  /** What is being measured. */
  readonly part: BenchmarkPart;
  readonly done: number;
  readonly total: number;
}

/**
 * Measurements of the device: {@link tune}, {@link selfTest} and {@link benchmark}. One at a time, and none
 * while a run trains: fault `bad-config`. A run that starts, or {@link stop}, ends what is under way with the
 * same fault, and nothing of it is kept.
 */
export interface DeviceApi {
  /** Opens the device if it is not open yet. Fault `no-webgpu` or `no-adapter` where that fails. */
  report(): Promise<Outcome<DeviceReport>>;
  overview(): Promise<Outcome<DeviceOverview>>;
  /** Compares every op with its reference; the result is kept for this adapter. */
  selfTest(
    extent: SelfTestExtent,
    onProgress: (progress: SelfTestProgress) => void,
  ): Promise<Outcome<SelfTestReport>>;
  /** Measures what the device does at most and what this product gets of it; kept for this adapter. */
  benchmark(onProgress: (progress: BenchmarkProgress) => void): Promise<Outcome<BenchmarkReport>>;
  /**
   * Measures the kernels of this adapter and keeps the rows for runs that start from now on; those that
   * exist keep their own. It takes minutes on an adapter in software.
   */
  tune(onProgress: (progress: TuningProgress) => void): Promise<Outcome<Tuning>>;
  /** Runs that start from now on use the shipped kernels again. */
  forgetTuning(): Promise<Outcome<null>>;
  /** Ends the measurement that is under way, if any. */
  stop(): Promise<Outcome<null>>;
}
