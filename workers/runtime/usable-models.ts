// Kept models while somebody uses them: looked at once, on the GPU when needed, a few at a time.
import { FaultError } from "../../kernels/core/fault.ts";
import type { GenerateRequest, Written } from "../api/models.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import { Generator } from "../generate/generator.ts";
import { type OpenedModel, openFolder } from "../interop/huggingface.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";
import type { ModelStore } from "../storage/model-store.ts";
import type { StudioHost } from "./host.ts";
import { folderOfBlobs } from "./keep-model.ts";
import { readPrompt } from "./prompt.ts";

/** Longest context a model generates with here, whatever it was made for. */
const GENERATE_CONTEXT = 1_024;
/** Models whose weights are on the GPU at a time, those at work not counted. */
const ON_GPU = 2;
/** Uploads are waited for after so many bytes: until then the browser holds a copy of each. */
const UPLOAD_BYTES = 64 * 1024 * 1024;

/** A kept model with its weights on the GPU. */
export interface ModelOnGpu {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer | null;
  readonly weights: Pages;
}

interface Usable {
  readonly opened: Promise<OpenedModel>;
  weights: Promise<Pages> | null;
  generator: Promise<Generator> | null;
  /** What it writes just now. */
  writing: { stopped: boolean } | null;
}

export class UsableModels {
  /** By name, the one not used for longest first. */
  readonly #models = new Map<string, Usable>();
  readonly #onFree: ((modelId: string) => void)[] = [];

  constructor(
    private readonly host: StudioHost,
    private readonly store: ModelStore,
  ) {
    host.onDeviceLost(() => {
      for (const model of this.#models.values()) {
        model.weights = null;
        model.generator = null;
      }
    });
  }

  /** Called before the weights of a model leave the GPU: whoever reads them must let go. */
  onFree(listener: (modelId: string) => void): void {
    this.#onFree.push(listener);
  }

  /** @throws FaultError `storage` where no model of that name is kept or its files are damaged, `bad-model`. */
  async open(modelId: string): Promise<OpenedModel> {
    return this.#use(modelId).opened;
  }

  /** @throws FaultError as {@link open}, and `out-of-memory`. */
  async onGpu(modelId: string): Promise<ModelOnGpu> {
    const model = this.#use(modelId);
    const { config, tokenizer } = await model.opened;
    return { config, tokenizer, weights: await this.#weights(modelId, model) };
  }

  /** @throws FaultError as ModelsApi.generate. */
  async generate(
    modelId: string,
    request: GenerateRequest,
    onText: (text: string) => void,
  ): Promise<Written> {
    const model = this.#use(modelId);
    if (model.writing)
      throw new FaultError(
        "bad-config",
        "A model writes one text at a time; this one is at work.",
        "Stop it, or wait for its end.",
      );
    const writing = { stopped: false };
    model.writing = writing;
    try {
      const { tokenizer } = await model.opened;
      if (!tokenizer)
        throw new FaultError(
          "bad-model",
          "Writing text needs a tokenizer; this model's folder has no tokenizer.json.",
          "Add the folder again with its tokenizer.json.",
        );
      const prompt = readPrompt(tokenizer, request);
      const generator = await this.#generator(modelId, model);
      return await write(generator, tokenizer, prompt, { request, writing, onText });
    } finally {
      model.writing = null;
    }
  }

  stopGenerating(modelId: string): void {
    const { writing } = this.#models.get(modelId) ?? {};
    if (writing) writing.stopped = true;
  }

  /** Frees what it has on the GPU, once it has stopped writing. */
  async release(modelId: string): Promise<void> {
    const model = this.#models.get(modelId);
    if (!model) return;
    this.#models.delete(modelId);
    if (model.writing) model.writing.stopped = true;
    for (const listener of this.#onFree) listener(modelId);
    const { weights, generator } = model;
    model.weights = null;
    model.generator = null;
    // A generator that could not be made has freed itself, and its fault was told to whoever asked.
    const made = await Promise.allSettled([generator, weights]);
    while (model.writing) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const each of made) if (each.status === "fulfilled") each.value?.destroy();
  }

  /** Puts it last; frees those that nobody has used for longest. */
  #use(modelId: string): Usable {
    const model = this.#models.get(modelId) ?? {
      opened: this.#read(modelId),
      weights: null,
      generator: null,
      writing: null,
    };
    // What could not be opened is looked at anew when somebody asks again.
    model.opened.catch(() => this.#models.delete(modelId));
    this.#models.delete(modelId);
    this.#models.set(modelId, model);
    const idle = [...this.#models].filter(
      ([id, { weights, writing }]) => id !== modelId && weights && !writing,
    );
    for (const [id] of idle.slice(0, Math.max(0, idle.length - (ON_GPU - 1))))
      void this.release(id);
    return model;
  }

