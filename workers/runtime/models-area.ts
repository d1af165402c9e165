import { FaultError } from "../../kernels/core/fault.ts";
import type {
  FetchEnd,
  FolderFile,
  GenerateRequest,
  HubSettings,
  ModelFetch,
  ModelSource,
  ModelsApi,
  SavedModel,
  Written,
} from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import { blobSource, readText } from "../interop/files.ts";
import { INDEX } from "../interop/folder-layout.ts";
import { openFolder } from "../interop/huggingface.ts";
import { chooseModelFiles } from "../interop/model-files.ts";
import type { ModelStore } from "../storage/model-store.ts";
import type { StudioHost } from "./host.ts";
import { type FileToKeep, folderOfBlobs, keepFiles } from "./keep-model.ts";
import type { LanguageRun } from "./language-run.ts";
import { ModelFetcher } from "./model-fetcher.ts";
import { modelFiles } from "./model-folder.ts";
import type { StartModel } from "./run-options.ts";
import { type ModelOnGpu, UsableModels } from "./usable-models.ts";

/** Files are written in pieces of this size. */
const PIECE_BYTES = 4 * 1024 * 1024;
const MAX_NAME = 200;
/**
 * A run that is done has its model kept by itself up to this size, that of 64 million parameters: a larger
 * one is kept when somebody asks, for its last checkpoint holds it as well.
 */
const KEPT_BY_ITSELF_BYTES = 256 * 1024 * 1024;

/** Models that are kept, of runs, of folders and of the hub. */
export class ModelsArea implements ModelsApi {
  readonly #usable: UsableModels;
  readonly #fetcher: ModelFetcher;

  constructor(
    private readonly host: StudioHost,
    private readonly store: ModelStore,
    /** @throws FaultError where this tab has no such run. */
    private readonly run: (runId: string) => LanguageRun,
    /** For tests; the browser's own otherwise. */
    http?: typeof fetch,
  ) {
    this.#usable = new UsableModels(host, store);
    this.#fetcher = new ModelFetcher(store, () => host.newId("model"), http);
  }

  /** What a run begins with. @throws FaultError where no model of that name is kept, or it is damaged. */
  async startModel(modelId: string): Promise<StartModel> {
    const { config, tokenizer, parameters } = await this.#usable.open(modelId);
    return { modelId, config, tokenizer, parameters: parameters() };
  }

  /** @throws FaultError as {@link startModel}, and `out-of-memory`. */
  onGpu(modelId: string): Promise<ModelOnGpu> {
    return this.#usable.onGpu(modelId);
  }

  /** Called before the weights of a model leave the GPU. */
  onFree(listener: (modelId: string) => void): void {
    this.#usable.onFree(listener);
  }

  /** Keeps the final model of a run; null if it is so large that this should be asked for. */
  async keepDone(run: LanguageRun): Promise<SavedModel | null> {
    if (run.result.trainer.parameters.bytes > KEPT_BY_ITSELF_BYTES) return null;
    return this.#keepRun(run, run.options.config.title);
  }

  list(): Promise<Outcome<readonly SavedModel[]>> {
    return this.host.outcome(() => this.store.list());
  }

