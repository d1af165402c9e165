// A folder on a disk: one run per folder, as the command line writes it. What commits is a rename.
//   run.json  metrics.jsonl  samples.jsonl  checkpoint/00000200-4/ with checkpoint.json beside its parts
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Committed, Medium } from "../storage/medium.ts";
import type { LogName } from "../storage/run-store.ts";
import { DISK, type Disk } from "./disk.ts";

const LOGS: readonly LogName[] = ["metrics", "samples"];
const MANIFEST = "checkpoint.json";
const RECORD = "run.json";
const NEW_LINE = 10;

export class FolderMedium implements Medium {
  /** Size of each log, all of it whole lines, when this process last wrote to it. */
  readonly #whole = new Map<LogName, number>();
  /** One change of the record after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  /** @param root the run's own folder: what is here is one run, whatever it is called. */
  constructor(
    readonly root: string,
    private readonly disk: Disk = DISK,
  ) {}

  async writeFile(
    _runId: string,
    folder: string,
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const path = this.#pathOf(folder);
    await this.disk.makeFolder(path);
    await this.#writeFlushed(join(path, name), bytes);
  }

  readFile(_runId: string, folder: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return readIfThere(join(this.#pathOf(folder), name));
  }

  async folders(): Promise<readonly string[]> {
    return namesIn(join(this.root, "checkpoint"));
  }

  removeFolder(_runId: string, folder: string): Promise<void> {
    return this.disk.remove(this.#pathOf(folder));
  }

  async commit(_runId: string, folder: string, manifest: object): Promise<void> {
    const path = this.#pathOf(folder);
    for (const log of LOGS)
      if (await sizeOf(this.#logPath(log))) await this.disk.sync(this.#logPath(log));
    await this.#writeAtomically(join(path, MANIFEST), JSON.stringify(manifest));
    // The names above it, too: a folder that a crash unnames holds nothing.
    for (let above = dirname(path); above.startsWith(this.root); above = dirname(above))
      await this.disk.sync(above);
  }

  retract(_runId: string, folder: string): Promise<void> {
    return this.disk.remove(join(this.#pathOf(folder), MANIFEST));
  }

  async committed(): Promise<readonly Committed[]> {
    const found: Committed[] = [];
    for (const folder of await this.folders()) {
      const bytes = await readIfThere(join(this.#pathOf(folder), MANIFEST));
      if (bytes) found.push({ folder, manifest: jsonOf(bytes) });
    }
    return found;
  }

  changeRecord(_runId: string, change: (old: unknown) => object): Promise<void> {
    const next = this.#changing.then(async () => {
      const [old] = await this.records();
      await this.disk.makeFolder(this.root);
      await this.#writeAtomically(
        join(this.root, RECORD),
        `${JSON.stringify(change(old), null, 2)}\n`,
      );
    });
    this.#changing = next.catch(() => {});
    return next;
  }

  async records(): Promise<readonly unknown[]> {
    const bytes = await readIfThere(join(this.root, RECORD));
    return bytes ? [jsonOf(bytes)] : [];
  }

  async appendLog(_runId: string, log: LogName, lines: readonly object[]): Promise<void> {
    const path = this.#logPath(log);
    await this.disk.makeFolder(this.root);
    const size = await sizeOf(path);
    const before = this.#whole.get(log) === size ? size : await wholeLines(path);
    // What a kill or a full disk has torn would run into the new line.
    if (before !== size) await this.disk.truncate(path, before);
    const bytes = encodeLines(lines);
    try {
      await this.disk.append(path, bytes);
      this.#whole.set(log, before + bytes.byteLength);
    } catch (error) {
      if ((await sizeOf(path)) !== before) await this.disk.truncate(path, before);
      throw error;
    }
  }

  async readLog(_runId: string, log: LogName): Promise<readonly object[]> {
    const path = this.#logPath(log);
    const bytes = await readIfThere(path);
    if (!bytes) return [];
    const whole = bytes.subarray(0, bytes.lastIndexOf(NEW_LINE) + 1);
    return new TextDecoder()
      .decode(whole)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object);
  }

  async filterLog(runId: string, log: LogName, keep: (line: object) => boolean): Promise<void> {
    const path = this.#logPath(log);
    const size = await sizeOf(path);
    if (size === 0) return;
    const lines = await this.readLog(runId, log);
    const kept = lines.filter(keep);
    if (kept.length === lines.length && (await wholeLines(path)) === size) return;
    await this.#writeAtomically(path, encodeLines(kept));
  }

  oldText(): Promise<Uint8Array<ArrayBuffer> | null> {
    return readIfThere(join(this.root, "text.bin"));
  }

  async removeRun(): Promise<void> {
    // The record last: what a kill leaves is still listed, and can be deleted again.
    for (const name of await namesIn(this.root))
      if (name !== RECORD) await this.disk.remove(join(this.root, name));
    await this.disk.remove(this.root);
  }

  async explain(what: string, error: unknown): Promise<FaultError> {
    const { code } = error as { code?: string };
    const isFull = code === "ENOSPC" || code === "EDQUOT";
    return new FaultError(
      isFull ? "storage-full" : "storage",
      `${this.root} must ${what}; ${error instanceof Error ? error.message : String(error)}.`,
      "Free some space or choose another folder; the last checkpoint is whole.",
      { cause: error },
    );
  }

  #pathOf(folder: string): string {
    return join(this.root, "checkpoint", folder);
  }

  #logPath(log: LogName): string {
    return join(this.root, `${log}.jsonl`);
  }

  async #writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
    await this.disk.write(path, bytes);
    await this.disk.sync(path);
  }

  /** The old content or the new one, whatever happens. */
  async #writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await this.#writeFlushed(`${path}.partial`, bytes);
    await this.disk.rename(`${path}.partial`, path);
    await this.disk.sync(dirname(path));
  }
}

const encodeLines = (lines: readonly object[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

/** Null where the bytes are not JSON: whoever asks says what that means. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === "ENOENT";

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Bytes up to the end of the last whole line. */
async function wholeLines(path: string): Promise<number> {
  const bytes = await readIfThere(path);
  return bytes ? bytes.lastIndexOf(NEW_LINE) + 1 : 0;
}
