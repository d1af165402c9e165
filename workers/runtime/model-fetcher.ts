// Models on their way from the hub into the store: planned, fetched file by file, paused, gone on with
// after a reload, looked at and committed.
import { FaultError } from "../../kernels/core/fault.ts";
import type { FetchEnd, HubSettings, ModelFetch } from "../api/models.ts";
import { INDEX } from "../interop/folder-layout.ts";
import { HubClient, type HubListing, readRepo } from "../interop/hub.ts";
import { downloadFile, type PartFile } from "../interop/hub-download.ts";
import { readModelConfig } from "../interop/huggingface.ts";
import { chooseModelFiles } from "../interop/model-files.ts";
import type { FetchRecord, GrowingFile, ModelDraft, ModelStore } from "../storage/model-store.ts";
import { commitModel, dropDraft, requireRoom } from "./keep-model.ts";

/** Between two reports of progress. */
const REPORT_MS = 200;
/** The speed shown is that of the last so many reports. */
const SPEED_REPORTS = 15;
/** A config or an index: looked at before anything large is fetched. */
const MAX_PLAN_BYTES = 64 * 1024 * 1024;

type Listener = (fetch: ModelFetch) => void;

/** Why a fetch was stopped from outside. */
class Stop extends Error {
  constructor(readonly end: "paused" | "cancelled") {
    super(`the fetch was ${end}`);
  }
}

export class ModelFetcher {
  /** Those under way in this tab. */
  readonly #going = new Map<string, AbortController>();

  constructor(
    private readonly store: ModelStore,
    private readonly newId: () => string,
    /** For tests; the browser's own otherwise. */
    private readonly http: typeof fetch | undefined = undefined,
  ) {}

  /** Fetches that were begun and not ended; those of other tabs too. */
  async list(): Promise<readonly ModelFetch[]> {
    const records = [...(await this.store.fetches())];
    records.sort((a, b) => b.startedAt - a.startedAt);
    return Promise.all(
      records.map(async (record) => {
        const arrived = await this.store.arrived(record.modelId);
        return new Progress(record, arrived).seen("paused");
      }),
    );
  }

  /** @throws FaultError as ModelsApi.fetch. */
  async begin(repo: string, settings: HubSettings, onProgress: Listener): Promise<FetchEnd> {
    const hub = this.#client(settings);
    const listing = await hub.list(readRepo(repo));
    const known = (await this.store.list()).find(
      ({ source }) =>
        source.kind === "hub" &&
        source.address === hub.address &&
        source.repo === listing.name &&
        source.commit === listing.commit,
    );
    if (known) return { end: "done", model: known };
    const files = await planFiles(hub, listing);
    const begun = (await this.store.fetches()).find(
      ({ source }) => source.address === hub.address && source.commit === listing.commit,
    );
    if (begun) return this.#go(hub, begun, onProgress);
    await requireRoom(
      this.store,
      files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const { name, commit } = listing;
    return this.#go(
      hub,
      {
        modelId: this.newId(),
        source: { kind: "hub", address: hub.address, repo: name, commit },
        startedAt: Date.now(),
        files,
      },
      onProgress,
    );
  }

  /** @throws FaultError as ModelsApi.resumeFetch. */
  async resume(
    fetchId: string,
    token: string | undefined,
    onProgress: Listener,
  ): Promise<FetchEnd> {
    const record = (await this.store.fetches()).find(({ modelId }) => modelId === fetchId);
    if (!record)
      throw new FaultError(
        "storage",
        "A fetch can be gone on with while what has arrived is kept; it is there no more.",
        "Fetch the model by its name again.",
      );
    const { address } = record.source;
    const hub = this.#client({ address, ...(token ? { token } : {}) });
    return this.#go(hub, record, onProgress);
  }

  pause(fetchId: string): void {
    this.#going.get(fetchId)?.abort(new Stop("paused"));
  }

  async cancel(fetchId: string): Promise<void> {
    const going = this.#going.get(fetchId);
    if (going) going.abort(new Stop("cancelled"));
    else await (await this.store.draft(fetchId)).discard();
  }

  #client({ address, token }: HubSettings): HubClient {
    return new HubClient({
      address,
      ...(token ? { token } : {}),
      ...(this.http ? { fetch: this.http } : {}),
    });
  }

  async #go(hub: HubClient, record: FetchRecord, onProgress: Listener): Promise<FetchEnd> {
    const { modelId } = record;
    const draft = await this.store.draft(modelId);
    const aborter = new AbortController();
    this.#going.set(modelId, aborter);
    const progress = new Progress(record, await this.store.arrived(modelId), onProgress);
    try {
      const files = await fetchAll(hub, record, draft, progress, aborter.signal);
      progress.report("checking");
      const { source } = record;
      const name = source.repo.split("/").at(-1) as string;
      const model = await commitModel(this.store, draft, { name, source, files });
      return { end: "done", model };
    } catch (error) {
      return await this.#end(draft, error);
    } finally {
      this.#going.delete(modelId);
      progress.close();
    }
  }

  /** What is worth going on with stays; what is no model does not. */
  async #end(draft: ModelDraft, error: unknown): Promise<FetchEnd> {
    const isUseless =
      (error instanceof Stop && error.end === "cancelled") ||
      (error instanceof FaultError && error.code === "bad-model");
    if (isUseless) await dropDraft(draft);
    else await draft.release();
    if (error instanceof Stop) return { end: error.end };
    throw error;
  }
}

