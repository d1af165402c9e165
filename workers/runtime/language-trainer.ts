// The GPU side of a language run: parameters, one traced step, its replay, evaluation, and the state
// that a checkpoint holds. It knows tokens, not text; batches, not files.
import type { OptimConfig } from "../../configs/schema/optim.ts";
import type { TrainConfig } from "../../configs/schema/train.ts";
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Value } from "../../kernels/core/op.ts";
import { RandomStream, STREAMS, seedKey } from "../../kernels/core/philox.ts";
import type { StepProfile, Work } from "../../kernels/core/profile.ts";
import { Profiler } from "../../kernels/core/profiler.ts";
import type { BufferRange, Program } from "../../kernels/core/program.ts";
import { bytesOf, f32, sizeOf, u32 } from "../../kernels/core/shape.ts";
import { crossEntropy } from "../../kernels/ops/cross-entropy/cross-entropy.ts";
import { CROSS_ENTROPY_DEFAULTS } from "../../kernels/ops/cross-entropy/settings.ts";
import { accumulate, cast } from "../../kernels/ops/elementwise/elementwise.ts";
import { type LossScaleAttrs, SCALER } from "../../kernels/ops/loss-scale/loss-scale.ts";
import { measurePeaks } from "../../kernels/ops/roofline/roofline.ts";
import type { Batch, ValidationWindows } from "../data/batches.ts";
import { Constants } from "../engine/constants.ts";
import { differentiate } from "../engine/differentiate.ts";
import { Executable } from "../engine/executable.ts";
import { Graph } from "../engine/graph.ts";
import { layOutPages, Pages } from "../engine/pages.ts";
import { Scratch } from "../engine/scratch.ts";
import { NO_HOOKS } from "../hooks/hooks.ts";
import { type ModelConfig, parametersOf, partOf } from "../nn/config.ts";
import { forwardHidden, unembed } from "../nn/transformer.ts";
import { NormsPass } from "../optim/norms-pass.ts";
import type { StateName } from "../optim/optimiser.ts";
import { OptimiserPass } from "../optim/optimiser-pass.ts";
import { OPTIMISERS } from "../optim/optimisers.ts";
import { learningRateMultiplier } from "../optim/schedules.ts";
import type { CheckpointPart } from "../storage/run-store.ts";
import { MetricsRing, type StepMetrics } from "./metrics-ring.ts";
import { NormsRing, type StepNorms } from "./norms-ring.ts";

export interface TrainerOptions {
  readonly model: ModelConfig;
  readonly optim: OptimConfig;
  /** Steps of the whole run: schedules follow it. */
  readonly maxSteps: number;
  /** Windows per micro-batch. */
  readonly batchSize: number;
  /** Tokens per window; at most the model's nCtx. */
  readonly contextLength: number;
  readonly accumulation: number;
  readonly recompute: boolean;
  /** How numbers are stored; "32-true" where absent. */
  readonly precision?: TrainConfig["precision"];
  /** Of a run in 16-mixed: {@link LOSS_SCALE} where absent. */
  readonly lossScale?: Partial<LossScaleOptions>;
  readonly seed: number;
  /** Steps from one whose norms are taken, part by part, to the next, the first included; 0 where absent: none. */
  readonly normsInterval?: number;
  /** Learning rate of each step, in place of the schedule's. */
  readonly learningRates?: ArrayLike<number>;
  /** What plans are told of the device; its own profile where absent. */
  readonly profile?: AdapterProfile;
  /** Kernels compiled so far, out of all of this trainer's. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Settings of the loss scale, as torch.amp.GradScaler names them. */
export interface LossScaleOptions extends LossScaleAttrs {
  readonly init_scale: number;
}

/** What torch.amp.GradScaler starts from. */
const LOSS_SCALE: LossScaleOptions = {
  init_scale: 65_536,
  growth_factor: 2,
  backoff_factor: 0.5,
  growth_interval: 2_000,
};

const SCALER_BYTES = bytesOf(SCALER);
/** Name of the scaler's state in a checkpoint. */
const SCALER_PART = "loss_scale.f32";

/** What a run in 16-mixed has besides. */
interface Mixed {
  /** The parameters once more in f16, made anew before each use. */
  readonly halves: Pages;
  /** Makes them. */
  readonly narrow: Executable;
  /** See kernels/ops/loss-scale. */
  readonly scaler: BufferRange;
}

/** What is known of a step once it is done. */
export interface TrainedStep extends StepMetrics {
  /** Null in steps whose norms were not taken. */
  readonly norms: StepNorms | null;
}

interface StepInputs {
  readonly ids: Value;
  readonly targets: Value;
  readonly rng: Value;
}

export class LanguageTrainer {
  /** Optimiser steps done. */
  step = 0;
  /** Whether the step that is being cut into submits has begun to change the parameters. */
  #updating = false;
  #destroyed = false;
  #evaluator: { executable: Executable; ids: Value; targets: Value; perRow: Value } | null = null;

