// The compute worker's side of StudioApi: it owns the device, the runs and the loaded models. It
// never throws across the thread: every call returns an Outcome.
import { MODEL_PRESETS } from "../../configs/schema/model.ts";
import type { SampleConfig } from "../../configs/schema/sample.ts";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import { sizeOf } from "../../kernels/core/shape.ts";
import type {
  Catalogue,
  DeviceReport,
  FolderFile,
  MetricBatch,
  ModelSummary,
  Outcome,
  RunEventEnvelope,
  RunRequest,
  SampleRequest,
  StepProfile,
  StoredRun,
  StudioApi,
  TextFacts,
  TextSource,
  Tuning,
  TuningProgress,
  VariantRows,
} from "../api/studio.ts";
import { DATASETS } from "../data/datasets.ts";
import { decodeText } from "../data/text-file.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import { Generator } from "../generate/generator.ts";
import { folderOfBytes, joinParts } from "../interop/files.ts";
import { type LoadedModel, readFolder } from "../interop/huggingface.ts";
import { parametersOf } from "../nn/config.ts";
import type { RunRecord, RunStore } from "../storage/run-store.ts";
import type { TuningStore } from "../storage/tuning-store.ts";
import { describeDevice } from "./device-report.ts";
import { LanguageRun } from "./language-run.ts";
import { modelFiles } from "./model-folder.ts";
import { readPrompt } from "./prompt.ts";
import { tune } from "./tune.ts";
import { adapterName, livingRows, slugOf } from "./variant-table.ts";

/** Longest context a loaded model generates with here, whatever it was made for. */
const GENERATE_CONTEXT = 1_024;

interface UsableModel {
  readonly name: string;
  readonly loaded: LoadedModel;
  /** On the GPU once somebody generates with it. */
  gpu: { readonly weights: Pages; readonly generator: Generator } | null;
}

export class Studio implements StudioApi {
  #gpu: Promise<Gpu> | null = null;
  /** Rows measured on that device; read once, when somebody first asks. */
  #rows: Promise<VariantRows> | null = null;
  #tuning: AbortController | null = null;
  readonly #runs = new Map<string, LanguageRun>();
  readonly #models = new Map<string, UsableModel>();
  #names = 0;

  constructor(
    private readonly store: RunStore,
    private readonly tunings: TuningStore,
    private readonly webgpu: () => GPU | null | undefined,
    /** Says that what leaves takes its buffers along instead of a copy; the thread's border knows how. */
    private readonly transfer: <T extends object>(value: T, buffers: ArrayBuffer[]) => T,
  ) {}

  async describe(): Promise<Catalogue> {
    return {
      datasets: Object.entries(DATASETS).map(([id, { title, description }]) => ({
        id,
        title,
        description,
      })),
      models: Object.entries(MODEL_PRESETS).map(([id, { parameters, model }]) => ({
        id,
        parameters,
        description: `${model.n_layers} blocks, ${model.d_model} channels, ${model.n_heads} heads, context ${model.n_ctx}`,
      })),
    };
  }

