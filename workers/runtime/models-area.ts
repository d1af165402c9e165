import { FaultError } from "../../kernels/core/fault.ts";
import { sizeOf } from "../../kernels/core/shape.ts";
import type { FolderFile, ModelSummary, ModelsApi, SampleRequest } from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import { Generator } from "../generate/generator.ts";
import { folderOfBytes, joinParts } from "../interop/files.ts";
import { type LoadedModel, readFolder } from "../interop/huggingface.ts";
import { type ModelConfig, parametersOf } from "../nn/config.ts";
import type { StudioHost } from "./host.ts";
import type { LanguageRun } from "./language-run.ts";
import { modelFiles } from "./model-folder.ts";
import { readPrompt } from "./prompt.ts";

/** Longest context a loaded model generates with here, whatever it was made for. */
const GENERATE_CONTEXT = 1_024;

interface UsableModel {
  readonly name: string;
  readonly loaded: LoadedModel;
  /** On the GPU once somebody generates with it. */
  gpu: { readonly weights: Pages; readonly generator: Generator } | null;
}

/** Models that were loaded from folders, and the models of runs as folders. */
export class ModelsArea implements ModelsApi {
  readonly #models = new Map<string, UsableModel>();

  constructor(
    private readonly host: StudioHost,
    /** @throws FaultError where this tab has no such run. */
    private readonly run: (runId: string) => LanguageRun,
  ) {
    host.onDeviceLost(() => {
      for (const model of this.#models.values()) model.gpu = null;
    });
  }

  /** @throws FaultError where no model of that name is loaded. */
  loaded(modelId: string): LoadedModel {
    return this.#model(modelId).loaded;
  }

  /** A loaded model with its weights on the GPU. @throws as {@link loaded}, and FaultError `out-of-memory`. */
  async onGpu(
    modelId: string,
  ): Promise<{ config: ModelConfig; tokenizer: Tokenizer | null; weights: Pages }> {
    const model = this.#model(modelId);
    const { weights } = await this.#onGpu(model);
    return { config: model.loaded.config, tokenizer: model.loaded.tokenizer, weights };
  }

  async save(
    source: { runId: string } | { modelId: string },
  ): Promise<Outcome<readonly FolderFile[]>> {
    const files = await this.host.outcome(async () => {
      const written =
        "runId" in source
          ? await this.#filesOfRun(source.runId)
          : await this.#filesOfModel(source.modelId);
      return [...written].map(([path, parts]) => ({ path, bytes: bufferOf(joinParts(parts)) }));
    });
    if (!files.ok) return files;
    return this.host.transfer(
      files,
      files.value.map(({ bytes }) => bytes),
    );
  }

  load(name: string, files: readonly FolderFile[]): Promise<Outcome<ModelSummary>> {
    return this.host.outcome(async () => {
      const folder = folderOfBytes(
        files.map(({ path, bytes }) => [path.split("/").at(-1) as string, new Uint8Array(bytes)]),
      );
      const loaded = await readFolder(folder);
      const modelId = this.host.newId("model");
      this.#models.set(modelId, { name, loaded, gpu: null });
      const { config, tokenizer } = loaded;
      return {
        modelId,
        name,
        family: config.family,
        parameters: parametersOf(config).reduce((n, { shape }) => n + sizeOf(shape), 0),
        contextLength: config.nCtx,
        vocabSize: config.vocabSize,
        hasTokenizer: tokenizer !== null,
        hasChatTemplate: tokenizer?.hasChatTemplate ?? false,
      };
    });
  }

  generate(
    modelId: string,
    settings: SampleRequest,
    onText: (text: string, done: boolean) => void,
  ): Promise<Outcome<{ text: string }>> {
    return this.host.outcome(async () => {
      const model = this.#model(modelId);
      const { tokenizer } = model.loaded;
      if (!tokenizer)
        throw new FaultError(
          "bad-model",
          "Writing text needs a tokenizer; this model's folder has no tokenizer.json.",
          "Load the folder again with its tokenizer.json.",
        );
      const { ids, decoder } = readPrompt(tokenizer, settings);
      const { generator } = await this.#onGpu(model);
      let text = "";
      await generator.generate({
        prompts: [ids],
        maxNewTokens: settings.max_new_tokens,
        sampling: {
          temperature: settings.temperature,
          topK: settings.top_k,
          topP: settings.top_p,
          minP: settings.min_p,
          repetitionPenalty: settings.repetition_penalty,
        },
        seed: Date.now(),
        stopTokens: tokenizer.stopIds,
        onTokens: ([tokens]) => {
          text += decoder.push(...(tokens ?? []));
          onText(text, false);
          return undefined;
        },
      });
      text += decoder.finish();
      onText(text, true);
      return { text };
    });
  }

  async #filesOfRun(runId: string) {
    const { trainer, model, tokenizer } = this.run(runId).result;
    return modelFiles(model, trainer.parameters, tokenizer);
  }

  async #filesOfModel(modelId: string) {
    const { loaded } = this.#model(modelId);
    const { weights } = await this.#onGpu(this.#model(modelId));
    return modelFiles(loaded.config, weights, loaded.tokenizer, loaded.origin);
  }

  async #onGpu(model: UsableModel): Promise<{ weights: Pages; generator: Generator }> {
    if (model.gpu) return model.gpu;
    const gpu = await this.host.device();
    const { config, parameters } = model.loaded;
    const weights = new Pages(
      gpu,
      model.name,
      layOutPages(parametersOf(config), gpu.profile.limits.maxStorageBufferBindingSize),
    );
    for (const [name, data] of parameters) weights.write(name, data as Float32Array<ArrayBuffer>);
    const generator = await Generator.create(gpu, {
      config,
      weights,
      batch: 1,
      capacity: Math.min(config.nCtx, GENERATE_CONTEXT),
      profile: { ...gpu.profile, variants: await this.host.rowsFor(gpu) },
    });
    model.gpu = { weights, generator };
    return model.gpu;
  }

  #model(modelId: string): UsableModel {
    const model = this.#models.get(modelId);
    if (!model) throw new FaultError("internal", `There is no model ${modelId} in this tab.`);
    return model;
  }
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