  private constructor(
    readonly gpu: Gpu,
    readonly options: TrainerOptions,
    readonly parameters: Pages,
    /** Of the last step: a sum over its micro-batches, times the loss scale. */
    readonly gradients: Pages,
    private readonly states: ReadonlyMap<StateName, Pages>,
    private readonly pass: Executable,
    private readonly inputs: StepInputs,
    private readonly update: OptimiserPass,
    private readonly ring: MetricsRing,
    private readonly scratch: Scratch,
    private readonly mixed: Mixed | null,
    private readonly norms: NormsRing | null,
  ) {}

  /**
   * Allocates, traces, differentiates, plans and compiles. Parameters are zero until
   * {@link initialize} or {@link loadParts}.
   *
   * @throws FaultError `out-of-memory`, `shader-error`, `bad-config`, or `missing-feature` for 16-mixed on
   *   a device without f16.
   */
  static async create(gpu: Gpu, options: TrainerOptions): Promise<LanguageTrainer> {
    const { model, optim, batchSize: B, contextLength: T } = options;
    if (T > model.nCtx)
      throw new FaultError(
        "bad-config",
        `A window may hold ${model.nCtx} tokens, the model's context; ${T} were asked for.`,
      );
    const planning = planningOf(options);
    const isMixed = options.precision === "16-mixed";
    if (isMixed && !gpu.profile.f16)
      throw new FaultError(
        "missing-feature",
        `Precision 16-mixed needs the GPU feature "shader-f16"; ${gpu.adapterInfo.description || gpu.adapterInfo.vendor} does not have it.`,
        "Choose precision 32-true, or another device.",
      );
    const pages: Pages[] = [];
    const executables: Executable[] = [];
    const scratch = new Scratch(gpu);
    let trainer: LanguageTrainer | undefined;
    try {
      const layout = layOutPages(
        parametersOf(model),
        gpu.profile.limits.maxStorageBufferBindingSize,
        isMixed ? "f16" : "f32",
      );
      const makePages = (label: string, dtype?: "f16"): Promise<Pages> =>
        gpu.guarded(label, () => {
          const made = new Pages(gpu, label, layout, dtype);
          pages.push(made);
          return made;
        });
      // First of all, and one after the other: a model that cannot fit is refused before any work.
      const parameters = await makePages("parameters");
      const gradients = await makePages("gradients");
      const states = new Map<StateName, Pages>();
      for (const name of OPTIMISERS[optim.optimizer].state(optim))
        states.set(name, await makePages(`moments ${name}`));
      const halves = isMixed ? await makePages("parameters in f16", "f16") : null;
      return await gpu.guarded("training", async () => {
        // Forward and backward over one micro-batch; gradients add up in their pages.
        const g = new Graph();
        const constants = new Constants(g);
        const places = new Map<Value, BufferRange>();
        const inputs: StepInputs = {
          ids: g.input("ids", u32([B, T])),
          targets: g.input("targets", { shape: [B * T], dtype: "i32" }),
          rng: g.input("rng", u32([4])),
        };
        const weights = bindWeights(g, parameters, halves, places);
        const gradientOf = bindPages(g, gradients, places, "d ");
        const loss = traceLoss(g, constants, options, inputs, weights);
        const seed = isMixed
          ? scratch.bind(g, places, "scaler", f32([1]), SCALER_BYTES)
          : constants.get("one", [1], "f32", () => Float32Array.of(1));
        const names = layout.tensors.map((t) => t.name);
        differentiate(g, [{ value: loss, gradient: seed }], names.map(weights), {
          into: new Map(names.map((name) => [weights(name), gradientOf(name)])),
          recompute: options.recompute,
        });
        const lossSum = scratch.bind(g, places, "loss", f32([1]));
        g.emit(accumulate, [lossSum, loss], {}, "loss_sum");
        const uploaded = constants.upload(gpu);
        scratch.own(uploaded.buffers);

        const { init_scale, ...settings } = { ...LOSS_SCALE, ...options.lossScale };
        let mixed: Mixed | null = null;
        if (halves) {
          const narrow = await compileNarrow(gpu, parameters, halves, planning);
          executables.push(narrow);
          const scaler = { buffer: scratch.buffer("scaler"), offset: 0, bytes: SCALER_BYTES };
          gpu.device.queue.writeBuffer(scaler.buffer, 0, Float32Array.of(init_scale, 0, 0, 0));
          mixed = { halves, narrow, scaler };
        }

        const progress = sumOfProgress(options.onProgress);
        const normsInterval = options.normsInterval ?? 0;
        const [pass, update, norms] = await allOrNone(
          Executable.compile(gpu, "forward_backward", g, [], {
            ...planning,
            persistent: new Map([...places, ...uploaded.places]),
            onProgress: progress(),
          }),
          OptimiserPass.compile(gpu, {
            ...planning,
            config: optim,
            maxNorm: optim.grad_clip,
            gradScale: 1 / options.accumulation,
            parameters,
            gradients,
            states,
            ...(mixed
              ? {
                  lossScale: {
                    settings,
                    scaler: mixed.scaler,
                    loss: { buffer: scratch.buffer("loss"), offset: 0, bytes: 4 },
                  },
                }
              : {}),
            onProgress: progress(),
          }),
          normsInterval === 0
            ? null
            : NormsPass.compile(gpu, {
                ...planning,
                parameters,
                gradients,
                partOf,
                onProgress: progress(),
              }),
        );
        trainer = new LanguageTrainer(
          gpu,
          options,
          parameters,
          gradients,
          states,
          pass,
          inputs,
          update,
          new MetricsRing(gpu),
          scratch,
          mixed,
          norms && new NormsRing(gpu, norms, 1 / options.accumulation),
        );
        return trainer;
      });
    } catch (error) {
      // The device may tell of a failed allocation after everything was made.
      if (trainer) trainer.destroy();
      else {
        for (const made of [...pages, ...executables]) made.destroy();
        scratch.destroy();
      }
      throw error;
    }
  }

