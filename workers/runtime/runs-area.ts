import type { SampleConfig } from "../../configs/schema/sample.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import type { SampleRequest } from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import type { PlannedText, PlanRequest, RunPlan } from "../api/plan.ts";
import type {
  RunEvent,
  RunEventEnvelope,
  RunRequest,
  RunsApi,
  StartedRun,
  StepProfile,
  StoredRun,
  UnreadableRun,
} from "../api/runs.ts";
import { blobFile } from "../data/formats/source.ts";
import type { ModelConfig } from "../nn/config.ts";
import { sectionOfModel } from "../nn/from-config.ts";
import type { DatasetStore } from "../storage/dataset-store.ts";
import type { RunStore } from "../storage/run-store.ts";
import { readHandedTokenizer, tokenizerFolder } from "./handed-tokenizer.ts";
import type { StudioHost } from "./host.ts";
import { LanguageRun } from "./language-run.ts";
import { refuseWhatCannotRun } from "./plan/plan-run.ts";
import type { RunPlanner } from "./plan/run-planner.ts";
import type { RunLocks } from "./run-locks.ts";
import type { StartModel } from "./run-options.ts";

/** The runs of this tab, and those that are stored. */
export class RunsArea implements RunsApi {
  readonly #runs = new Map<string, LanguageRun>();

  constructor(
    private readonly host: StudioHost,
    private readonly store: RunStore,
    private readonly datasets: DatasetStore,
    private readonly locks: RunLocks,
    private readonly models: {
      /** @throws FaultError where no model of that name is kept. */
      startModel(modelId: string): Promise<StartModel>;
      /** Keeps what a run has made when it is done. */
      keepDone(run: LanguageRun): Promise<{ readonly modelId: string } | null>;
    },
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
        ...(modelId ? { model: (await this.models.startModel(modelId)).config } : {}),
        ...(text ? { text } : {}),
      });
      return plan;
    });
  }

  start(
    request: RunRequest,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<Outcome<StartedRun>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      const runId = request.resumeRunId ?? this.host.newId("run");
      const release = await this.#take(runId);
      try {
        const tell = (event: RunEvent) => onEvent(this.#inTransit({ runId, event }));
        const run = await this.#create(runId, request, gpu, tell);
        const { config } = run.options;
        this.makeWay();
        this.#runs.set(runId, run);
        void run
          .run()
          .finally(release)
          .then((phase) => (phase === "done" ? this.#keep(run, tell) : undefined));
        return { runId, config };
      } catch (error) {
        release();
        throw error;
      }
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

  /**
   * Does something while no tab can train the run; one that trains in this tab is stopped first, with a checkpoint.
   *
   * @throws FaultError `run-elsewhere`.
   */
  async atRest(runId: string, work: () => Promise<void>): Promise<void> {
    const run = this.#runs.get(runId);
    run?.stop();
    await run?.run();
    const release = await this.#take(runId);
    await work().finally(release);
  }

  async #create(
    runId: string,
    { config, file, datasetId, tokenizer, resumeRunId, modelId }: RunRequest,
    gpu: Gpu,
    tell: (event: RunEvent) => void,
  ): Promise<LanguageRun> {
    const checkpoint = resumeRunId ? await this.store.loadCheckpoint(resumeRunId) : null;
    if (resumeRunId && !checkpoint)
      throw new FaultError(
        "run-gone",
        "A run can be resumed from a checkpoint; this one has none in this browser.",
        "Delete its entry and start it anew.",
      );
    const model = modelId ? await this.models.startModel(modelId) : null;
    const own = model ? { ...config, model: sectionOfModel(config.model, model.config) } : config;
    const whole = checkpoint?.meta.config ?? own;
    const rows = checkpoint?.meta.variants ?? (await this.host.rowsFor(gpu));
    const shape = model?.config ?? (checkpoint?.meta.model as ModelConfig | null | undefined);
    const { plan, modelMs } = await this.planner.plan(gpu, rows, {
      config: whole,
      ...(shape ? { model: shape } : {}),
      ...(await this.#plannedText(datasetId)),
    });
    refuseWhatCannotRun(plan);
    const follow = this.planner.follow(gpu, modelMs);
    return new LanguageRun(
      {
        runId,
        config: whole,
        variants: rows,
        ...(file ? { file: blobFile(file, file.name) } : {}),
        ...(datasetId === undefined ? {} : { datasetId }),
        ...(tokenizer ? { tokenizer: await readHandedTokenizer(tokenizerFolder(tokenizer)) } : {}),
        ...(checkpoint ? { checkpoint } : {}),
        ...(model ? { model } : {}),
      },
      {
        gpu,
        store: this.store,
        datasets: this.datasets,
        now: () => performance.now(),
        emit: (event) => {
          follow(event);
          tell(event);
        },
      },
    );
  }

  /** What is known of a prepared text before it is opened. */
  async #plannedText(datasetId: string | undefined): Promise<{ text?: PlannedText }> {
    const record = datasetId === undefined ? null : await this.datasets.get(datasetId);
    if (!record) return {};
    const { characters, trainTokens, validationTokens } = record.counts;
    const { vocabSize } = record.tokenizer;
    return { text: { characters, vocabSize, trainTokens, validationTokens } };
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

  /** What a run has learnt is a model from now on. That this failed is told, and the run is done all the same. */
  async #keep(run: LanguageRun, tell: (event: RunEvent) => void): Promise<void> {
    const kept = await this.host.outcome(() => this.models.keepDone(run));
    if (!kept.ok) tell({ type: "warning", fault: kept.fault });
    else if (kept.value) tell({ type: "kept", modelId: kept.value.modelId, step: run.step });
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
