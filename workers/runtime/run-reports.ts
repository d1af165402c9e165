// What a run tells of its steps: their numbers leave as events and as lines of the metrics log.
import { FaultError } from "../../kernels/core/fault.ts";
import { type BatchSampler, batchesOf, validationWindows } from "../data/batches.ts";
import type { TrainedStep } from "./language-trainer.ts";
import { batchOfLog, type LoggedStep } from "./metric-log.ts";
import type { PreparedRun } from "./prepared-run.ts";
import type { RunHost, RunOptions } from "./run-options.ts";
import type { RunSaves, RunState } from "./run-saves.ts";
import type { TrainingClock } from "./training-clock.ts";
import type { Turns } from "./turns.ts";

/** Least time that a speed is measured over. */
const SPEED_SECONDS = 0.2;

export class RunReports {
  /** Seconds of training at the last report. */
  #reportedAt = 0;
  /** Since when tokens are counted for the next speed, and the last one. */
  #lately: { since: number; tokens: number; speed: number | null } = {
    since: 0,
    tokens: 0,
    speed: null,
  };
  #losses: RunState["losses"] = {
    step: 0,
    trainLoss: null,
    bestValidationLoss: null,
    bestBitsPerByte: null,
  };

  constructor(
    private readonly options: RunOptions,
    private readonly host: RunHost,
    private readonly clock: TrainingClock,
    private readonly turns: Turns,
    private readonly saves: RunSaves,
  ) {}

  /** Of the steps told so far. */
  get losses(): RunState["losses"] {
    return this.#losses;
  }

  /** What a resumed run told before its checkpoint, told again: its charts begin where it began. */
  replay(rows: readonly LoggedStep[]): void {
    this.#reportedAt = this.clock.seconds;
    this.#lately.since = this.clock.seconds;
    if (rows.length === 0) return;
    this.#note(rows);
    this.host.emit({ type: "metrics", batch: batchOfLog(rows) });
  }

  /**
   * Sends and stores the numbers of the steps since the last report.
   *
   * @param evaluates whether the validation loss of the last of them is measured, too.
   * @throws FaultError `non-finite` where one of them was.
   */
  async report(run: PreparedRun, sampler: BatchSampler, evaluates = false): Promise<void> {
    const rows = await run.trainer.drainMetrics();
    this.clock.tick();
    const validation = evaluates ? await this.#evaluate(run) : null;
    const bad = rows.find(isBroken);
    const good = bad ? rows.slice(0, rows.indexOf(bad)) : rows;
    if (good.length > 0) {
      const { seconds } = this.clock;
      const speed = this.#speedAt(seconds, good.length * run.trainer.tokensPerStep);
      const lines = good.map((row, i) => ({
        ...lineOf(row, interpolate(seconds, good.length, i, this.#reportedAt), run),
        // Of all steps of a report alike: none was timed alone.
        ...(speed === null ? {} : { "perf/tokens_per_second": speed }),
        ...(validation && row.step + 1 === validation.step
          ? { "val/loss": validation.loss, "val/bits_per_byte": validation.bitsPerByte }
          : {}),
      }));
      this.#reportedAt = seconds;
      this.#note(lines);
      await this.saves.append("metrics", lines);
      this.host.emit({ type: "metrics", batch: batchOfLog(lines) });
    }
    if (bad) throw await nonFinite(bad, run, sampler);
  }

  #note(lines: readonly LoggedStep[]): void {
    for (const line of lines) this.#losses = noted(this.#losses, line);
  }

  /**
   * Tokens per second of training, lately. Reports that follow each other closely are taken together: what the clock
   * shows between them is chance.
   */
  #speedAt(seconds: number, tokens: number): number | null {
    const lately = this.#lately;
    lately.tokens += tokens;
    const elapsed = seconds - lately.since;
    if (elapsed < SPEED_SECONDS) return lately.speed;
    this.#lately = { since: seconds, tokens: 0, speed: lately.tokens / elapsed };
    return this.#lately.speed;
  }

  async #evaluate({ trainer, text }: PreparedRun) {
    const windows = validationWindows(text.validation, trainer.options.contextLength);
    const { loss } = await trainer.evaluate(
      windows,
      this.options.config.train.eval_windows,
      async () => this.turns.release(),
    );
    const bytesPerToken = text.validationBytes / text.validation.length;
    return { step: trainer.step, loss, bitsPerByte: loss / Math.LN2 / bytesPerToken };
  }
}

/** Steps count from 0 in the trainer and from 1 in the log. */
const lineOf = (row: TrainedStep, seconds: number, { trainer }: PreparedRun): LoggedStep => ({
  step: row.step + 1,
  tokens: (row.step + 1) * trainer.tokensPerStep,
  seconds,
  "train/loss": row.loss,
  // JSON has no NaN: the norm of a skipped step is null.
  "train/grad_norm": row.gradNorm,
  "train/lr": trainer.learningRateAt(row.step),
  ...(row.lossScale === null
    ? {}
    : {
        "train/loss_scale": row.lossScale,
        "train/skipped": Number.isFinite(row.gradNorm) ? 0 : 1,
      }),
  ...(row.norms
    ? {
        ...prefixed("norms/grad", row.norms.gradients),
        ...prefixed("norms/weight", row.norms.parameters),
      }
    : {}),
});

const prefixed = (prefix: string, values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));

/**
 * Whether training cannot go on from a step. A gradient that is not finite is part of the search for a
 * loss scale, as long as there is one to search for.
 */
const isBroken = ({ loss, gradNorm, lossScale }: TrainedStep): boolean =>
  !Number.isFinite(loss) || (lossScale === null ? !Number.isFinite(gradNorm) : lossScale < 1);

/** Runs the broken step again, tensor by tensor, to name the first that is not finite. */
async function nonFinite(
  { step, loss, lossScale }: TrainedStep,
  { trainer }: PreparedRun,
  sampler: BatchSampler,
): Promise<FaultError> {
  const tensor = await trainer.diagnose(
    batchesOf(sampler, step, trainer.options.accumulation),
    step,
  );
  if (lossScale !== null && Number.isFinite(loss))
    return new FaultError(
      "non-finite",
      `The loss scale must stay at 1 or above; at step ${step + 1} it fell to ${lossScale}. The first tensor with a NaN or an infinity is ${tensor ?? "the gradient norm, whose sum of squares overflowed"}.`,
      "The step was not applied. Resume from the last checkpoint with a lower learning rate, or train in precision 32-true.",
    );
  return new FaultError(
    "non-finite",
    `The loss must be finite; at step ${step + 1} it was not. The first tensor with a NaN or an infinity is ${tensor ?? "the gradient norm, whose sum of squares overflowed"}.`,
    "The step was not applied. Resume from the last checkpoint with a lower learning rate, a longer warm-up or gradient clipping.",
  );
}

/** Steps reported together are spread evenly over the time since the last report. */
const interpolate = (now: number, count: number, i: number, last: number): number =>
  last + ((now - last) * (i + 1)) / count;

/** What is known of the losses after one more line. */
function noted(losses: RunState["losses"], line: LoggedStep): RunState["losses"] {
  const { step, "train/loss": trainLoss, "val/loss": loss } = line;
  const now = { ...losses, step, trainLoss: trainLoss ?? losses.trainLoss };
  const isBest = loss != null && loss < (losses.bestValidationLoss ?? Infinity);
  if (!isBest) return now;
  return { ...now, bestValidationLoss: loss, bestBitsPerByte: line["val/bits_per_byte"] ?? null };
}
