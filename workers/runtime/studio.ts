// The compute worker's side of StudioApi: an area for each part of it, over one host that owns the device.
// Nothing is thrown across the thread: every call returns an Outcome.
import { MODEL_PRESETS } from "../../configs/schema/model.ts";
import type { Outcome } from "../api/outcome.ts";
import type { Catalogue, ComputeApi } from "../api/studio.ts";
import { DATASETS } from "../data/datasets.ts";
import type { DatasetStore } from "../storage/dataset-store.ts";
import type { ModelStore } from "../storage/model-store.ts";
import { MemoryReportStore, type ReportStore } from "../storage/report-store.ts";
import type { RunStore } from "../storage/run-store.ts";
import { MemorySpeedStore, type SpeedStore } from "../storage/speed-store.ts";
import type { TuningStore } from "../storage/tuning-store.ts";
import { ArchiveArea } from "./archive-area.ts";
import { DeviceArea } from "./device-area.ts";
import { StudioHost, type Transfer } from "./host.ts";
import { InspectArea } from "./inspect-area.ts";
import { ModelsArea } from "./models-area.ts";
import type { Machine } from "./plan/problems.ts";
import { RunPlanner } from "./plan/run-planner.ts";
import { RunArchive } from "./run-archive.ts";
import { ALONE, type RunLocks } from "./run-locks.ts";
import { RunsArea } from "./runs-area.ts";

/** Where the studio keeps things. */
export interface StudioStores {
  readonly runs: RunStore;
  readonly models: ModelStore;
  readonly datasets: DatasetStore;
  readonly tunings: TuningStore;
  /** Other tabs use the same stores. */
  readonly locks?: RunLocks;
  /** Where absent, what is learnt of the device's speed lasts as long as the studio. */
  readonly speeds?: SpeedStore;
  /** Where absent, what was measured lasts as long as the studio. */
  readonly reports?: ReportStore;
}

export class Studio implements ComputeApi {
  readonly runs: RunsArea;
  readonly archive: ArchiveArea;
  readonly models: ModelsArea;
  readonly inspect: InspectArea;
  readonly device: DeviceArea;

  constructor(
    stores: StudioStores,
    webgpu: () => GPU | null | undefined,
    transfer: Transfer,
    machine: Machine = { memoryBytes: null, cores: 1 },
  ) {
    const host = new StudioHost(webgpu, stores.tunings, transfer);
    this.models = new ModelsArea(host, stores.models, (runId) => this.runs.get(runId));
    const planner = new RunPlanner(
      stores.speeds ?? new MemorySpeedStore(),
      machine,
      () => this.runs.isTraining,
    );
    const locks = stores.locks ?? ALONE;
    this.runs = new RunsArea(host, stores.runs, stores.datasets, locks, this.models, planner, () =>
      this.device.makeWay(),
    );
    this.archive = new ArchiveArea(
      host,
      new RunArchive(stores.runs, locks, () => Date.now()),
      (runId, work) => this.runs.atRest(runId, work),
    );
    this.inspect = new InspectArea(
      host,
      (runId) => this.runs.get(runId),
      (modelId) => this.models.onGpu(modelId),
    );
    this.models.onFree((modelId) => void this.inspect.close({ modelId }));
    this.device = new DeviceArea(
      host,
      stores.reports ?? new MemoryReportStore(),
      () => this.runs.isTraining,
    );
  }

  async describe(): Promise<Outcome<Catalogue>> {
    const value = {
      datasets: Object.entries(DATASETS).map(([id, { title, description }]) => ({
        id,
        title,
        description,
      })),
      models: Object.entries(MODEL_PRESETS).map(([id, { parameters, model }]) => ({
        id,
        parameters,
        description: `${model.n_layers} blocks, ${model.d_model} channels, ${model.n_heads} heads, context ${model.n_ctx}`,
      })),
    };
    return { ok: true, value };
  }
}
