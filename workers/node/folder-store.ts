// The folder back-end of RunStore: one run per directory, as the command line writes it.
//   metrics.jsonl  samples.jsonl  run.json  text.bin  checkpoint/ -> checkpoints/<step>
// A checkpoint is written into a new folder, flushed, and becomes the last one by one rename.
import {
  appendFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { FaultError } from "../../kernels/core/fault.ts";
import type {
  Checkpoint,
  CheckpointMeta,
  LogName,
  RunRecord,
  RunStore,
} from "../storage/run-store.ts";

/** Checkpoints kept, the newest included. */
const KEPT = 3;

interface Manifest {
  readonly meta: CheckpointMeta;
  readonly parts: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

export class FolderStore implements RunStore {
  /** @param root the run's own directory: this store holds one run, whatever it is called. */
  constructor(readonly root: string) {}

  async putRecord(record: RunRecord): Promise<void> {
    await mkdir(this.root, { recursive: true });
    await writeAtomically(join(this.root, "run.json"), JSON.stringify(record, null, 2));
  }

  async listRecords(): Promise<readonly RunRecord[]> {
    const text = await readIfThere(join(this.root, "run.json"));
    return text ? [JSON.parse(new TextDecoder().decode(text)) as RunRecord] : [];
  }

  async saveCheckpoint(_runId: string, { meta, parts }: Checkpoint): Promise<void> {
    const final = this.#folderOf(meta.step);
    const fresh = `${final}.partial`;
    try {
      await rm(fresh, { recursive: true, force: true });
      await mkdir(fresh, { recursive: true });
      for (const part of parts) await writeFlushed(join(fresh, part.name), part.bytes);
      const manifest: Manifest = {
        meta,
        parts: await Promise.all(
          parts.map(async ({ name, bytes }) => ({
            name,
            bytes: bytes.byteLength,
            sha256: await sha256(bytes),
          })),
        ),
      };
      await writeFlushed(
        join(fresh, "checkpoint.json"),
        new TextEncoder().encode(JSON.stringify(manifest)),
      );
      await rm(final, { recursive: true, force: true });
      await rename(fresh, final);
      for (const step of (await this.#steps()).slice(KEPT))
        await rm(this.#folderOf(step), { recursive: true, force: true });
    } catch (error) {
      throw new FaultError(
        "storage",
        `The checkpoint of step ${meta.step} must be written to ${this.root}; ${error instanceof Error ? error.message : String(error)}.`,
        "Free some space or choose another folder; the checkpoint before it is whole.",
        { cause: error },
      );
    }
  }

  async loadCheckpoint(): Promise<Checkpoint | null> {
    const [step] = await this.#steps();
    if (step === undefined) return null;
    const folder = this.#folderOf(step);
    const manifest = JSON.parse(
      await readFile(join(folder, "checkpoint.json"), "utf8"),
    ) as Manifest;
    const parts = await Promise.all(
      manifest.parts.map(async ({ name, bytes, sha256: want }) => {
        const data = new Uint8Array(await readFile(join(folder, name)));
        if (data.byteLength !== bytes || (await sha256(data)) !== want)
          throw new FaultError(
            "storage",
            `${name} of checkpoint ${step} must hold what was written; its digest differs.`,
            `Delete ${folder} to go back to the checkpoint before it.`,
          );
        return { name, bytes: data };
      }),
    );
    return { meta: manifest.meta, parts };
  }

  async appendLog(_runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    if (lines.length === 0) return;
    await mkdir(this.root, { recursive: true });
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await appendFile(join(this.root, `${log}.jsonl`), text);
  }

  async readLog(_runId: string, log: LogName): Promise<readonly object[]> {
    const bytes = await readIfThere(join(this.root, `${log}.jsonl`));
    if (!bytes) return [];
    return new TextDecoder()
      .decode(bytes)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object);
  }

  async truncateLogs(_runId: string, step: number): Promise<void> {
    for (const log of ["metrics", "samples"] as const) {
      const lines = (await this.readLog("", log)) as { step: number }[];
      if (lines.length === 0) continue;
      const kept = lines.filter((line) => line.step <= step);
      await writeAtomically(
        join(this.root, `${log}.jsonl`),
        kept.map((line) => `${JSON.stringify(line)}\n`).join(""),
      );
    }
  }

  async saveText(_runId: string, text: Uint8Array<ArrayBuffer>): Promise<void> {
    await mkdir(this.root, { recursive: true });
    await writeFile(join(this.root, "text.bin"), text);
  }

  async loadText(): Promise<Uint8Array<ArrayBuffer> | null> {
    return readIfThere(join(this.root, "text.bin"));
  }

  async deleteRun(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  #folderOf(step: number): string {
    return join(this.root, "checkpoint", String(step).padStart(8, "0"));
  }

  /** Steps with a whole checkpoint, newest first. */
  async #steps(): Promise<number[]> {
    const names = await readdir(join(this.root, "checkpoint")).catch(() => []);
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => b - a);
  }
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text);
  await rename(`${path}.partial`, path);
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join("");
}
