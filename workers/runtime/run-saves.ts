// What a run keeps: its checkpoints and its record.
import type { SampleConfig } from "../../configs/schema/sample.ts";
import type { VariantRows } from "../../kernels/core/adapter.ts";
import type { RunPhase } from "../api/runs.ts";
import type { CheckpointPart } from "../storage/run-store.ts";
import { describeDevice } from "./device-report.ts";
import type { PreparedRun } from "./prepared-run.ts";
import type { RunHost, RunOptions } from "./run-options.ts";
import type { TrainingClock } from "./training-clock.ts";

/** Between two checkpoints by time, at least as many times the last one's cost: saving takes under 5 %. */
const SAVE_COSTS = 20;
const QUICK_SAVE_MS = 200;

/** What the rest of the run knows, asked when it is written down. */
export interface RunState {
  readonly phase: RunPhase;
  readonly sampling: SampleConfig;
  /** Rows of the kernel table that are in use. */
  readonly variants: VariantRows;
}

export class RunSaves {
  /** Step of the last checkpoint. */
  lastStep: number | undefined;
  #savedAt = 0;
  #tookMs = 0;

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

  /** Whether so much time has passed since the last checkpoint that losing it would hurt. */
  get isDue(): boolean {
    const wait = 1_000 * this.options.config.train.checkpoint_seconds;
    return wait > 0 && this.host.now() - this.#savedAt > Math.max(wait, SAVE_COSTS * this.#tookMs);
  }

  /** Whether a checkpoint costs nothing one would notice. */
  get isQuick(): boolean {
    return this.#tookMs < QUICK_SAVE_MS;
  }

  /** Writes a checkpoint, unless nothing was learnt since the last one. */
  async save({ trainer, tokenizer, text }: PreparedRun): Promise<void> {
    const started = this.host.now();
    this.#savedAt = started;
    if (trainer.step === 0 || this.lastStep === trainer.step) return;
    this.host.gpu.assertHealthy();
    const parts = await trainer.saveParts();
    await this.host.store.saveCheckpoint(this.options.runId, {
      meta: {
        format: 1,
        step: trainer.step,
        tokens: trainer.step * trainer.tokensPerStep,
        seconds: this.clock.seconds,
        config: this.#config,
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
    });
    this.lastStep = trainer.step;
    this.#savedAt = this.host.now();
    this.#tookMs = this.#savedAt - started;
    await this.record();
    this.tell(trainer.step, parts);
  }

  tell(step: number, parts: readonly CheckpointPart[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.bytes.byteLength, 0);
    this.host.emit({ type: "checkpoint", step, bytes });
  }

  /** Writes the run's record. */
  record(): Promise<void> {
    const { runId, config } = this.options;
    const { phase, variants } = this.state();
    return this.host.store.putRecord({
      runId,
      title: config.title,
      config: this.#config,
      phase,
      step: this.lastStep ?? 0,
      savedAt: Date.now(),
      device: describeDevice(this.host.gpu).description,
      variants,
    });
  }

  /** The run's settings, with the way of writing samples that was last asked for. */
  get #config() {
    return { ...this.options.config, sample: this.state().sampling };
  }
}
