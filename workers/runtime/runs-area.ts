import type { SampleConfig } from "../../configs/schema/sample.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { SampleRequest } from "../api/models.ts";
import type { Outcome } from "../api/outcome.ts";
import type { RunEventEnvelope, RunRequest, RunsApi, StepProfile, StoredRun } from "../api/runs.ts";
import { blobFile } from "../data/formats/source.ts";
import type { LoadedModel } from "../interop/huggingface.ts";
import type { DatasetStore } from "../storage/dataset-store.ts";
import type { RunRecord, RunStore } from "../storage/run-store.ts";
import { readHandedTokenizer, tokenizerFolder } from "./handed-tokenizer.ts";
import type { StudioHost } from "./host.ts";
import { LanguageRun } from "./language-run.ts";

/** The runs of this tab, and those that are stored. */
export class RunsArea implements RunsApi {
  readonly #runs = new Map<string, LanguageRun>();

  constructor(
    private readonly host: StudioHost,
    private readonly store: RunStore,
    private readonly datasets: DatasetStore,
    /** The weights and tokenizer of a loaded model. @throws FaultError where there is none of that name. */
    private readonly loadedModel: (modelId: string) => LoadedModel,
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

  start(
    request: RunRequest,
    onEvent: (envelope: RunEventEnvelope) => void,
  ): Promise<Outcome<{ runId: string }>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      const { config, file, datasetId, tokenizer, resumeRunId, modelId } = request;
      const checkpoint = resumeRunId ? await this.store.loadCheckpoint(resumeRunId) : null;
      if (resumeRunId && !checkpoint)
        throw new FaultError(
          "storage",
          "A run can be resumed from a checkpoint; this one's is no longer in the browser's storage.",
          "Delete its entry under “Left off earlier”, and start it anew.",
        );
      const runId = resumeRunId ?? this.host.newId("run");
      this.#runs.get(runId)?.destroy();
      const run = new LanguageRun(
        {
          runId,
          config: checkpoint?.meta.config ?? config,
          variants: await this.host.rowsFor(gpu),
          ...(file ? { file: blobFile(file, file.name) } : {}),
          ...(datasetId === undefined ? {} : { datasetId }),
          ...(tokenizer
            ? { tokenizer: await readHandedTokenizer(tokenizerFolder(tokenizer)) }
            : {}),
          ...(checkpoint ? { checkpoint } : {}),
          ...(modelId ? { model: this.loadedModel(modelId) } : {}),
        },
        {
          gpu,
          store: this.store,
          datasets: this.datasets,
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
    return this.host.outcome(async () => ({ sampleId: this.get(runId).requestSample(settings) }));
  }

  profile(runId: string, steps: number): Promise<Outcome<StepProfile>> {
    return this.host.outcome(() => this.get(runId).profile(steps));
  }

  stored(): Promise<Outcome<readonly StoredRun[]>> {
    return this.host.outcome(async () => {
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

  delete(runId: string): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      const run = this.#runs.get(runId);
      run?.stop();
      run?.destroy();
      this.#runs.delete(runId);
      await this.store.deleteRun(runId);
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
