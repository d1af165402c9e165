// How runs are kept, wherever that is. Every promise of RunStore is made here, over the small calls of a Medium:
//   write    files into a folder that nothing names yet, each flushed
//   commit   one call makes the folder count; before it the old state holds, after it the new one
//   sweep    what is no longer needed goes; a kill leaves at most folders that do not count, and the next
//            commit sweeps again
// So whatever call fails or is the last one ever made, the newest committed checkpoint is whole.
import { type Fault, FaultError, faultOf } from "../../kernels/core/fault.ts";
import type { UnreadableRun } from "../api/runs.ts";
import {
  type CheckpointManifest,
  completeRecord,
  FORMAT,
  isOldRecord,
  readManifest,
  readRecord,
  runIdOf,
  type StoredPart,
} from "./formats.ts";
import type { Medium } from "./medium.ts";
import type {
  Checkpoint,
  CheckpointPart,
  LoadedCheckpoint,
  LogName,
  RunFacts,
  RunNotes,
  RunRecord,
  RunStore,
} from "./run-store.ts";

/** Checkpoints kept per run, the newest included. */
const KEPT = 3;
const LOGS: readonly LogName[] = ["metrics", "samples"];
const NO_NOTES: RunNotes = { name: null, tags: [], notes: "", deletedAt: null };

interface Found {
  readonly folder: string;
  readonly manifest: CheckpointManifest;
}

interface Broken {
  readonly folder: string;
  readonly fault: Fault;
}

export class KeptRuns implements RunStore {
  constructor(protected readonly medium: Medium) {}