  keep(runId: string, name: string): Promise<Outcome<SavedModel>> {
    return this.host.outcome(() => this.#keepRun(this.run(runId), readName(name)));
  }

  add(
    name: string,
    files: readonly FolderFile[],
    onProgress: (share: number) => void,
  ): Promise<Outcome<SavedModel>> {
    return this.host.outcome(async () => {
      const byName = new Map(
        files.filter(({ path }) => !path.includes("/")).map(({ path, content }) => [path, content]),
      );
      const names = await chooseModelFiles([...byName.keys()], () =>
        readText(blobSource(byName.get(INDEX) as Blob), INDEX),
      );
      const chosen = names.map((each) => [each, byName.get(each) as Blob] as const);
      // Before a byte is kept: what cannot be used here is refused at once.
      await openFolder(folderOfBlobs(chosen));
      return keepFiles(this.store, {
        modelId: this.host.newId("model"),
        name: readName(name),
        source: { kind: "folder", name: name.slice(0, MAX_NAME) },
        files: chosen.map(([each, blob]) => blobToKeep(each, blob)),
        onProgress,
      });
    });
  }

  rename(modelId: string, name: string): Promise<Outcome<SavedModel>> {
    return this.host.outcome(async () => {
      const model = { ...(await this.#kept(modelId)), name: readName(name) };
      await this.store.update(model);
      return model;
    });
  }

  delete(modelId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      await this.store.setAside(modelId);
      await this.#usable.release(modelId);
      return null;
    });
  }

  restore(modelId: string): Promise<Outcome<SavedModel>> {
    return this.host.outcome(async () => (await this.store.bringBack(modelId)) ?? gone());
  }

  purge(modelId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      // Between the page's two calls it may have been brought back.
      const isListed = (await this.store.list()).some((model) => model.modelId === modelId);
      if (!isListed) await this.store.remove(modelId);
      return null;
    });
  }

  files(
    source: { readonly runId: string } | { readonly modelId: string },
  ): Promise<Outcome<readonly FolderFile[]>> {
    return this.host.outcome(async () => {
      if ("modelId" in source) {
        await this.#kept(source.modelId);
        const files = await this.store.files(source.modelId);
        return [...files].map(([path, content]) => ({ path, content }));
      }
      const written = await filesOf(this.run(source.runId));
      return [...written].map(([path, parts]) => ({
        path,
        content: new Blob([...parts] as Uint8Array<ArrayBuffer>[]),
      }));
    });
  }

  generate(
    modelId: string,
    request: GenerateRequest,
    onText: (text: string) => void,
  ): Promise<Outcome<Written>> {
    return this.host.outcome(() => this.#usable.generate(modelId, request, onText));
  }

  stopGenerating(modelId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      this.#usable.stopGenerating(modelId);
      return null;
    });
  }

  release(modelId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      await this.#usable.release(modelId);
      return null;
    });
  }

  fetches(): Promise<Outcome<readonly ModelFetch[]>> {
    return this.host.outcome(() => this.#fetcher.list());
  }

  fetch(
    repo: string,
    hub: HubSettings,
    onProgress: (fetch: ModelFetch) => void,
  ): Promise<Outcome<FetchEnd>> {
    return this.host.outcome(() => this.#fetcher.begin(repo, hub, onProgress));
  }

  resumeFetch(
    fetchId: string,
    token: string | undefined,
    onProgress: (fetch: ModelFetch) => void,
  ): Promise<Outcome<FetchEnd>> {
    return this.host.outcome(() => this.#fetcher.resume(fetchId, token, onProgress));
  }

  pauseFetch(fetchId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      this.#fetcher.pause(fetchId);
      return null;
    });
  }

  cancelFetch(fetchId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      await this.#fetcher.cancel(fetchId);
      return null;
    });
  }

  async #keepRun(run: LanguageRun, name: string): Promise<SavedModel> {
    const files = await filesOf(run);
    return keepFiles(this.store, {
      modelId: this.host.newId("model"),
      name,
      source: sourceOf(run),
      files: [...files].map(([path, parts]) => ({
        name: path,
        bytes: parts.reduce((sum, part) => sum + part.length, 0),
        pieces: () => cut(parts),
      })),
    });
  }

  async #kept(modelId: string): Promise<SavedModel> {
    return (await this.store.get(modelId)) ?? gone();
  }
}

function gone(): never {
  throw new FaultError(
    "storage",
    "A model can be used while it is kept; this one is there no more.",
    "Another tab may have deleted it. Add or fetch it again.",
  );
}

/** @throws FaultError `bad-config` for a name that nobody could find again. */
function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed.length > 0 && trimmed.length <= MAX_NAME) return trimmed;
  throw new FaultError(
    "bad-config",
    `A model's name must have 1 to ${MAX_NAME} characters; this one has ${trimmed.length}.`,
    "Give it another name.",
  );
}

async function filesOf(run: LanguageRun) {
  const { trainer, model, tokenizer } = run.result;
  return modelFiles(model, trainer.parameters, tokenizer);
}

function sourceOf(run: LanguageRun): ModelSource {
  const { runId, config } = run.options;
  const { trainer, text, parentModelId } = run.result;
  return {
    kind: "run",
    runId,
    title: config.title,
    step: trainer.step,
    config,
    dataHash: text.dataHash,
    ...(parentModelId ? { parentModelId } : {}),
  };
}

/** Parts in pieces, between which the worker can answer others. */
async function* cut(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts)
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      yield part.subarray(at, at + PIECE_BYTES);
      await new Promise((resolve) => setTimeout(resolve));
    }
}

const blobToKeep = (name: string, blob: Blob): FileToKeep => ({
  name,
  bytes: blob.size,
  async *pieces() {
    for (let at = 0; at < blob.size; at += PIECE_BYTES)
      yield new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer());
  },
});
