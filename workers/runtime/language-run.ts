// One language run from config to result: it prepares text and model, trains, evaluates, samples,
// saves, and can be paused, stepped, resumed and stopped. Everything it tells leaves as events and as
// lines of its log; the page and the command line run the same job.
import type { LanguageConfig } from "../../configs/schema/language.ts";
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import { FaultError, faultOf } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Peaks, StepProfile } from "../../kernels/core/profile.ts";
import { Profiler } from "../../kernels/core/profiler.ts";
import { tableOf } from "../../kernels/core/variants.ts";
import { measurePeaks } from "../../kernels/ops/roofline/roofline.ts";
import { FAMILIES } from "../../kernels/tuned.ts";
import type { SampleRequest } from "../api/models.ts";
import type { RunEvent, RunPhase } from "../api/runs.ts";
import {
  type Batch,
  type BatchSampler,
  createBatchSampler,
  validationWindows,
} from "../data/batches.ts";
import type { Tokenizer } from "../data/tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import { Generator } from "../generate/generator.ts";
import type { LoadedModel } from "../interop/huggingface.ts";
import type { ModelConfig } from "../nn/config.ts";
import { modelFromSection } from "../nn/from-config.ts";
import type { Checkpoint, CheckpointPart, RunStore } from "../storage/run-store.ts";
import { describeDevice } from "./device-report.ts";
import { LanguageTrainer } from "./language-trainer.ts";
import { batchOfLog, type LoggedStep } from "./metric-log.ts";
import type { StepMetrics } from "./metrics-ring.ts";
import { type PreparedText, prepareText } from "./prepare-text.ts";
import { readPrompt } from "./prompt.ts";
import { Turns } from "./turns.ts";

/** What a run needs from where it runs. */
export interface RunHost {
  readonly gpu: Gpu;
  readonly store: RunStore;
  emit(event: RunEvent): void;
  /** Milliseconds, monotonic. */
  now(): number;
}

export interface RunOptions {
  readonly runId: string;
  readonly config: LanguageConfig;
  readonly file?: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
  /** Continue from here. */
  readonly checkpoint?: Checkpoint;
  /** Start from these weights, with this tokenizer. */
  readonly model?: LoadedModel;
  /** Stop after this many steps counted from the beginning; schedules follow the config all the same. */
  readonly stopAfterStep?: number;
  /** Kernel rows to use in place of the shipped ones. A run that continues has its own, and keeps them. */
  readonly variants?: VariantRows;
}

/** Between two reports of metrics. */
const REPORT_MS = 100;
/** Length of a submit while somebody waits for the GPU. */
const SLICE_MS = 50;
/** Steps that may be queued before the GPU has done them. */
const IN_FLIGHT = 2;
/** Between two checkpoints by time, at least as many times the last one's cost: saving takes under 5 %. */
const SAVE_COSTS = 20;
const QUICK_SAVE_MS = 200;

/** Somebody waits for a profile of the next steps. */
interface ProfileRequest {
  readonly steps: number;
  readonly resolve: (profile: StepProfile) => void;
  readonly reject: (error: unknown) => void;
  /** From its first step on. */
  begun: { readonly profiler: Profiler; readonly peaks: Peaks } | null;
}

export class LanguageRun {
  #phase: RunPhase = "preparing";
  #stopping = false;
  #paused = false;
  /** Steps a paused run may still take. */
  #allowance = 0;
  #wake: (() => void) | null = null;
  #trainer: LanguageTrainer | null = null;
  #generator: Generator | null = null;
  #generating: Promise<unknown> = Promise.resolve();
  #text: PreparedText | null = null;
  #model: ModelConfig | null = null;
  #samples = 0;
  #sampling: SampleConfig;
  #seconds = 0;
  #checkpointStep: number | undefined;
  /** One after the other; the first is under way. */
  readonly #profiles: ProfileRequest[] = [];
  /** The kernel table that the run was begun with. */
  readonly #table: VariantRows;
  readonly #turns = new Turns();
  readonly #aborter = new AbortController();

