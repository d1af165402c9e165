// What a run keeps: its log lines, its checkpoints, its record. A place that refuses does not end the
// run: it is told, what was refused waits, and the next checkpoint tries again. A checkpoint is written only
// after everything that was told before it, so a run that resumes finds its log whole.
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { VariantRows } from "../../kernels/core/adapter.ts";
import { type Fault, faultOf } from "../../kernels/core/fault.ts";
import type { RunPhase, RunSummary } from "../api/runs.ts";
import type { Checkpoint, CheckpointPart, LogName } from "../storage/run-store.ts";
import { describeDevice } from "./device-report.ts";
import type { PreparedRun } from "./prepared-run.ts";
import type { RunHost, RunOptions } from "./run-options.ts";
import type { TrainingClock } from "./training-clock.ts";

/** Between two checkpoints by time, at least as many times the last one's cost: saving takes under 5 %. */
const SAVE_COSTS = 20;
const QUICK_SAVE_MS = 200;
/** The first one is early: a run that is a few seconds old can be lost, too. */
const FIRST_SAVE_MS = 2_000;

/** What the rest of the run knows, asked when it is written down. */
export interface RunState {
  readonly phase: RunPhase;
  readonly sampling: SampleConfig;
  /** Rows of the kernel table that are in use. */
  readonly variants: VariantRows;
  readonly losses: Pick<
    RunSummary,
    "step" | "trainLoss" | "bestValidationLoss" | "bestBitsPerByte"
  >;
  readonly prepared: PreparedRun | null;
}

interface WaitingLines {
  readonly log: LogName;
  readonly lines: readonly object[];
}

export class RunSaves {
  /** Step of the last checkpoint. */
  lastStep: number | undefined;
  #savedAt = 0;
  #tookMs = 0;
  #isWanted = false;
  /** Not yet in the log, oldest first. */
  #waiting: readonly WaitingLines[] = [];
  /** Appends follow one another. */
  #appending: Promise<void> = Promise.resolve();
  /** A refusal has been told and nothing has been saved since. */
  #isTroubled = false;

  constructor(
    private readonly options: RunOptions,
    private readonly host: RunHost,
    private readonly clock: TrainingClock,
    /** The whole kernel table of the run. */
    private readonly table: VariantRows,
    private readonly state: () => RunState,
  ) {
    this.lastStep = options.checkpoint?.meta.step;
  }

  /** Training begins: time counts from here. */
  begin(): void {
    this.#savedAt = this.host.now();
  }

  /** Somebody fears for the run: a checkpoint as soon as it costs under 5 % of the time. */
  want(): void {
    this.#isWanted = true;
  }

  /** Whether so much has been learnt since the last checkpoint that losing it would hurt. */
  get isDue(): boolean {
    const since = this.host.now() - this.#savedAt;
    if (since <= SAVE_COSTS * this.#tookMs) return false;
    if (this.#isWanted) return true;
    const wait = 1_000 * this.options.config.train.checkpoint_seconds;
    return wait > 0 && since > (this.lastStep === undefined ? Math.min(wait, FIRST_SAVE_MS) : wait);
  }

  /** Whether a checkpoint costs nothing one would notice. */
  get isQuick(): boolean {
    return this.#tookMs < QUICK_SAVE_MS;
  }

  /** Adds lines to a log, after those that still wait. */
  async append(log: LogName, lines: readonly object[]): Promise<void> {
    if (lines.length === 0) return;
    this.#waiting = [...this.#waiting, { log, lines }];
    await this.#attempt(() => this.#appendWaiting());
  }

  /**
   * Writes a checkpoint, unless nothing was learnt since the last one. What it stands for must have been
   * reported.
   *
   * @returns whether the run is now as safe as it can be.
   * @throws what the device throws; what the storage refuses is told.
   */
  async save({ trainer, model, tokenizer, text, parentModelId }: PreparedRun): Promise<boolean> {
    const started = this.host.now();
    this.#savedAt = started;
    this.#isWanted = false;
    const { step } = trainer;
    if (step === 0 || this.lastStep === step) return true;
    this.host.gpu.assertHealthy();
    const parts = await trainer.saveParts();
    // A device that was lost meanwhile may have handed out zeros.
    this.host.gpu.assertHealthy();
    const checkpoint: Checkpoint = {
      meta: {
        format: 2,
        step,
        tokens: step * trainer.tokensPerStep,
        seconds: this.clock.seconds,
        config: this.#config,
        model,
        ...(parentModelId ? { parentModelId } : {}),
        tokenizer: {
          json: tokenizer.toJSON(),
          config: tokenizer.toConfig(),
          beside: { ...tokenizer.beside },
        },
        device: describeDevice(this.host.gpu).description,
        variants: this.table,
        dataHash: text.dataHash,
      },
      parts,
    };
    // Each interval that fails is told anew.
    this.#isTroubled = false;
    const isSaved = await this.#attempt(async () => {
      await this.#appendWaiting();
      const warnings = await this.host.store.saveCheckpoint(this.options.runId, checkpoint);
      this.lastStep = step;
      for (const fault of warnings) this.host.emit({ type: "warning", fault });
      await this.record();
    });
    this.#savedAt = this.host.now();
    this.#tookMs = this.#savedAt - started;
    if (isSaved) this.tell(step, parts);
    return isSaved;
  }

  tell(step: number, parts: readonly CheckpointPart[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.bytes.byteLength, 0);
    this.host.emit({ type: "checkpoint", step, bytes });
  }

  /** Writes the run's record. @throws FaultError `storage`. */
  record(): Promise<void> {
    const { runId, config, checkpoint } = this.options;
    const { phase, variants, prepared, losses } = this.state();
    return this.host.store.recordRun({
      runId,
      title: config.title,
      config: this.#config,
      phase,
      step: this.lastStep ?? 0,
      savedAt: Date.now(),
      device: describeDevice(this.host.gpu).description,
      variants,
      dataHash: prepared?.text.dataHash ?? checkpoint?.meta.dataHash ?? null,
      summary: {
        ...losses,
        seconds: this.clock.seconds,
        tokens: (prepared?.trainer.step ?? 0) * (prepared?.trainer.tokensPerStep ?? 0),
        parameters: prepared?.trainer.parameterCount ?? null,
      },
    });
  }

  /** Writes the record; a refusal is told. */
  async tryRecord(): Promise<void> {
    await this.#attempt(() => this.record());
  }

  #appendWaiting(): Promise<void> {
    const next = this.#appending.then(async () => {
      for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
        const { log } = first;
        const ready = this.#waiting.filter((one) => one.log === log);
        await this.host.store.appendLog(
          this.options.runId,
          log,
          ready.flatMap(({ lines }) => lines),
        );
        this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
      }
    });
    this.#appending = next.catch(() => {});
    return next;
  }

  /** Whether the storage did its part. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#tellFault(faultOf(error));
      return false;
    }
  }

  /** Told once, not ten times a second. */
  #tellFault(fault: Fault): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    const { lastStep } = this;
    this.host.emit({
      type: "fault",
      fault,
      ...(lastStep === undefined ? {} : { checkpointStep: lastStep }),
    });
  }

  /** The run's settings, with the way of writing samples that was last asked for. */
  get #config() {
    return { ...this.options.config, sample: this.state().sampling };
  }
}
