import type { SampleConfig } from "../../configs/schema/sample.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { SampleRequest } from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import type { PlanRequest, RunPlan } from "../api/plan.ts";
import type {
  RunEventEnvelope,
  RunRequest,
  RunsApi,
  StepProfile,
  StoredRun,
  UnreadableRun,
} from "../api/runs.ts";
import type { LoadedModel } from "../interop/huggingface.ts";
import type { ModelConfig } from "../nn/config.ts";
import type { RunStore } from "../storage/run-store.ts";
import type { StudioHost } from "./host.ts";
import { LanguageRun } from "./language-run.ts";
import { refuseWhatCannotRun } from "./plan/plan-run.ts";
import type { RunPlanner } from "./plan/run-planner.ts";
import type { RunLocks } from "./run-locks.ts";

/** The runs of this tab, and those that are stored. */
export class RunsArea implements RunsApi {
  readonly #runs = new Map<string, LanguageRun>();

  constructor(
    private readonly host: StudioHost,
    private readonly store: RunStore,
    private readonly locks: RunLocks,
    /** The weights and tokenizer of a loaded model. @throws FaultError where there is none of that name. */
    private readonly loadedModel: (modelId: string) => LoadedModel,
    private readonly planner: RunPlanner,
    /** A run is about to begin: whoever measures the device stops. */
    private readonly makeWay: () => void,
  ) {}

  /** @throws FaultError where this tab has no such run. */
  get(runId: string): LanguageRun {
    const run = this.#runs.get(runId);
    if (!run) throw new FaultError("internal", `There is no run ${runId} in this tab.`);
    return run;
  }

  /** Whether a run needs the device now. */
  get isTraining(): boolean {
    return [...this.#runs.values()].some(({ phase }) => ["preparing", "running"].includes(phase));
  }

  plan({ config, modelId, text }: PlanRequest): Promise<Outcome<RunPlan>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      const rows = await this.host.rowsFor(gpu);
      const { plan } = await this.planner.plan(gpu, rows, {
        config,
        ...(modelId ? { model: this.loadedModel(modelId).config } : {}),
        ...(text ? { text } : {}),
      });
      return plan;
    });
  }

  start(
    request: RunRequest,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<Outcome<{ runId: string }>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      const runId = request.resumeRunId ?? this.host.newId("run");
      const release = await this.#take(runId);
      try {
        const run = await this.#create(runId, request, gpu, onEvent);
        this.makeWay();
        this.#runs.set(runId, run);
        void run.run().finally(release);
      } catch (error) {
        release();
        throw error;
      }
      return { runId };
    });
  }

  /** The run as its own, once the one of that name in this tab has let go. @throws FaultError `run-elsewhere`. */
  async #take(runId: string): Promise<() => void> {
    const old = this.#runs.get(runId);
    if (old) {
      await old.abandon();
      old.destroy();
      this.#runs.delete(runId);
    }
    const release = await this.locks.take(runId);
    if (release) return release;
    throw new FaultError(
      "run-elsewhere",
      "A run can be in one tab at a time; another one has this run.",
      "Look at it here, or go on with it there. It can be taken over once that tab is closed.",
    );
  }

  async #create(
    runId: string,
    { config, text, resumeRunId, modelId }: RunRequest,
    gpu: Gpu,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<LanguageRun> {
    const checkpoint = resumeRunId ? await this.store.loadCheckpoint(resumeRunId) : null;
    if (resumeRunId && !checkpoint)
      throw new FaultError(
        "run-gone",
        "A run can be resumed from a checkpoint; this one has none in this browser.",
        "Delete its entry and start it anew.",
      );
    const model = modelId ? this.loadedModel(modelId) : null;
    const whole = checkpoint?.meta.config ?? config;
    const rows = checkpoint?.meta.variants ?? (await this.host.rowsFor(gpu));
    const shape = model?.config ?? (checkpoint?.meta.model as ModelConfig | null | undefined);
    const { plan, modelMs } = await this.planner.plan(gpu, rows, {
      config: whole,
      ...(shape ? { model: shape } : {}),
    });
    refuseWhatCannotRun(plan);
    const follow = this.planner.follow(gpu, modelMs);
    return new LanguageRun(
      {
        runId,
        config: whole,
        variants: rows,
        ...(text ? { file: { name: text.name, bytes: new Uint8Array(text.bytes) } } : {}),
        ...(checkpoint ? { checkpoint } : {}),
        ...(model ? { model } : {}),
      },
      {
        gpu,
        store: this.store,
        now: () => performance.now(),
        emit: (event) => {
          follow(event);
          onEvent(this.#inTransit({ runId, event }));
        },
      },
    );
  }

  pause(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.pause());
  }

  resume(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => {
      this.makeWay();
      run.resume();
    });
  }

  step(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => {
      this.makeWay();
      run.singleStep();
    });
  }

  stop(runId: string): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.stop());
  }

  setSampling(runId: string, settings: SampleConfig): Promise<Outcome<null>> {
    return this.#onRun(runId, (run) => run.setSampling(settings));
  }

  sample(runId: string, settings: SampleRequest): Promise<Outcome<{ sampleId: number }>> {
    return this.host.outcome(async () => ({ sampleId: this.get(runId).requestSample(settings) }));
  }

  profile(runId: string, steps: number): Promise<Outcome<StepProfile>> {
    return this.host.outcome(() => this.get(runId).profile(steps));
  }

  saveAll(): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      for (const run of this.#runs.values()) run.saveSoon();
      return null;
    });
  }

  stored(): Promise<Outcome<readonly StoredRun[]>> {
    return this.host.outcome(async () => {
      const { records } = await this.store.listRuns();
      const elsewhere = await this.locks.elsewhere();
      return (
        records
          // A finished run has nothing left to do.
          .filter(({ step, phase, deletedAt }) => step > 0 && phase !== "done" && !deletedAt)
          .sort((a, b) => b.savedAt - a.savedAt)
          .map((record) => ({ ...record, isElsewhere: elsewhere.has(record.runId) }))
      );
    });
  }

  unreadable(): Promise<Outcome<readonly UnreadableRun[]>> {
    return this.host.outcome(async () => (await this.store.listRuns()).unreadable);
  }

  delete(runId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      const release = await this.#take(runId);
      await this.store.deleteRun(runId).finally(release);
      return null;
    });
  }

  #onRun(runId: string, act: (run: LanguageRun) => void): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      act(this.get(runId));
      return null;
    });
  }

  /** Numbers are not copied on their way to the page. */
  #inTransit(envelope: RunEventEnvelope): RunEventEnvelope {
    const { event } = envelope;
    if (event.type !== "metrics") return envelope;
    const { step, tokens, seconds, series } = event.batch;
    const columns = [step, tokens, seconds, ...Object.values(series)];
    return this.host.transfer(
      envelope,
      columns.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }
}