  constructor(
    readonly options: RunOptions,
    private readonly host: RunHost,
  ) {
    this.#sampling = options.config.sample;
    // Whole, so that a row which is first used after a resume is still the one of the beginning.
    const { checkpoint, variants = {} } = options;
    this.#checkpointStep = checkpoint?.meta.step;
    this.#table = tableOf(FAMILIES, {
      ...host.gpu.profile,
      variants: checkpoint ? checkpoint.meta.variants : variants,
    });
  }

  /** What everything that the run compiles is told of the device. */
  get #profile(): AdapterProfile {
    return { ...this.host.gpu.profile, variants: this.#table };
  }

  /** Rows of the kernel table that the run uses: those of what it has compiled. */
  get variants(): VariantRows {
    return { ...this.#trainer?.variants, ...this.#generator?.variants };
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  get step(): number {
    return this.#trainer?.step ?? 0;
  }

  /** Trained weights and what is needed to use them. @throws FaultError before the run is ready. */
  get result(): { trainer: LanguageTrainer; model: ModelConfig; tokenizer: Tokenizer } {
    if (!this.#trainer || !this.#model || !this.#text)
      throw new FaultError(
        "bad-config",
        "The run must have a model; it is still preparing.",
        "Wait for the first step.",
      );
    return { trainer: this.#trainer, model: this.#model, tokenizer: this.#text.tokenizer };
  }

  /** Prepares and trains to the end, or until stopped. Never rejects: what goes wrong is a fault event. */
  async run(): Promise<RunPhase> {
    let failure: unknown = null;
    try {
      this.#setPhase("preparing");
      await this.#prepare();
      await this.#train();
      const isWhole = this.step === this.options.config.train.max_steps;
      this.#setPhase(isWhole && !this.#stopping ? "done" : "stopped");
    } catch (error) {
      if (this.#stopping && this.#aborter.signal.aborted) this.#setPhase("stopped");
      else {
        failure = error;
        this.#turns.setActive(false);
        this.#setPhase("failed");
        this.host.emit({
          type: "fault",
          fault: await this.host.gpu.faultBehind(error),
          ...(this.#checkpointStep === undefined ? {} : { checkpointStep: this.#checkpointStep }),
        });
      }
    }
    this.#endProfiles(failure);
    await this.#putRecord().catch((error: unknown) =>
      this.host.emit({ type: "fault", fault: faultOf(error) }),
    );
    return this.#phase;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake?.();
  }

  /** One more step of a paused run. */
  singleStep(): void {
    this.#paused = true;
    this.#allowance++;
    this.#wake?.();
  }

  /**
   * Times every dispatch of the run's own next steps; a paused run takes that many and rests again. Their
   * numbers are those that they would have had.
   *
   * Where the run ends first, the profile is of the steps it has taken.
   *
   * @throws FaultError `bad-config` for no steps, or where the run ends before it has taken any.
   */
  async profile(steps: number): Promise<StepProfile> {
    if (!(Number.isSafeInteger(steps) && steps > 0))
      throw new FaultError(
        "bad-config",
        `A profile takes a whole number of steps, one or more; ${steps} were asked for.`,
      );
    if (["done", "stopped", "failed"].includes(this.#phase)) throw this.#noStepsToProfile();
    return new Promise((resolve, reject) => {
      this.#profiles.push({ steps, resolve, reject, begun: null });
      this.#wake?.();
    });
  }

  stop(): void {
    this.#stopping = true;
    this.#aborter.abort(new FaultError("internal", "The run was stopped."));
    this.#wake?.();
  }

  setSampling(settings: SampleConfig): void {
    this.#sampling = settings;
  }

  /**
   * Writes a sample while training goes on; it arrives as events.
   *
   * @throws FaultError for messages that cannot be written as a chat of this model.
   */
  requestSample(settings: SampleRequest): number {
    if (settings.messages) readPrompt(this.result.tokenizer, settings);
    const id = this.#samples++;
    void this.#turns
      .during(() => this.#sample(id, settings, this.step, true))
      .catch(async (error: unknown) =>
        this.host.emit({ type: "fault", fault: await this.host.gpu.faultBehind(error) }),
      );
    return id;
  }

  /** Frees everything on the GPU. */
  destroy(): void {
    this.#generator?.destroy();
    this.#trainer?.destroy();
  }

  // --- preparing -------------------------------------------------------------------------------

  async #prepare(): Promise<void> {
    const { config, file, checkpoint, model } = this.options;
    const { gpu, store } = this.host;
    const stored = checkpoint ? await store.loadText(this.options.runId) : null;
    const bytes = file?.bytes ?? stored;
    if (file && config.data.dataset === "file" && !checkpoint)
      await store.saveText(this.options.runId, file.bytes);
    const saved = checkpoint?.meta.tokenizer;
    const tokenizer =
      model?.tokenizer ??
      (saved ? fromTokenizerJson(saved.json, saved.config, saved.beside) : undefined);
    const text = await prepareText({
      config,
      signal: this.#aborter.signal,
      onProgress: (task, done, total) => this.host.emit({ type: "progress", task, done, total }),
      ...(bytes ? { file: { name: file?.name ?? config.data.path ?? "text", bytes } } : {}),
      ...(tokenizer ? { tokenizer } : {}),
    });
    this.#text = text;
    if (checkpoint && checkpoint.meta.dataHash !== text.dataHash)
      throw new FaultError(
        "bad-data",
        "A resumed run must see the text it was trained on; this one is different.",
        "Drop the original file, or start a new run.",
      );

    this.host.emit({ type: "progress", task: "model", done: 0, total: 1 });
    this.#model =
      model?.config ??
      modelFromSection(config.model, text.tokenizer.vocabSize, text.tokenizer.specials);
    const contextLength = Math.min(config.model.n_ctx, this.#model.nCtx);
    const trainer = await LanguageTrainer.create(gpu, {
      model: this.#model,
      optim: config.optim,
      maxSteps: config.train.max_steps,
      batchSize: config.train.batch_size,
      contextLength,
      accumulation: config.train.gradient_accumulation_steps,
      recompute: config.train.recompute,
      precision: config.train.precision,
      seed: config.seed,
      profile: this.#profile,
      onProgress: (done, total) =>
        this.host.emit({ type: "progress", task: "kernels", done, total }),
    });
    this.#trainer = trainer;
    if (checkpoint) {
      trainer.loadParts(checkpoint.meta.step, checkpoint.parts);
      this.#seconds = checkpoint.meta.seconds;
    } else if (model)
      for (const [name, data] of model.parameters)
        trainer.parameters.write(name, data as Float32Array<ArrayBuffer>);
    else trainer.initialize();
    this.host.emit({ type: "progress", task: "model", done: 1, total: 1 });
    this.host.emit({
      type: "ready",
      tokenizer: text.tokenizer.kind,
      family: this.#model.family,
      layers: this.#model.nLayers,
      width: this.#model.dModel,
      parameters: trainer.parameterCount,
      vocabSize: text.tokenizer.vocabSize,
      trainTokens: text.train.length,
      validationTokens: text.validation.length,
      tokensPerStep: trainer.tokensPerStep,
      maxSteps: config.train.max_steps,
      plannedBytes: trainer.plannedBytes,
      dispatchesPerStep: trainer.dispatchesPerStep,
      submitsPerStep: 1,
      device: describeDevice(gpu, this.options.variants),
      variants: trainer.variants,
    });
    if (!checkpoint) return;
    await this.#replayLog(checkpoint.meta.step);
    this.#tellCheckpoint(checkpoint.parts);
  }

  /** What a resumed run told before its checkpoint, told again: its charts begin where it began. */
  async #replayLog(step: number): Promise<void> {
    const { store } = this.host;
    await store.truncateLogs(this.options.runId, step);
    const rows = (await store.readLog(this.options.runId, "metrics")) as LoggedStep[];
    for (const sample of (await store.readLog(this.options.runId, "samples")) as LoggedSample[])
      this.host.emit({ type: "sample", sampleId: this.#samples++, ...sample, done: true });
    if (rows.length === 0) return;
    this.host.emit({ type: "metrics", batch: batchOfLog(rows) });
    for (const row of rows) {
      const loss = row["val/loss"];
      const bitsPerByte = row["val/bits_per_byte"];
      if (typeof loss === "number" && typeof bitsPerByte === "number")
        this.host.emit({ type: "validation", step: row.step, loss, bitsPerByte });
    }
    this.#reportedAt = this.#seconds;
  }

  // --- training --------------------------------------------------------------------------------

  async #train(): Promise<void> {
    const { config } = this.options;
    const { trainer } = this.result;
    const text = this.#text as PreparedText;
    const { gpu } = this.host;
    const sampler = createBatchSampler({
      tokens: text.train,
      batchSize: config.train.batch_size,
      contextLength: trainer.options.contextLength,
      seed: config.seed,
    });
    const lastStep = Math.min(config.train.max_steps, this.options.stopAfterStep ?? Infinity);
    const due = (interval: number): boolean => interval > 0 && trainer.step % interval === 0;
    const flying: Promise<unknown>[] = [];
    let reported = 0;
    let stepMs = 0;
    this.#clock = this.host.now();
    this.#savedAt = this.#clock;

    this.#setPhase(this.#paused ? "paused" : "running");
    this.#turns.setActive(true);
    while (trainer.step < lastStep && !this.#stopping) {
      if (this.#rests) {
        await this.#report(sampler);
        this.#turns.setActive(false);
        const asked = this.#phase !== "paused";
        this.#setPhase("paused");
        // After a single step as well, where that costs nothing one would notice.
        if (asked || this.#saveMs < QUICK_SAVE_MS || this.#isSaveDue()) await this.#save();
        // Asked again: a button may have been pressed while the report was on its way.
        if (this.#rests && !this.#stopping)
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        this.#wake = null;
        this.#clock = this.host.now();
        this.#turns.setActive(true);
        if (!this.#paused && !this.#stopping) this.#setPhase("running");
        continue;
      }
      const profiled = await this.#beginProfile();
      if (this.#rests) continue; // there was no room for it
      if (this.#paused && !profiled) this.#allowance--;

      const batches = batchesOf(sampler, trainer.step, trainer.options.accumulation);
      const started = this.host.now();
      if (profiled) await this.#profileStep(profiled, batches);
      else if (this.#turns.wanted)
        await trainer.runStepSliced(batches, stepMs, SLICE_MS, async () => this.#turns.release());
      else trainer.runStep(batches);
      flying.push(gpu.device.queue.onSubmittedWorkDone());
      if (flying.length >= IN_FLIGHT) await flying.shift();
      gpu.assertHealthy();
      const took = this.host.now() - started;
      if (!profiled) stepMs = stepMs === 0 ? took : 0.8 * stepMs + 0.2 * took;

      const evaluates = due(config.train.eval_interval) || trainer.step === config.train.max_steps;
      const reports = evaluates || trainer.mustDrain || this.host.now() - reported > REPORT_MS;
      if (reports || trainer.step === lastStep) {
        await this.#report(sampler, evaluates);
        reported = this.host.now();
        this.#clock = this.host.now();
      }
      if (due(config.train.sample_interval)) {
        this.#turns.setActive(false);
        await this.#sample(this.#samples++, this.#sampling, trainer.step, false);
        this.#turns.setActive(true);
        this.#clock = this.host.now();
      }
      const saves = due(config.train.checkpoint_interval) || this.#isSaveDue();
      if (saves && trainer.step < lastStep) {
        await this.#save();
        this.#clock = this.host.now();
      }
    }
    this.#turns.setActive(false);
    await this.#report(sampler);
    await this.#save();
    // The finished model shows what it has become, whatever the interval.
    const isWhole = trainer.step === config.train.max_steps;
    if (isWhole && config.train.sample_interval > 0 && !due(config.train.sample_interval))
      await this.#sample(this.#samples++, this.#sampling, trainer.step, false);
  }

  /** Whether a paused run has no step to take. */
  get #rests(): boolean {
    return this.#paused && this.#allowance === 0 && this.#profiles.length === 0;
  }

  /** The profile that the next step belongs to, or null. What goes wrong here is told to who asked. */
  async #beginProfile(): Promise<ProfileRequest | null> {
    const request = this.#profiles[0];
    if (!request || request.begun) return request ?? null;
    const { gpu } = this.host;
    this.#tick();
    try {
      await gpu.device.queue.onSubmittedWorkDone();
      request.begun = { peaks: await measurePeaks(gpu), profiler: new Profiler(gpu) };
      return request;
    } catch (error) {
      this.#profiles.shift();
      request.reject(error);
      return null;
    } finally {
      this.#clock = this.host.now();
    }
  }

  async #profileStep(
    { begun, steps, resolve }: ProfileRequest,
    batches: readonly Batch[],
  ): Promise<void> {
    const { profiler, peaks } = begun as NonNullable<ProfileRequest["begun"]>;
    await this.result.trainer.runStepProfiled(batches, profiler);
    this.#turns.release();
    if (profiler.steps < steps) return;
    this.#profiles.shift();
    resolve(profiler.result(peaks));
    profiler.destroy();
  }

  /** The run has ended: nobody waits for steps that will not come. */
  #endProfiles(failure: unknown): void {
    for (const { begun, resolve, reject } of this.#profiles.splice(0)) {
      if (failure === null && begun && begun.profiler.steps > 0)
        resolve(begun.profiler.result(begun.peaks));
      else reject(failure ?? this.#noStepsToProfile());
      begun?.profiler.destroy();
    }
  }

  #noStepsToProfile(): FaultError {
    return new FaultError(
      "bad-config",
      `A profile needs a step that the run has yet to take; this one is ${this.#phase} at step ${this.step}.`,
      "Profile a run that is not over yet.",
    );
  }

  async #evaluate(): Promise<{ step: number; loss: number; bitsPerByte: number }> {
    const { trainer } = this.result;
    const text = this.#text as PreparedText;
    const windows = validationWindows(text.validation, trainer.options.contextLength);
    const { loss } = await trainer.evaluate(
      windows,
      this.options.config.train.eval_windows,
      async () => this.#turns.release(),
    );
    const bytesPerToken = text.validationBytes / text.validation.length;
    return { step: trainer.step, loss, bitsPerByte: loss / Math.LN2 / bytesPerToken };
  }

  /** Sends and stores the numbers of the steps since the last report. @throws FaultError `non-finite`. */
  async #report(sampler: BatchSampler, evaluates = false): Promise<void> {
    const { trainer } = this.result;
    const rows = await trainer.drainMetrics();
    this.#tick();
    const validation = evaluates ? await this.#evaluate() : null;
    const bad = rows.find(isBroken);
    const good = bad ? rows.slice(0, rows.indexOf(bad)) : rows;
    const first = good[0];
    if (first) {
      const seconds = this.#seconds;
      const lines = good.map(
        (row, i): LoggedStep => ({
          step: row.step + 1,
          tokens: (row.step + 1) * trainer.tokensPerStep,
          seconds: interpolate(seconds, good.length, i, this.#reportedAt),
          "train/loss": row.loss,
          ...(validation && row.step + 1 === validation.step
            ? { "val/loss": validation.loss, "val/bits_per_byte": validation.bitsPerByte }
            : {}),
          // JSON has no NaN: the norm of a skipped step is null.
          "train/grad_norm": row.gradNorm,
          "train/lr": trainer.learningRateAt(row.step),
          ...(row.lossScale === null
            ? {}
            : {
                "train/loss_scale": row.lossScale,
                "train/skipped": Number.isFinite(row.gradNorm) ? 0 : 1,
              }),
        }),
      );
      this.#reportedAt = seconds;
      await this.host.store.appendLog(this.options.runId, "metrics", lines);
      this.host.emit({ type: "metrics", batch: batchOfLog(lines) });
    }
    if (validation) this.host.emit({ type: "validation", ...validation });
    if (bad) await this.#failNonFinite(bad, sampler);
  }

  #reportedAt = 0;
  #clock = 0;

  /** Training time runs on; evaluation, samples and checkpoints do not count. */
  #tick(): void {
    const now = this.host.now();
    this.#seconds += (now - this.#clock) / 1000;
    this.#clock = now;
  }

  async #failNonFinite(
    { step, loss, lossScale }: StepMetrics,
    sampler: BatchSampler,
  ): Promise<never> {
    const { trainer } = this.result;
    const tensor = await trainer.diagnose(
      batchesOf(sampler, step, trainer.options.accumulation),
      step,
    );
    if (lossScale !== null && Number.isFinite(loss))
      throw new FaultError(
        "non-finite",
        `The loss scale must stay at 1 or above; at step ${step + 1} it fell to ${lossScale}. The first tensor with a NaN or an infinity is ${tensor ?? "the gradient norm, whose sum of squares overflowed"}.`,
        "The step was not applied. Resume from the last checkpoint with a lower learning rate, or train in precision 32-true.",
      );
    throw new FaultError(
      "non-finite",
      `The loss must be finite; at step ${step + 1} it was not. The first tensor with a NaN or an infinity is ${tensor ?? "the gradient norm, whose sum of squares overflowed"}.`,
      "The step was not applied. Resume from the last checkpoint with a lower learning rate, a longer warm-up or gradient clipping.",
    );
  }

  // --- samples ---------------------------------------------------------------------------------

  /** One sample at a time: a second one waits for the first. */
  #sample(id: number, settings: SampleRequest, step: number, requested: boolean): Promise<void> {
    const next = this.#generating.then(() => this.#writeSample(id, settings, step, requested));
    this.#generating = next.catch(() => {});
    return next;
  }

  async #writeSample(
    id: number,
    settings: SampleRequest,
    step: number,
    requested: boolean,
  ): Promise<void> {
    const { trainer, model, tokenizer } = this.result;
    this.#generator ??= await Generator.create(this.host.gpu, {
      config: model,
      weights: trainer.parameters,
      batch: 1,
      capacity: Math.min(model.nCtx, Math.max(trainer.options.contextLength, 16)),
      profile: this.#profile,
    });
    const { ids, shown: shownPrompt, decoder } = readPrompt(tokenizer, settings);
    let text = "";
    const tell = (done: boolean): void =>
      this.host.emit({
        type: "sample",
        sampleId: id,
        step,
        prompt: shownPrompt,
        text,
        temperature: settings.temperature,
        done,
        requested,
      });
    tell(false);
    await this.#generator.generate({
      prompts: [ids],
      maxNewTokens: settings.max_new_tokens,
      sampling: {
        temperature: settings.temperature,
        topK: settings.top_k,
        topP: settings.top_p,
        minP: settings.min_p,
        repetitionPenalty: settings.repetition_penalty,
      },
      // A run's own samples depend on (seed, step) alone; each requested one is new.
      seed: this.options.config.seed + step + (requested ? 1_000_003 * (id + 1) : 0),
      stopTokens: tokenizer.stopIds,
      onTokens: ([tokens]) => {
        text += decoder.push(...(tokens ?? []));
        tell(false);
        return undefined;
      },
      yieldBetween: () => this.#turns.wait(),
    });
    text += decoder.finish();
    tell(true);
    await this.host.store.appendLog(this.options.runId, "samples", [
      { step, prompt: shownPrompt, text, temperature: settings.temperature, requested },
    ]);
  }

  // --- keeping ---------------------------------------------------------------------------------

  #savedAt = 0;
  #saveMs = 0;

  /** Whether so much time has passed since the last checkpoint that losing it would hurt. */
  #isSaveDue(): boolean {
    const wait = 1_000 * this.options.config.train.checkpoint_seconds;
    return wait > 0 && this.host.now() - this.#savedAt > Math.max(wait, SAVE_COSTS * this.#saveMs);
  }

  /** Writes a checkpoint, unless nothing was learnt since the last one. */
  async #save(): Promise<void> {
    const { trainer, tokenizer } = this.result;
    const { runId } = this.options;
    const started = this.host.now();
    this.#savedAt = started;
    if (trainer.step === 0 || this.#checkpointStep === trainer.step) return;
    this.host.gpu.assertHealthy();
    const parts = await trainer.saveParts();
    await this.host.store.saveCheckpoint(runId, {
      meta: {
        format: 1,
        step: trainer.step,
        tokens: trainer.step * trainer.tokensPerStep,
        seconds: this.#seconds,
        config: this.#config,
        tokenizer: {
          json: tokenizer.toJSON(),
          config: tokenizer.toConfig(),
          beside: { ...tokenizer.beside },
        },
        device: describeDevice(this.host.gpu).description,
        variants: this.#table,
        dataHash: (this.#text as PreparedText).dataHash,
      },
      parts,
    });
    this.#checkpointStep = trainer.step;
    this.#savedAt = this.host.now();
    this.#saveMs = this.#savedAt - started;
    await this.#putRecord();
    this.#tellCheckpoint(parts);
  }

  #tellCheckpoint(parts: readonly CheckpointPart[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.bytes.byteLength, 0);
    this.host.emit({ type: "checkpoint", step: this.step, bytes });
  }

  /** The run's settings, with the way of writing samples that was last asked for. */
  get #config(): LanguageConfig {
    return { ...this.options.config, sample: this.#sampling };
  }

  #putRecord(): Promise<void> {
    const { runId, config } = this.options;
    return this.host.store.putRecord({
      runId,
      title: config.title,
      config: this.#config,
      phase: this.#phase,
      step: this.#checkpointStep ?? 0,
      savedAt: Date.now(),
      device: describeDevice(this.host.gpu).description,
      variants: this.variants,
    });
  }

  #setPhase(phase: RunPhase): void {
    this.#phase = phase;
    this.host.emit({ type: "phase", phase, step: this.step });
  }
}

/**
 * Whether training cannot go on from a step. A gradient that is not finite is part of the search for a
 * loss scale, as long as there is one to search for.
 */
const isBroken = ({ loss, gradNorm, lossScale }: StepMetrics): boolean =>
  !Number.isFinite(loss) || (lossScale === null ? !Number.isFinite(gradNorm) : lossScale < 1);

/** A line of the samples log. */
interface LoggedSample {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
  readonly temperature: number;
  readonly requested: boolean;
}

function batchesOf(sampler: BatchSampler, step: number, count: number) {
  return Array.from({ length: count }, (_, micro) => sampler.batchAt(step, micro));
}

/** Steps reported together are spread evenly over the time since the last report. */
const interpolate = (now: number, count: number, i: number, last: number): number =>
  last + ((now - last) * (i + 1)) / count;
