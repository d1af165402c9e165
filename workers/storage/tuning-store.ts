import type { Tuning } from "../api/device.ts";

/** Where measured kernel tables are kept, one for each adapter, by its slug. */
export interface TuningStore {
  load(adapter: string): Promise<Tuning | null>;
  save(adapter: string, tuning: Tuning): Promise<void>;
  forget(adapter: string): Promise<void>;
}
