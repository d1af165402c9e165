// One language run from config to result: it prepares text and model, trains, evaluates, samples,
// saves, and can be paused, stepped, resumed and stopped. Everything it tells leaves as events and as
// lines of its log; the page and the command line run the same job. What it is made of: prepared-run,
// run-reports, run-samples, run-saves, run-profiles; the loop is here.
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { StepProfile } from "../../kernels/core/profile.ts";
import { tableOf } from "../../kernels/core/variants.ts";
import { FAMILIES } from "../../kernels/tuned.ts";
import type { SampleRequest } from "../api/models.ts";
import type { RunPhase } from "../api/runs.ts";
import { type BatchSampler, batchesOf, createBatchSampler } from "../data/batches.ts";
import type { LoggedStep } from "./metric-log.ts";
import { type PreparedRun, prepareRun, readyEvent } from "./prepared-run.ts";
import type { RunHost, RunOptions } from "./run-options.ts";
import { RunProfiles } from "./run-profiles.ts";
import { RunReports } from "./run-reports.ts";
import { RunSamples } from "./run-samples.ts";
import { RunSaves } from "./run-saves.ts";
import { TrainingClock } from "./training-clock.ts";
import { Turns } from "./turns.ts";

/** Between two reports of metrics. */
const REPORT_MS = 100;
/** Length of a submit while somebody waits for the GPU. */
const SLICE_MS = 50;
/** Steps that may be queued before the GPU has done them. */
const IN_FLIGHT = 2;

export class LanguageRun {
  #phase: RunPhase = "preparing";
  #stopping = false;
  /** Nobody wants what it would still keep. */
  #abandoned = false;
  #paused = false;
  /** Steps a paused run may still take. */
  #allowance = 0;
  #wake: (() => void) | null = null;
  #prepared: PreparedRun | null = null;
  #ended: Promise<RunPhase> | null = null;
  readonly #turns = new Turns();
  readonly #companions: (() => void)[] = [];
  readonly #aborter = new AbortController();
  /** What everything that the run compiles is told of the device. */
  readonly profileOfDevice: AdapterProfile;
  readonly #clock: TrainingClock;
  readonly #profiles: RunProfiles;
  readonly #samples: RunSamples;
  readonly #reports: RunReports;
  readonly #saves: RunSaves;

