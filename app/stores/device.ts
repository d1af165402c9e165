// What the page knows of the device beyond its name: what the worker tells of it, and what is being measured.
import { createStore } from "zustand/vanilla";
import type { DeviceOverview, KernelCheck } from "../../workers/api/device.ts";
import type { Fault } from "../../workers/api/outcome.ts";

export type Measurement = "selfTest" | "benchmark" | "tuning";

/** A measurement that is under way. */
export interface DeviceJob {
  readonly kind: Measurement;
  readonly done: number;
  readonly total: number;
  /** What is at work: a kernel, a part, a row. */
  readonly current: string;
  /** Milliseconds of the page's clock. */
  readonly startedAt: number;
  readonly isStopping: boolean;
  /** Comparisons that failed so far. */
  readonly failures: readonly KernelCheck[];
}

interface DeviceState {
  readonly overview: DeviceOverview | null;
  /** Why there is no overview. */
  readonly fault: Fault | null;
  readonly job: DeviceJob | null;
  /** Why the last measurement of a kind gave nothing. */
  readonly faults: Readonly<Partial<Record<Measurement, Fault>>>;
}

export const deviceStore = createStore<DeviceState>(() => ({
  overview: null,
  fault: null,
  job: null,
  faults: {},
}));