  /** Draws fresh parameters; the same seed gives the same numbers on every device. */
  initialize(): void {
    for (const [index, spec] of parametersOf(this.options.model).entries()) {
      const data = new Float32Array(sizeOf(spec.shape));
      if (spec.init.kind === "constant") data.fill(spec.init.value);
      else {
        const random = new RandomStream(this.options.seed, STREAMS.parameters + index);
        for (let i = 0; i < data.length; i++) data[i] = random.normal() * spec.init.std;
      }
      this.parameters.write(spec.name, data);
    }
  }

  /** Trainable numbers, padding not counted. */
  get parameterCount(): number {
    return this.parameters.layout.tensors.reduce((n, { shape }) => n + sizeOf(shape), 0);
  }

  /** GPU bytes: parameters (in f16 too, if mixed), gradients, moments, and the planned activations. */
  get plannedBytes(): number {
    return (
      this.#pages.reduce((sum, p) => sum + p.bytes, 0) +
      this.pass.schedule.plannedBytes +
      this.update.schedule.plannedBytes +
      (this.norms?.pass.schedule.plannedBytes ?? 0)
    );
  }

  get #pages(): readonly Pages[] {
    const halves = this.mixed ? [this.mixed.halves] : [];
    return [this.parameters, this.gradients, ...this.states.values(), ...halves];
  }