/** Chooses the files, and refuses what could not be used before anything large is fetched. */
async function planFiles(hub: HubClient, listing: HubListing): Promise<FetchRecord["files"]> {
  const byPath = new Map(listing.files.map((file) => [file.path, file]));
  const read = async (path: string): Promise<string> => {
    const file = byPath.get(path);
    if (!file || file.bytes > MAX_PLAN_BYTES)
      throw new FaultError(
        "bad-model",
        `${path} must be a small file; ${file ? `it has ${file.bytes} bytes` : "there is none"}.`,
        "Choose another model.",
      );
    const part = new MemoryPart();
    await downloadFile(hub, listing, file, part);
    return new TextDecoder().decode(part.bytes);
  };
  const names = await chooseModelFiles(
    [...byPath.keys()].filter((path) => !path.includes("/")),
    () => read(INDEX),
  );
  readModelConfig(parseConfig(await read("config.json")));
  return names.flatMap((name) => byPath.get(name) ?? []);
}

function parseConfig(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below: what it is instead of an object does not matter.
  }
  throw new FaultError(
    "bad-model",
    "config.json must be a JSON object; it is something else.",
    "Choose another model.",
  );
}

async function fetchAll(
  hub: HubClient,
  begun: FetchRecord,
  draft: ModelDraft,
  progress: Progress,
  signal: AbortSignal,
) {
  let record = begun;
  const change = async (path: string, what: object): Promise<void> => {
    const files = record.files.map((file) => (file.path === path ? { ...file, ...what } : file));
    record = { ...record, files };
    await draft.remember(record);
  };
  await draft.remember(record);
  const { repo: name, commit } = record.source;
  for (const file of begun.files) {
    if (file.sha256) continue;
    const open = await draft.open(file.path);
    const part = new RememberedPart(open, file.etag ?? null, (etag) =>
      change(file.path, { etag: etag ?? undefined }),
    );
    const sha256 = await downloadFile(hub, { kind: "model", name, commit }, file, part, {
      signal,
      onProgress: (bytes) => progress.set(file.path, bytes),
    });
    await open.close();
    await change(file.path, { sha256 });
  }
  return record.files.map(({ path, bytes, sha256 }) => ({
    name: path,
    bytes,
    sha256: sha256 as string,
  }));
}

/** A file of a draft whose ETag stands in the record of the fetch. */
class RememberedPart implements PartFile {
  constructor(
    private readonly file: GrowingFile,
    public etag: string | null,
    private readonly remember: (etag: string | null) => Promise<void>,
  ) {}

  get byteLength(): number {
    return this.file.byteLength;
  }
  read(offset: number, length: number): Promise<Uint8Array> {
    return this.file.read(offset, length);
  }
  append(bytes: Uint8Array): Promise<void> {
    return this.file.append(bytes);
  }
  clear(): Promise<void> {
    return this.file.clear();
  }
  async rememberEtag(etag: string | null): Promise<void> {
    if (etag === this.etag) return;
    this.etag = etag;
    await this.remember(etag);
  }
}

/** A small file that is only looked at. */
class MemoryPart implements PartFile {
  bytes = new Uint8Array();
  readonly etag = null;

  get byteLength(): number {
    return this.bytes.length;
  }
  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.bytes.subarray(offset, offset + length);
  }
  async append(more: Uint8Array): Promise<void> {
    const whole = new Uint8Array(this.bytes.length + more.length);
    whole.set(this.bytes);
    whole.set(more, this.bytes.length);
    this.bytes = whole;
  }
  async clear(): Promise<void> {
    this.bytes = new Uint8Array();
  }
  async rememberEtag(): Promise<void> {}
}

/** How far a fetch has come, told a few times a second. */
class Progress {
  readonly #bytes = new Map<string, number>();
  readonly #reports: { readonly at: number; readonly bytes: number }[] = [];
  #file: string | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly record: FetchRecord,
    arrived: ReadonlyMap<string, number>,
    private readonly listener: Listener = () => {},
  ) {
    for (const { path, bytes } of record.files)
      this.#bytes.set(path, Math.min(bytes, arrived.get(path) ?? 0));
  }

  set(path: string, bytes: number): void {
    this.#file = path;
    this.#bytes.set(path, bytes);
    if (this.#timer) return;
    this.report("fetching");
    this.#timer = setInterval(() => this.report("fetching"), REPORT_MS);
  }

  report(phase: ModelFetch["phase"]): void {
    if (phase !== "fetching") this.close();
    this.#reports.push({ at: performance.now(), bytes: this.#total });
    if (this.#reports.length > SPEED_REPORTS) this.#reports.shift();
    this.listener(this.seen(phase));
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  seen(phase: ModelFetch["phase"]): ModelFetch {
    const { modelId, source, files } = this.record;
    return {
      fetchId: modelId,
      repo: source.repo,
      address: source.address,
      commit: source.commit,
      phase,
      bytes: this.#total,
      totalBytes: files.reduce((sum, file) => sum + file.bytes, 0),
      bytesPerSecond: phase === "fetching" ? this.#speed : null,
      file: this.#file,
    };
  }

  get #total(): number {
    return [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  get #speed(): number | null {
    const [first, last] = [this.#reports[0], this.#reports.at(-1)];
    if (!first || !last || last.at - first.at < 2 * REPORT_MS) return null;
    return Math.max(0, (1_000 * (last.bytes - first.bytes)) / (last.at - first.at));
  }
}