  device(): Promise<Outcome<DeviceReport>> {
    return this.#outcome(async () => {
      const gpu = await this.#device();
      return describeDevice(gpu, await this.#rowsFor(gpu));
    });
  }

  inspectText({ name, bytes }: TextSource): Promise<Outcome<TextFacts>> {
    return this.#outcome(async () => ({
      characters: decodeText(new Uint8Array(bytes), name).length,
    }));
  }

  start(
    request: RunRequest,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<Outcome<{ runId: string }>> {
    return this.#outcome(async () => {
      const gpu = await this.#device();
      const { config, text, resumeRunId, modelId } = request;
      const checkpoint = resumeRunId ? await this.store.loadCheckpoint(resumeRunId) : null;
      if (resumeRunId && !checkpoint)
        throw new FaultError(
          "storage",
          "A run can be resumed from a checkpoint; this one's is no longer in the browser's storage.",
          "Delete its entry under “Left off earlier”, and start it anew.",
        );
      const runId = resumeRunId ?? this.#newId("run");
      this.#runs.get(runId)?.destroy();
      const run = new LanguageRun(
        {
          runId,
          config: checkpoint?.meta.config ?? config,
          variants: await this.#rowsFor(gpu),
          ...(text ? { file: { name: text.name, bytes: new Uint8Array(text.bytes) } } : {}),
          ...(checkpoint ? { checkpoint } : {}),
          ...(modelId ? { model: this.#model(modelId).loaded } : {}),
        },
        {
          gpu,
          store: this.store,
          now: () => performance.now(),
          emit: (event) => onEvent(this.#inTransit({ runId, event })),
        },
      );
      this.#runs.set(runId, run);
      void run.run();
      return { runId };
    });
  }

  pause(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.pause());
  }

  resume(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.resume());
  }

  step(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.singleStep());
  }

  stop(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.stop());
  }

  setSampling(runId: string, settings: SampleConfig): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.setSampling(settings));
  }

  sample(runId: string, settings: SampleRequest): Promise<Outcome<{ sampleId: number }>> {
    return this.#outcome(async () => ({ sampleId: this.#run(runId).requestSample(settings) }));
  }

  profile(runId: string, steps: number): Promise<Outcome<StepProfile>> {
    return this.#outcome(() => this.#run(runId).profile(steps));
  }

  async saveModel(
    source: { runId: string } | { modelId: string },
  ): Promise<Outcome<readonly FolderFile[]>> {
    const files = await this.#outcome(async () => {
      const written =
        "runId" in source
          ? await this.#filesOfRun(source.runId)
          : await this.#filesOfModel(source.modelId);
      return [...written].map(([path, parts]) => ({ path, bytes: bufferOf(joinParts(parts)) }));
    });
    if (!files.ok) return files;
    return this.transfer(
      files,
      files.value.map(({ bytes }) => bytes),
    );
  }

  loadModel(name: string, files: readonly FolderFile[]): Promise<Outcome<ModelSummary>> {
    return this.#outcome(async () => {
      const folder = folderOfBytes(
        files.map(({ path, bytes }) => [path.split("/").at(-1) as string, new Uint8Array(bytes)]),
      );
      const loaded = await readFolder(folder);
      const modelId = this.#newId("model");
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
    return this.#outcome(async () => {
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

  storedRuns(): Promise<Outcome<readonly StoredRun[]>> {
    return this.#outcome(async () => {
      const records = await this.store.listRecords();
      return (
        records
          // A finished run has nothing left to do.
          .filter((record) => record.step > 0 && record.phase !== "done")
          .sort((a, b) => b.savedAt - a.savedAt)
          .map(
            (record: RunRecord): StoredRun => ({
              ...record,
              phase: record.phase as StoredRun["phase"],
            }),
          )
      );
    });
  }

  deleteRun(runId: string): Promise<Outcome<null>> {
    return this.#outcome(async () => {
      const run = this.#runs.get(runId);
      run?.stop();
      run?.destroy();
      this.#runs.delete(runId);
      await this.store.deleteRun(runId);
      return null;
    });
  }

  tune(onProgress: (progress: TuningProgress) => void): Promise<Outcome<Tuning>> {
    return this.#outcome(async () => {
      const isBusy = [...this.#runs.values()].some(({ phase }) =>
        ["preparing", "running"].includes(phase),
      );
      if (isBusy || this.#tuning)
        throw new FaultError(
          "bad-config",
          `Measuring kernels needs the device for itself; ${this.#tuning ? "another measurement is under way" : "a run is training"}.`,
          this.#tuning ? "Wait for its end." : "Pause the run or wait for its end.",
        );
      const aborter = new AbortController();
      this.#tuning = aborter;
      try {
        const gpu = await this.#device();
        const tuning = await tune(gpu, { onProgress, signal: aborter.signal });
        await this.tunings.save(slugOf(tuning.adapter), tuning);
        this.#rows = null;
        return tuning;
      } finally {
        this.#tuning = null;
      }
    });
  }

  stopTuning(): Promise<Outcome<null>> {
    return this.#outcome(async () => {
      this.#tuning?.abort(
        new FaultError("bad-config", "The kernels were not measured to the end; it was stopped."),
      );
      return null;
    });
  }

  forgetTuning(): Promise<Outcome<null>> {
    return this.#outcome(async () => {
      const gpu = await this.#device();
      await this.tunings.forget(slugOf(adapterName(gpu)));
      this.#rows = null;
      return null;
    });
  }

  /** The device, opened once; after a fault the next call opens a new one. */
  #device(): Promise<Gpu> {
    if (!this.#gpu) {
      const opening = Gpu.open(this.webgpu());
      this.#gpu = opening;
      opening.then(
        (gpu) =>
          gpu.onFault(() => {
            this.#gpu = null;
            this.#rows = null;
            for (const model of this.#models.values()) model.gpu = null;
          }),
        () => {
          this.#gpu = null;
        },
      );
    }
    return this.#gpu;
  }

  /** Rows measured on this device; none where the storage cannot be read, for then none was kept. */
  #rowsFor(gpu: Gpu): Promise<VariantRows> {
    this.#rows ??= this.tunings.load(slugOf(adapterName(gpu))).then(
      (tuning) => (tuning ? livingRows(tuning) : {}),
      () => ({}),
    );
    return this.#rows;
  }

  async #filesOfRun(runId: string) {
    const { trainer, model, tokenizer } = this.#run(runId).result;
    return modelFiles(model, trainer.parameters, tokenizer);
  }

  async #filesOfModel(modelId: string) {
    const { loaded } = this.#model(modelId);
    const { weights } = await this.#onGpu(this.#model(modelId));
    return modelFiles(loaded.config, weights, loaded.tokenizer, loaded.origin);
  }

  async #onGpu(model: UsableModel): Promise<{ weights: Pages; generator: Generator }> {
    if (model.gpu) return model.gpu;
    const gpu = await this.#device();
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
      profile: { ...gpu.profile, variants: await this.#rowsFor(gpu) },
    });
    model.gpu = { weights, generator };
    return model.gpu;
  }

  #run(runId: string): LanguageRun {
    const run = this.#runs.get(runId);
    if (!run) throw new FaultError("internal", `There is no run ${runId} in this tab.`);
    return run;
  }

  #model(modelId: string): UsableModel {
    const model = this.#models.get(modelId);
    if (!model) throw new FaultError("internal", `There is no model ${modelId} in this tab.`);
    return model;
  }

  #onRun(runId: string, act: (run: LanguageRun) => void): Promise<Outcome<null>> {
    return this.#outcome(async () => {
      act(this.#run(runId));
      return null;
    });
  }

  /** Numbers are not copied on their way to the page. */
  #inTransit(envelope: RunEventEnvelope): RunEventEnvelope {
    const { event } = envelope;
    if (event.type !== "metrics") return envelope;
    const columns = Object.values(event.batch) as MetricBatch[keyof MetricBatch][];
    return this.transfer(
      envelope,
      columns.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  async #outcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    const opened = this.#gpu;
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      const gpu = await (this.#gpu ?? opened)?.catch(() => null);
      return { ok: false, fault: gpu ? await gpu.faultBehind(error) : faultOf(error) };
    }
  }

  #newId(kind: string): string {
    return `${kind}-${Date.now().toString(36)}-${(this.#names++).toString(36)}`;
  }
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
