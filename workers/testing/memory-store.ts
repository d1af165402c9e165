import type { Tuning } from "../api/device.ts";
import type {
  Checkpoint,
  LogName,
  RunFacts,
  RunNotes,
  RunRecord,
  RunStore,
} from "../storage/run-store.ts";
import type { TuningStore } from "../storage/tuning-store.ts";

/** A RunStore in memory, for tests of what runs put into one. One set of logs serves all its runs. */
export class MemoryStore implements RunStore {
  readonly records = new Map<string, RunRecord>();
  readonly checkpoints = new Map<string, Checkpoint[]>();
  readonly logs: Record<LogName, object[]> = { metrics: [], samples: [] };
  readonly texts = new Map<string, Uint8Array<ArrayBuffer>>();

  async recordRun(facts: RunFacts): Promise<void> {
    const none = { name: null, tags: [], notes: "", deletedAt: null, createdAt: facts.savedAt };
    const old = this.records.get(facts.runId) ?? none;
    this.records.set(facts.runId, { ...old, ...facts, format: 2 });
  }
  async editRun(runId: string, notes: Partial<RunNotes>): Promise<void> {
    const old = this.records.get(runId);
    if (old) this.records.set(runId, { ...old, ...notes });
  }
  async listRuns() {
    return { records: [...this.records.values()], unreadable: [] };
  }
  async saveCheckpoint(runId: string, checkpoint: Checkpoint) {
    this.checkpoints.set(runId, [...(this.checkpoints.get(runId) ?? []), checkpoint]);
    return [];
  }
  async loadCheckpoint(runId: string) {
    const checkpoint = this.checkpoints.get(runId)?.at(-1);
    return checkpoint ? { ...checkpoint, damaged: [] } : null;
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
