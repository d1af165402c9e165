// Profiles that somebody asked of a run: the run's own next steps, timed dispatch by dispatch.
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { Peaks, StepProfile } from "../../kernels/core/profile.ts";
import { Profiler } from "../../kernels/core/profiler.ts";
import { measurePeaks } from "../../kernels/ops/roofline/roofline.ts";
import type { Batch } from "../data/batches.ts";
import type { LanguageTrainer } from "./language-trainer.ts";

/** Somebody waits for a profile of the next steps. */
export interface ProfileRequest {
  readonly steps: number;
  readonly resolve: (profile: StepProfile) => void;
  readonly reject: (error: unknown) => void;
  /** From its first step on. */
  begun: { readonly profiler: Profiler; readonly peaks: Peaks } | null;
}

export class RunProfiles {
  /** One after the other; the first is under way. */
  readonly #requests: ProfileRequest[] = [];

  constructor(private readonly gpu: Gpu) {}

  /** Whether somebody waits. */
  get wanted(): boolean {
    return this.#requests.length > 0;
  }

  /**
   * @param refusal why there can be none any more, if so.
   * @throws FaultError `bad-config` for no steps, the refusal, or what {@link end} says.
   */
  request(steps: number, refusal: FaultError | null): Promise<StepProfile> {
    if (!(Number.isSafeInteger(steps) && steps > 0))
      throw new FaultError(
        "bad-config",
        `A profile takes a whole number of steps, one or more; ${steps} were asked for.`,
      );
    if (refusal) throw refusal;
    return new Promise((resolve, reject) => {
      this.#requests.push({ steps, resolve, reject, begun: null });
    });
  }

  /** The profile that the next step belongs to, or null. What goes wrong here is told to who asked. */
  async begin(): Promise<ProfileRequest | null> {
    const request = this.#requests[0];
    if (!request || request.begun) return request ?? null;
    try {
      await this.gpu.device.queue.onSubmittedWorkDone();
      request.begun = { peaks: await measurePeaks(this.gpu), profiler: new Profiler(this.gpu) };
      return request;
    } catch (error) {
      this.#requests.shift();
      request.reject(error);
      return null;
    }
  }

  /** Takes one step of the profile that has begun, and answers where it was the last. */
  async step(
    { begun, steps, resolve }: ProfileRequest,
    trainer: LanguageTrainer,
    batches: readonly Batch[],
  ): Promise<void> {
    const { profiler, peaks } = begun as NonNullable<ProfileRequest["begun"]>;
    await trainer.runStepProfiled(batches, profiler);
    if (profiler.steps < steps) return;
    this.#requests.shift();
    resolve(profiler.result(peaks));
    profiler.destroy();
  }

  /**
   * The run has ended: nobody waits for steps that will not come.
   *
   * @param failure what ended it, or null: then a profile is of the steps it has.
   */
  end(failure: unknown, noSteps: () => FaultError): void {
    for (const { begun, resolve, reject } of this.#requests.splice(0)) {
      if (failure === null && begun && begun.profiler.steps > 0)
        resolve(begun.profiler.result(begun.peaks));
      else reject(failure ?? noSteps());
      begun?.profiler.destroy();
    }
  }
}