  constructor(
    readonly options: RunOptions,
    private readonly host: RunHost,
  ) {
    const { checkpoint } = options;
    // Whole, so that a row which is first used after a resume is still the one of the beginning.
    const table = tableOf(FAMILIES, {
      ...host.gpu.profile,
      variants: checkpoint ? checkpoint.meta.variants : (options.variants ?? {}),
    });
    this.profileOfDevice = { ...host.gpu.profile, variants: table };
    this.#clock = new TrainingClock(() => host.now());
    this.#clock.seconds = checkpoint?.meta.seconds ?? 0;
    this.#profiles = new RunProfiles(host.gpu);
    this.#saves = new RunSaves(options, host, this.#clock, table, () => ({
      phase: this.#phase,
      sampling: this.#samples.settings,
      variants: this.variants,
      losses: this.#reports.losses,
      prepared: this.#prepared,
    }));
    this.#samples = new RunSamples(options, host, this.profileOfDevice, this.#turns, this.#saves);
    this.#reports = new RunReports(options, host, this.#clock, this.#turns, this.#saves);
  }

  /** Rows of the kernel table that the run uses: those of what it has compiled. */
  get variants(): VariantRows {
    return { ...this.#prepared?.trainer.variants, ...this.#samples.variants };
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  get step(): number {
    return this.#prepared?.trainer.step ?? 0;
  }

  /** Trained weights and what is needed to use them. @throws FaultError before the run is ready. */
  get result(): PreparedRun {
    if (!this.#prepared)
      throw new FaultError(
        "bad-config",
        "The run must have a model; it is still preparing.",
        "Wait for the first step.",
      );
    return this.#prepared;
  }

  /** Prepares and trains to the end, or until stopped. Never rejects: what goes wrong is a fault event. */
  run(): Promise<RunPhase> {
    this.#ended ??= this.#run();
    return this.#ended;
  }

  async #run(): Promise<RunPhase> {
    let failure: unknown = null;
    try {
      this.#setPhase("preparing");
      const prepared = await this.#prepare();
      await this.#train(prepared);
      const isWhole = this.step === this.options.config.train.max_steps;
      this.#setPhase(isWhole && !this.#stopping ? "done" : "stopped");
    } catch (error) {
      // Stopping is no failure; what fails while stopping is.
      if (error === this.#aborter.signal.reason) this.#setPhase("stopped");
      else {
        failure = error;
        this.#turns.setActive(false);
        await this.#fail(error);
      }
    }
    this.#profiles.end(failure, () => this.#noStepsToProfile());
    if (!this.#abandoned) await this.#saves.tryRecord();
    // What it has learnt stays in use; its text does not.
    this.#prepared?.text.close();
    return this.#phase;
  }

  async #fail(error: unknown): Promise<void> {
    const fault = await this.host.gpu.faultBehind(error);
    this.#setPhase("failed");
    if (this.#abandoned) return;
    const { lastStep } = this.#saves;
    this.host.emit({
      type: "fault",
      fault,
      ...(lastStep === undefined ? {} : { checkpointStep: lastStep }),
    });
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
    const isOver = ["done", "stopped", "failed"].includes(this.#phase);
    const profile = this.#profiles.request(steps, isOver ? this.#noStepsToProfile() : null);
    this.#wake?.();
    return profile;
  }

  stop(): void {
    this.#stopping = true;
    this.#aborter.abort(new FaultError("internal", "The run was stopped."));
    this.#wake?.();
  }

  /** Ends the run and keeps nothing more of it. Resolves when it touches neither device nor storage any more. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.stop();
    await this.#ended;
  }

  /** Asks for a checkpoint soon: the page may be about to go. */
  saveSoon(): void {
    this.#saves.want();
  }

  setSampling(settings: SampleConfig): void {
    this.#samples.settings = settings;
  }

  /**
   * Writes a sample while training goes on; it arrives as events.
   *
   * @throws FaultError for messages that cannot be written as a chat of this model.
   */
  requestSample(settings: SampleRequest): number {
    return this.#samples.request(this.result, settings);
  }

  /**
   * Work of somebody else's on the GPU, while training goes on: its steps are cut for as long as the work lasts.
   *
   * @param work what it awaits from `turn` comes between two submits of the run, or at once where the run rests.
   */
  aside<T>(work: (turn: () => Promise<void>) => Promise<T>): Promise<T> {
    return this.#turns.during(() => work(() => this.#turns.wait()));
  }

  /** Called when the run's memory is freed: what was made for looking at it goes too. */
  whenDestroyed(free: () => void): void {
    this.#companions.push(free);
  }

  /** Frees everything on the GPU. */
  destroy(): void {
    for (const free of this.#companions.splice(0)) free();
    this.#samples.destroy();
    this.#prepared?.text.close();
    this.#prepared?.trainer.destroy();
  }

  async #prepare(): Promise<PreparedRun> {
    const { runId, checkpoint } = this.options;
    const { store } = this.host;
    if (checkpoint && "damaged" in checkpoint)
      for (const fault of checkpoint.damaged) this.host.emit({ type: "warning", fault });
    // Listed from now on: files of a run that nobody knows of would never be removed.
    if (!checkpoint) await this.#saves.tryRecord();
    const prepared = await prepareRun(
      this.options,
      this.host,
      this.profileOfDevice,
      this.#aborter.signal,
    );
    this.#prepared = prepared;
    this.host.emit(readyEvent(prepared, this.options, this.host));
    if (!checkpoint) return prepared;
    await store.truncateLogs(runId, checkpoint.meta.step);
    this.#samples.replay(await store.readLog(runId, "samples"));
    this.#reports.replay((await store.readLog(runId, "metrics")) as LoggedStep[]);
    this.#saves.tell(checkpoint.meta.step, checkpoint.parts);
    return prepared;
  }

  async #train(prepared: PreparedRun): Promise<void> {
    const { trainer, text } = prepared;
    const { config } = this.options;
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
    this.#clock.restart();
    this.#saves.begin();

    this.#setPhase(this.#paused ? "paused" : "running");
    this.#turns.setActive(true);
    while (trainer.step < lastStep && !this.#stopping) {
      if (this.#rests) {
        await this.#rest(prepared, sampler);
        continue;
      }
      const profiled = this.#profiles.wanted ? await this.#beginProfile() : null;
      if (this.#rests) continue; // there was no room for it
      if (this.#paused && !profiled) this.#allowance--;

      const batches = batchesOf(sampler, trainer.step, trainer.options.accumulation);
      const started = this.host.now();
      if (profiled) {
        await this.#profiles.step(profiled, trainer, batches);
        this.#turns.release();
      } else if (this.#turns.wanted)
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
        await this.#reports.report(prepared, sampler, evaluates);
        reported = this.host.now();
        this.#clock.restart();
      }
      if (due(config.train.sample_interval)) {
        this.#turns.setActive(false);
        await this.#samples.write(prepared);
        this.#turns.setActive(true);
        this.#clock.restart();
      }
      const saves = due(config.train.checkpoint_interval) || this.#saves.isDue;
      if (saves && trainer.step < lastStep) {
        await this.#reports.report(prepared, sampler);
        await this.#saves.save(prepared);
        this.#clock.restart();
      }
    }
    this.#turns.setActive(false);
    if (this.#abandoned) return;
    await this.#reports.report(prepared, sampler);
    await this.#saves.save(prepared);
    // The finished model shows what it has become, whatever the interval.
    const isWhole = trainer.step === config.train.max_steps;
    if (isWhole && config.train.sample_interval > 0 && !due(config.train.sample_interval))
      await this.#samples.write(prepared);
  }

  /** Whether a paused run has no step to take. */
  get #rests(): boolean {
    return this.#paused && this.#allowance === 0 && !this.#profiles.wanted;
  }

  /** Until the run is resumed, stopped, or has a step to take. */
  async #rest(prepared: PreparedRun, sampler: BatchSampler): Promise<void> {
    await this.#reports.report(prepared, sampler);
    this.#turns.setActive(false);
    const asked = this.#phase !== "paused";
    this.#setPhase("paused");
    // After a single step as well, where that costs nothing one would notice.
    if (asked || this.#saves.isQuick || this.#saves.isDue) await this.#saves.save(prepared);
    // Asked again: a button may have been pressed while the report was on its way.
    if (this.#rests && !this.#stopping)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#wake = null;
    this.#clock.restart();
    this.#turns.setActive(true);
    if (!this.#paused && !this.#stopping) this.#setPhase("running");
  }

  /** Measuring what the device can do is no training. */
  async #beginProfile() {
    this.#clock.tick();
    try {
      return await this.#profiles.begin();
    } finally {
      this.#clock.restart();
    }
  }

  #noStepsToProfile(): FaultError {
    return new FaultError(
      "bad-config",
      `A profile needs a step that the run has yet to take; this one is ${this.#phase} at step ${this.step}.`,
      "Profile a run that is not over yet.",
    );
  }

  #setPhase(phase: RunPhase): void {
    this.#phase = phase;
    this.host.emit({ type: "phase", phase, step: this.step });
  }
}