  /** Bytes of each buffer that activations and gradients of activations share. */
  get bufferSizes(): readonly number[] {
    return this.pass.schedule.buffers;
  }

  get dispatchesPerStep(): number {
    return (
      this.pass.program.dispatches.length * this.options.accumulation +
      this.update.program.dispatches.length +
      (this.mixed?.narrow.program.dispatches.length ?? 0)
    );
  }

  /** What each dispatch of one step does. */
  get work(): readonly Work[] {
    const micro = this.pass.program.dispatches.map(({ work }) => work);
    const rest = [this.update.program, ...(this.mixed ? [this.mixed.narrow.program] : [])];
    return [
      ...Array.from({ length: this.options.accumulation }, () => micro).flat(),
      ...rest.flatMap(({ dispatches }) => dispatches.map(({ work }) => work)),
    ];
  }

  /** What each dispatch does that evaluates one batch; nothing before the first evaluation. */
  get evaluationWork(): readonly Work[] {
    return this.#evaluator?.executable.program.dispatches.map(({ work }) => work) ?? [];
  }

  /** Bytes of a checkpoint's parts. */
  get checkpointBytes(): number {
    return this.#stored().reduce((sum, [, pages]) => sum + pages.bytes, 0);
  }

  /** Rows of the variant table in use: evaluation adds its own once it is compiled. */
  get variants(): VariantRows {
    const parts = [this.pass, this.update, this.mixed?.narrow, this.#evaluator?.executable];
    return Object.assign({}, ...parts.map((part) => part?.schedule.variants));
  }

  /** Tokens that one step learns from. */
  get tokensPerStep(): number {
    const { batchSize, contextLength, accumulation } = this.options;
    return batchSize * contextLength * accumulation;
  }

  /** Learning rate of the step with this index. */
  learningRateAt(step: number): number {
    const { optim, maxSteps, learningRates } = this.options;
    if (learningRates) return learningRates[Math.min(step, learningRates.length - 1)] as number;
    return optim.learning_rate * learningRateMultiplier({ ...optim, total_steps: maxSteps }, step);
  }

  /**
   * One optimiser step as one submit; returns once it is queued.
   *
   * @param batches one per micro-batch, drawn for step {@link step}.
   */
  runStep(batches: readonly Batch[]): void {
    const encoder = this.#begin(batches);
    for (let micro = 0; micro < batches.length; micro++) {
      this.#selectMicro(encoder, micro, batches.length);
      this.pass.encode(encoder);
    }
    this.#takeNorms(encoder);
    this.update.encode(encoder);
    this.#finish(encoder);
  }

  /**
   * The same step, cut into submits of about `sliceMs`, with `between` called after each: others get
   * the GPU in between. Cutting changes no bits.
   *
   * @param stepMs how long a whole step takes, as measured.
   */
  async runStepSliced(
    batches: readonly Batch[],
    stepMs: number,
    sliceMs: number,
    between: () => Promise<void>,
  ): Promise<void> {
    const perSlice = Math.max(
      1,
      Math.floor((this.dispatchesPerStep * sliceMs) / Math.max(stepMs, 1)),
    );
    const last = await this.#runParts(batches, async (begun, program) => {
      const total = program.dispatches.length;
      let encoder = begun;
      for (let from = 0; from < total; from += perSlice) {
        const pass = encoder.beginComputePass();
        program.encode(pass, from, Math.min(total, from + perSlice));
        pass.end();
        this.gpu.submit(encoder.finish());
        await this.gpu.device.queue.onSubmittedWorkDone();
        await between();
        encoder = this.gpu.device.createCommandEncoder({ label: "train step" });
      }
      return encoder;
    });
    this.#finish(last);
  }

  /** The same step with each of its dispatches timed; returns once it is done. Its bits are the same. */
  async runStepProfiled(batches: readonly Batch[], profiler: Profiler): Promise<void> {
    const last = await this.#runParts(batches, (encoder, program) =>
      profiler.record(encoder, program),
    );
    profiler.finish(last);
    this.#finish(last);
    await profiler.collect();
  }

  /**
   * Takes steps, timing each of their dispatches, until `steps` of them are measured. Numbers of steps
   * that nobody drained give way where the ring is full.
   *
   * @param batchesOf the micro-batches of a step.
   */
  async profile(
    batchesOf: (step: number) => readonly Batch[],
    steps: number,
  ): Promise<StepProfile> {
    const peaks = await measurePeaks(this.gpu);
    const profiler = new Profiler(this.gpu);
    try {
      while (profiler.steps < steps) {
        if (this.mustDrain) await this.drainMetrics();
        await this.runStepProfiled(batchesOf(this.step), profiler);
      }
      return profiler.result(peaks);
    } finally {
      profiler.destroy();
    }
  }

  /** Begins a step and hands each of its programs to `run`, which gives the encoder to go on with. */
  async #runParts(
    batches: readonly Batch[],
    run: (encoder: GPUCommandEncoder, program: Program) => Promise<GPUCommandEncoder>,
  ): Promise<GPUCommandEncoder> {
    let encoder = this.#begin(batches);
    for (let micro = 0; micro < batches.length; micro++) {
      this.#selectMicro(encoder, micro, batches.length);
      encoder = await run(encoder, this.pass.program);
    }
    // Not among the parts: a step that is timed or cut is the same with it and without.
    this.#takeNorms(encoder);
    this.#updating = true;
    return run(encoder, this.update.program);
  }

  /** Norms of the gradient and of the parameters that it moves, if this step is one of those. */
  #takeNorms(encoder: GPUCommandEncoder): void {
    const { normsInterval = 0 } = this.options;
    if (!this.norms || this.step % normsInterval !== 0) return;
    this.norms.record(encoder, this.step, this.mixed?.scaler ?? null);
  }

  #begin(batches: readonly Batch[]): GPUCommandEncoder {
    if (batches.length !== this.options.accumulation)
      throw new Error(
        `runStep: needs ${this.options.accumulation} micro-batches; got ${batches.length}`,
      );
    const { ids, targets, rng } = this.inputs;
    const counters = (micro: number) =>
      Uint32Array.of(...seedKey(this.options.seed), this.step, micro);
    if (batches.length === 1) {
      const batch = batches[0] as Batch;
      this.pass.write(ids, batch.inputs);
      this.pass.write(targets, batch.targets);
      this.pass.write(rng, counters(0));
    } else {
      // All micro-batches go up at once; copies inside the command buffer pick one after the other.
      const { queue } = this.gpu.device;
      const stage = this.#stage(batches.length);
      batches.forEach((batch, micro) => {
        queue.writeBuffer(stage.ids, micro * batch.inputs.byteLength, batch.inputs);
        queue.writeBuffer(stage.targets, micro * batch.targets.byteLength, batch.targets);
        queue.writeBuffer(stage.rng, micro * 16, counters(micro));
      });
    }
    this.update.write(this.step, this.learningRateAt(this.step));
    const encoder = this.gpu.device.createCommandEncoder({ label: "train step" });
    this.gradients.clear(encoder);
    encoder.clearBuffer(this.scratch.buffer("loss"));
    this.mixed?.narrow.encode(encoder);
    return encoder;
  }

  #stage(micros: number): { ids: GPUBuffer; targets: GPUBuffer; rng: GPUBuffer } {
    const tokens = this.options.batchSize * this.options.contextLength * 4;
    return {
      ids: this.scratch.named("stage.ids", micros * tokens),
      targets: this.scratch.named("stage.targets", micros * tokens),
      rng: this.scratch.named("stage.rng", micros * 16),
    };
  }

  #selectMicro(encoder: GPUCommandEncoder, micro: number, micros: number): void {
    if (micros === 1) return;
    const stage = this.#stage(micros);
    for (const name of ["ids", "targets", "rng"] as const) {
      if (!this.pass.has(this.inputs[name])) continue;
      const to = this.pass.place(this.inputs[name]);
      encoder.copyBufferToBuffer(stage[name], micro * to.bytes, to.buffer, to.offset, to.bytes);
    }
  }

  #finish(encoder: GPUCommandEncoder): void {
    const loss = { buffer: this.scratch.buffer("loss"), offset: 0, bytes: 4 };
    this.ring.record(encoder, this.step, loss, this.update.clipPlace, this.mixed?.scaler ?? null);
    this.gpu.submit(encoder.finish());
    this.#updating = false;
    this.step++;
  }

  /**
   * Copies the parameters, as they are after {@link step} steps, into pages of the same layout. It reads and
   * changes nothing of the run.
   *
   * @returns false, and nothing is copied, where the submits of an update are under way: ask again after the next.
   */
  copyParameters(into: Pages): boolean {
    if (this.#updating) return false;
    const encoder = this.gpu.device.createCommandEncoder({ label: "copy parameters" });
    this.parameters.copyTo(encoder, into);
    this.gpu.submit(encoder.finish());
    return true;
  }

  /** Whether the next step needs {@link drainMetrics} first. */
  get mustDrain(): boolean {
    return this.ring.full || this.norms?.full === true;
  }

  /** Numbers of the steps since the last call; the loss is the mean over the step's micro-batches. */
  async drainMetrics(): Promise<readonly TrainedStep[]> {
    const rows = await this.ring.drain();
    const norms = (await this.norms?.drain()) ?? [];
    const { accumulation } = this.options;
    const normsAt = new Map(norms.map((each) => [each.step, each]));
    return rows.map((row) => ({
      ...row,
      loss: row.loss / accumulation,
      norms: normsAt.get(row.step) ?? null,
    }));
  }

  /**
   * After a step whose loss or gradient was not finite: replays its forward and backward pass, looking
   * at every tensor. Parameters are as that step met them, because the optimiser skipped it.
   *
   * @param batches those of the bad step. @returns name of the first bad tensor, or null.
   */
  async diagnose(batches: readonly Batch[], step: number): Promise<string | null> {
    for (const { name } of this.parameters.layout.tensors) {
      const data = await this.parameters.read(name);
      if (!data.every(Number.isFinite)) return `parameter ${name}`;
    }
    this.mixed?.narrow.run();
    for (const [micro, batch] of batches.entries()) {
      // The bad step left its gradients behind, and new ones are added to them.
      const encoder = this.gpu.device.createCommandEncoder({ label: "diagnosis" });
      this.gradients.clear(encoder);
      encoder.clearBuffer(this.scratch.buffer("loss"));
      this.gpu.submit(encoder.finish());
      this.pass.write(this.inputs.ids, batch.inputs);
      this.pass.write(this.inputs.targets, batch.targets);
      this.pass.write(this.inputs.rng, Uint32Array.of(...seedKey(this.options.seed), step, micro));
      const found = await this.pass.firstNonFinite();
      if (found) return found;
    }
    return null;
  }

  /**
   * Mean cross-entropy in nats per token over fixed windows.
   *
   * @param count windows to use from the beginning; 0 means all.
   * @param between called between batches: others get the GPU there.
   */
  async evaluate(
    windows: ValidationWindows,
    count: number,
    between?: () => Promise<void>,
  ): Promise<{ loss: number; predictions: number }> {
    const { batchSize: B, contextLength: T } = this.options;
    this.#evaluator ??= await this.#compileEvaluator();
    const { executable, ids, targets, perRow } = this.#evaluator;
    this.mixed?.narrow.run();
    const limit = count === 0 ? windows.windowCount : Math.min(count, windows.windowCount);
    let sum = 0;
    let predictions = 0;
    for (let first = 0; first < limit; first += B) {
      const batch = windows.batchAt(first, B);
      // Windows past the limit are evaluated with the others and left out of the sum.
      const used = Math.min(B, limit - first) * T;
      executable.write(ids, batch.inputs);
      executable.write(targets, batch.targets);
      executable.run();
      const losses = await executable.readF32(perRow);
      for (let i = 0; i < used; i++) {
        if ((batch.targets[i] as number) < 0) continue;
        sum += losses[i] as number;
        predictions++;
      }
      await between?.();
    }
    return { loss: sum / predictions, predictions };
  }

  async #compileEvaluator() {
    const { batchSize: B, contextLength: T } = this.options;
    const g = new Graph();
    const constants = new Constants(g);
    const places = new Map<Value, BufferRange>();
    const ids = g.input("ids", u32([B, T]));
    const targets = g.input("targets", { shape: [B * T], dtype: "i32" });
    const weights = bindWeights(g, this.parameters, this.mixed?.halves ?? null, places);
    const logits = traceLogits(g, constants, this.options, ids, weights, null);
    const perRow = g.emit(crossEntropy, [logits, targets], CROSS_ENTROPY_DEFAULTS)[1] as Value;
    const uploaded = constants.upload(this.gpu);
    this.scratch.own(uploaded.buffers);
    const executable = await Executable.compile(this.gpu, "evaluate", g, [perRow], {
      ...planningOf(this.options),
      persistent: new Map([...places, ...uploaded.places]),
    });
    return { executable, ids, targets, perRow };
  }

  /** Everything a checkpoint stores of this trainer, beside {@link step}. */
  async saveParts(): Promise<readonly CheckpointPart[]> {
    const parts: CheckpointPart[] = [];
    for (const [name, pages] of this.#stored())
      for (const page of pages.layout.pageElements.keys()) {
        const data = await pages.readPage(page);
        parts.push({ name: `${name}.${page}.f32`, bytes: new Uint8Array(data.buffer) });
      }
    if (this.mixed) {
      const { buffer, offset, bytes } = this.mixed.scaler;
      const state = await this.gpu.read(buffer, offset, bytes);
      parts.push({ name: SCALER_PART, bytes: new Uint8Array(state) });
    }
    return parts;
  }

  /**
   * Puts a checkpoint's state back.
   *
   * @throws FaultError `storage` when a part is missing or has another size.
   */
  loadParts(step: number, parts: readonly CheckpointPart[]): void {
    const byName = new Map(parts.map((part) => [part.name, part.bytes]));
    const part = (name: string, size: number): Float32Array<ArrayBuffer> => {
      const bytes = byName.get(name);
      if (bytes?.byteLength !== size)
        throw new FaultError(
          "storage",
          `The checkpoint must hold ${size} bytes of ${name}; it has ${bytes?.byteLength ?? "none"}.`,
          "It belongs to another configuration. Start the run anew.",
        );
      return new Float32Array(bytes.slice().buffer);
    };
    for (const [name, pages] of this.#stored())
      pages.layout.pageElements.forEach((elements, page) => {
        pages.writePage(page, part(`${name}.${page}.f32`, elements * 4));
      });
    if (this.mixed) {
      const { buffer, offset } = this.mixed.scaler;
      this.gpu.device.queue.writeBuffer(buffer, offset, part(SCALER_PART, SCALER_BYTES));
    }
    this.step = step;
  }

  #stored(): [string, Pages][] {
    return [["parameters", this.parameters], ...this.states];
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.pass.destroy();
    this.update.destroy();
    this.#evaluator?.executable.destroy();
    this.mixed?.narrow.destroy();
    this.ring.destroy();
    this.norms?.destroy();
    for (const pages of this.#pages) pages.destroy();
    this.scratch.destroy();
  }
}

type Planning = Pick<TrainerOptions, "profile">;

/** What everything that a trainer compiles is told of the device. */
const planningOf = ({ profile }: TrainerOptions): Planning => (profile ? { profile } : {});

/** What several make side by side; where one fails, what the others made is freed. */
async function allOrNone<const Made extends readonly (Promise<Destroyable> | null)[]>(
  ...made: Made
): Promise<{ -readonly [K in keyof Made]: Awaited<Made[K]> }> {
  const settled = await Promise.allSettled(made);
  if (settled.some(({ status }) => status === "rejected"))
    for (const each of settled) if (each.status === "fulfilled") each.value?.destroy();
  return Promise.all(made);
}

interface Destroyable {
  destroy(): void;
}

/** A listener for each of several parts that compile side by side; `listen` hears of them as one. */
function sumOfProgress(listen?: (done: number, total: number) => void) {
  const parts: { done: number; total: number }[] = [];
  return () => {
    const part = { done: 0, total: 0 };
    parts.push(part);
    return (done: number, total: number): void => {
      Object.assign(part, { done, total });
      const sum = (key: "done" | "total") => parts.reduce((n, each) => n + each[key], 0);
      listen?.(sum("done"), sum("total"));
    };
  };
}

/** Persistent values for the tensors of some pages, made when first asked for. */
function bindPages(
  g: Graph,
  pages: Pages,
  places: Map<Value, BufferRange>,
  prefix = "",
): (name: string) => Value {
  const values = new Map<string, Value>();
  return (name) => {
    let value = values.get(name);
    if (!value) {
      const { shape } = pages.tensor(name);
      value = g.persistent(`${prefix}${name}`, { shape, dtype: pages.dtype });
      places.set(value, pages.range(name));
      values.set(name, value);
    }
    return value;
  };
}

/**
 * The weights that a graph reads: matrices in f16 where there are such pages. Vectors (biases, factors of
 * norms) are few and stay f32.
 */
function bindWeights(
  g: Graph,
  parameters: Pages,
  halves: Pages | null,
  places: Map<Value, BufferRange>,
): (name: string) => Value {
  const whole = bindPages(g, parameters, places);
  if (!halves) return whole;
  const narrow = bindPages(g, halves, places);
  return (name) => (halves.tensor(name).shape.length > 1 ? narrow(name) : whole(name));
}

/** Copies every page of parameters into its page of f16. */
function compileNarrow(
  gpu: Gpu,
  parameters: Pages,
  halves: Pages,
  planning: Planning,
): Promise<Executable> {
  const g = new Graph();
  const places = new Map<Value, BufferRange>();
  const bind = (pages: Pages, page: number, elements: number): Value => {
    const value = g.persistent(`${pages.label}/${page}`, { shape: [elements], dtype: pages.dtype });
    places.set(value, pages.pageRange(page));
    return value;
  };
  for (const [page, elements] of parameters.layout.pageElements.entries()) {
    const [from, into] = [parameters, halves].map((pages) => bind(pages, page, elements));
    g.emit(cast, [from as Value, into as Value], { dtype: "f16" });
  }
  return Executable.compile(gpu, "narrow", g, [], { ...planning, persistent: places });
}

function traceLogits(
  g: Graph,
  constants: Constants,
  { model, batchSize: B, contextLength: T, precision }: TrainerOptions,
  ids: Value,
  weight: (name: string) => Value,
  rng: Value | null,
): Value {
  const positions = constants.get("positions", [B, T], "u32", () =>
    Uint32Array.from({ length: B * T }, (_, i) => i % T),
  );
  const forward = {
    config: model,
    weight,
    constants,
    hooks: NO_HOOKS,
    ids,
    positions,
    training: rng !== null,
    maxPositions: T,
    stored: precision === "16-mixed" ? ("f16" as const) : ("f32" as const),
    ...(rng ? { rng } : {}),
  };
  return unembed(g, forward, forwardHidden(g, forward));
}

/** Mean cross-entropy of the next token over the micro-batch, `[1]`. */
function traceLoss(
  g: Graph,
  constants: Constants,
  options: TrainerOptions,
  inputs: StepInputs,
  weight: (name: string) => Value,
): Value {
  const logits = traceLogits(g, constants, options, inputs.ids, weight, inputs.rng);
  return g.emit(crossEntropy, [logits, inputs.targets], CROSS_ENTROPY_DEFAULTS)[0] as Value;
}