  async #read(modelId: string): Promise<OpenedModel> {
    const files = await this.store.files(modelId);
    if (files.size === 0)
      throw new FaultError(
        "storage",
        "A model can be used while it is kept; this one is there no more.",
        "Another tab may have deleted it. Add or fetch it again.",
      );
    return openFolder(folderOfBlobs(files));
  }

  #weights(modelId: string, model: Usable): Promise<Pages> {
    model.weights ??= this.#upload(modelId, model).catch((error: unknown) => {
      model.weights = null;
      throw error;
    });
    return model.weights;
  }

  async #upload(modelId: string, model: Usable): Promise<Pages> {
    const { config, parameters } = await model.opened;
    const gpu = await this.host.device();
    const limit = gpu.profile.limits.maxStorageBufferBindingSize;
    const weights = await gpu.guarded(
      modelId,
      () => new Pages(gpu, modelId, layOutPages(parametersOf(config), limit)),
    );
    try {
      let pending = 0;
      for await (const [name, data] of parameters()) {
        weights.write(name, data);
        pending += data.byteLength;
        if (pending < UPLOAD_BYTES) continue;
        await gpu.device.queue.onSubmittedWorkDone();
        pending = 0;
      }
      return weights;
    } catch (error) {
      weights.destroy();
      throw error;
    }
  }

  #generator(modelId: string, model: Usable): Promise<Generator> {
    model.generator ??= this.#compile(modelId, model).catch((error: unknown) => {
      model.generator = null;
      throw error;
    });
    return model.generator;
  }

  async #compile(modelId: string, model: Usable): Promise<Generator> {
    const { config } = await model.opened;
    const weights = await this.#weights(modelId, model);
    const gpu = await this.host.device();
    return Generator.create(gpu, {
      config,
      weights,
      batch: 1,
      capacity: Math.min(config.nCtx, GENERATE_CONTEXT),
      profile: { ...gpu.profile, variants: await this.host.rowsFor(gpu) },
    });
  }
}

async function write(
  generator: Generator,
  tokenizer: Tokenizer,
  { ids, decoder }: ReturnType<typeof readPrompt>,
  job: {
    readonly request: GenerateRequest;
    readonly writing: { readonly stopped: boolean };
    readonly onText: (text: string) => void;
  },
): Promise<Written> {
  const { request, writing, onText } = job;
  const started = performance.now();
  let text = "";
  const [tokens = []] = await generator.generate({
    prompts: [ids],
    maxNewTokens: request.max_new_tokens,
    sampling: {
      temperature: request.temperature,
      topK: request.top_k,
      topP: request.top_p,
      minP: request.min_p,
      repetitionPenalty: request.repetition_penalty,
    },
    seed: request.seed,
    stopTokens: tokenizer.stopIds,
    onTokens: ([fresh]) => {
      if (writing.stopped) return false;
      text += decoder.push(...(fresh ?? []));
      onText(text);
      return undefined;
    },
  });
  text += decoder.finish();
  const last = tokens.at(-1);
  const isDone = last !== undefined && tokenizer.stopIds.includes(last);
  return {
    text,
    promptTokens: ids.length,
    tokens: tokens.length,
    seconds: (performance.now() - started) / 1_000,
    end: writing.stopped ? "stopped" : isDone ? "stop" : "length",
  };
}