  recordRun(facts: RunFacts): Promise<void> {
    return this.#guard("record the run", () =>
      this.medium.changeRecord(facts.runId, (old): RunRecord => {
        const { name, tags, notes, deletedAt, createdAt } =
          old === undefined ? { ...NO_NOTES, createdAt: facts.savedAt } : readRecord(old);
        return { ...facts, format: FORMAT, name, tags, notes, deletedAt, createdAt };
      }),
    );
  }

  editRun(runId: string, notes: Partial<RunNotes>): Promise<void> {
    return this.#guard("change what is said of the run", () =>
      this.medium.changeRecord(runId, (old) => {
        if (old === undefined) throw gone("It has been deleted.");
        return { ...readRecord(old), ...notes };
      }),
    );
  }

  listRuns(): Promise<{ records: readonly RunRecord[]; unreadable: readonly UnreadableRun[] }> {
    return this.#guard("list the runs", async () => {
      const records: RunRecord[] = [];
      const unreadable: UnreadableRun[] = [];
      for (const stored of await this.medium.records())
        try {
          const record = readRecord(stored);
          // The checkpoint counts, not what was noted of it: a kill may have come between the two.
          const newest = (await this.#find(record.runId)).whole[0]?.manifest.meta;
          if (!newest) records.push(record);
          else if (isOldRecord(stored))
            records.push(
              completeRecord(record, newest, await this.medium.readLog(record.runId, "metrics")),
            );
          else records.push({ ...record, step: newest.step });
        } catch (error) {
          unreadable.push({ runId: runIdOf(stored), fault: faultOf(error) });
        }
      return { records, unreadable };
    });
  }

  saveCheckpoint(runId: string, { meta, parts }: Checkpoint): Promise<readonly Fault[]> {
    return this.#guard(`keep the checkpoint of step ${meta.step}`, async () => {
      const sequence = nextSequence((await this.#find(runId)).whole);
      await this.#write(
        runId,
        `${String(meta.step).padStart(8, "0")}-${sequence}`,
        parts,
        (stored) => ({
          format: FORMAT,
          sequence,
          meta,
          parts: stored,
        }),
      );
      return this.#sweep(runId);
    });
  }

  loadCheckpoint(runId: string): Promise<LoadedCheckpoint | null> {
    return this.#guard("read the checkpoint", async () => {
      const { whole, broken } = await this.#find(runId);
      const damaged = broken.map(({ fault }) => fault);
      for (const { folder, manifest } of whole) {
        const { meta } = manifest;
        const parts = await this.#read(runId, folder, manifest.parts);
        if (typeof parts !== "string") return { meta, parts, damaged };
        damaged.push(damage(`The checkpoint of step ${meta.step} must be whole; ${parts}.`));
      }
      if (damaged.length === 0) return null;
      throw gone(damaged.map(({ message }) => message).join(" "));
    });
  }

  async appendLog(runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    if (lines.length > 0)
      await this.#guard("append to the log", () => this.medium.appendLog(runId, log, lines));
  }

  readLog(runId: string, log: LogName): Promise<readonly object[]> {
    return this.#guard("read the log", () => this.medium.readLog(runId, log));
  }

  truncateLogs(runId: string, step: number): Promise<void> {
    const isBefore = (line: object): boolean => (line as { step: number }).step <= step;
    return this.#guard("cut the log", async () => {
      for (const log of LOGS) await this.medium.filterLog(runId, log, isBefore);
    });
  }

  loadText(runId: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#guard("read the text", () => this.medium.oldText(runId));
  }

  deleteRun(runId: string): Promise<void> {
    return this.#guard("delete the run", () => this.medium.removeRun(runId));
  }

  /**
   * What counts, newest first, and what counts and cannot be read any more.
   *
   * @throws FaultError `newer-version`: then nothing of the run may be touched.
   */
  async #find(runId: string): Promise<{ whole: Found[]; broken: Broken[] }> {
    const whole: Found[] = [];
    const broken: Broken[] = [];
    for (const { folder, manifest } of await this.medium.committed(runId))
      try {
        whole.push({ folder, manifest: readManifest(manifest) });
      } catch (error) {
        if (error instanceof FaultError && error.code === "newer-version") throw error;
        broken.push({ folder, fault: damage(`What was kept in ${folder} must be readable.`) });
      }
    return { whole: whole.sort(newestFirst), broken };
  }

  /** Files into a new place, flushed; then the one call that makes them count. */
  async #write(
    runId: string,
    folder: string,
    parts: readonly CheckpointPart[],
    manifestOf: (parts: readonly StoredPart[]) => CheckpointManifest,
  ): Promise<void> {
    // A kill may have left a folder of this name.
    await this.medium.removeFolder(runId, folder);
    try {
      const stored: StoredPart[] = [];
      for (const { name, bytes } of parts) {
        await this.medium.writeFile(runId, folder, name, bytes);
        stored.push({ name, bytes: bytes.byteLength, sha256: await sha256(bytes) });
      }
      await this.medium.commit(runId, folder, manifestOf(stored));
    } catch (error) {
      // A full disk gets its space back at once. What cannot be removed now is swept later.
      await this.medium
        .retract(runId, folder)
        .then(() => this.medium.removeFolder(runId, folder))
        .catch(() => {});
      throw error;
    }
  }

  /** The parts, or what is wrong with them. */
  async #read(
    runId: string,
    folder: string,
    stored: readonly StoredPart[],
  ): Promise<CheckpointPart[] | string> {
    const parts: CheckpointPart[] = [];
    for (const { name, bytes: length, sha256: want } of stored) {
      const bytes = await this.medium.readFile(runId, folder, name);
      if (!bytes) return `its file ${name} is gone`;
      if (bytes.byteLength !== length)
        return `its file ${name} must hold ${length} bytes and holds ${bytes.byteLength}`;
      if (want !== null && (await sha256(bytes)) !== want)
        return `its file ${name} is not what was written`;
      parts.push({ name, bytes });
    }
    return parts;
  }

  /** Drops old checkpoints, and folders that never counted. What fails is told. */
  async #sweep(runId: string): Promise<readonly Fault[]> {
    try {
      const { whole, broken } = await this.#find(runId);
      const names = new Set(whole.slice(0, KEPT).map(({ folder }) => folder));
      for (const { folder } of [...whole, ...broken])
        if (!names.has(folder)) await this.medium.retract(runId, folder);
      for (const folder of await this.medium.folders(runId))
        if (!names.has(folder)) await this.medium.removeFolder(runId, folder);
      return [];
    } catch (error) {
      return [(await this.#explained("remove what is no longer needed", error)).fault];
    }
  }

  async #guard<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await this.#explained(what, error);
    }
  }

  async #explained(what: string, error: unknown): Promise<FaultError> {
    return error instanceof FaultError ? error : this.medium.explain(what, error);
  }
}

const nextSequence = (found: readonly Found[]): number =>
  1 + found.reduce((most, { manifest }) => Math.max(most, manifest.sequence), 0);

/** The order of commits. Those of format 1 have no sequence: among them the step decides. */
const newestFirst = (one: Found, other: Found): number =>
  other.manifest.sequence - one.manifest.sequence ||
  other.manifest.meta.step - one.manifest.meta.step;

const damage = (message: string): Fault => ({
  code: "storage",
  message,
  hint: "The one before it is used.",
});

const gone = (why: string): FaultError =>
  new FaultError(
    "run-gone",
    `A run can be resumed from a whole checkpoint; this one has none. ${why}`,
    "Delete its entry and start it anew.",
  );

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
