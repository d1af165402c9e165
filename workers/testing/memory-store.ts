import type { Tuning } from "../api/device.ts";
import type { Checkpoint, LogName, RunRecord, RunStore } from "../storage/run-store.ts";
import type { TuningStore } from "../storage/tuning-store.ts";

/** A RunStore in memory, for tests of what runs put into one. */
export class MemoryStore implements RunStore {
  readonly records = new Map<string, RunRecord>();
  readonly checkpoints = new Map<string, Checkpoint[]>();
  readonly logs: Record<LogName, object[]> = { metrics: [], samples: [] };
  readonly texts = new Map<string, Uint8Array<ArrayBuffer>>();

  async putRecord(record: RunRecord): Promise<void> {
    this.records.set(record.runId, record);
  }
  async listRecords(): Promise<readonly RunRecord[]> {
    return [...this.records.values()];
  }
  async saveCheckpoint(runId: string, checkpoint: Checkpoint): Promise<void> {
    this.checkpoints.set(runId, [...(this.checkpoints.get(runId) ?? []), checkpoint]);
  }
  async loadCheckpoint(runId: string): Promise<Checkpoint | null> {
    return this.checkpoints.get(runId)?.at(-1) ?? null;
  }
  async appendLog(_runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    this.logs[log].push(...lines);
  }
  async readLog(_runId: string, log: LogName): Promise<readonly object[]> {
    return this.logs[log];
  }
  async truncateLogs(_runId: string, step: number): Promise<void> {
    for (const log of ["metrics", "samples"] as const)
      this.logs[log] = this.logs[log].filter((line) => (line as { step: number }).step <= step);
  }
  async saveText(runId: string, text: Uint8Array<ArrayBuffer>): Promise<void> {
    this.texts.set(runId, text);
  }
  async loadText(runId: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.texts.get(runId) ?? null;
  }
  async deleteRun(runId: string): Promise<void> {
    this.records.delete(runId);
    this.checkpoints.delete(runId);
  }
}

/** A TuningStore in memory. */
export class MemoryTuningStore implements TuningStore {
  readonly tunings = new Map<string, Tuning>();

  async load(adapter: string): Promise<Tuning | null> {
    return this.tunings.get(adapter) ?? null;
  }
  async save(adapter: string, tuning: Tuning): Promise<void> {
    this.tunings.set(adapter, tuning);
  }
  async forget(adapter: string): Promise<void> {
    this.tunings.delete(adapter);
  }
}
