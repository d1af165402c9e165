// The compute worker's side of StudioApi: an area for each part of it, over one host that owns the device.
// Nothing is thrown across the thread: every call returns an Outcome.
import { MODEL_PRESETS } from "../../configs/schema/model.ts";
import type { Outcome } from "../api/outcome.ts";
import type { Catalogue, ComputeApi } from "../api/studio.ts";
import { DATASETS } from "../data/datasets.ts";
import type { DatasetStore } from "../storage/dataset-store.ts";
import type { RunStore } from "../storage/run-store.ts";
import type { TuningStore } from "../storage/tuning-store.ts";
import { DeviceArea } from "./device-area.ts";
import { StudioHost, type Transfer } from "./host.ts";
import { InspectArea } from "./inspect-area.ts";
import { ModelsArea } from "./models-area.ts";
import { RunsArea } from "./runs-area.ts";

/** Where the studio keeps things. */
export interface StudioStores {
  readonly runs: RunStore;
  readonly datasets: DatasetStore;
  readonly tunings: TuningStore;
}

export class Studio implements ComputeApi {
  readonly runs: RunsArea;
  readonly models: ModelsArea;
  readonly inspect: InspectArea;
  readonly device: DeviceArea;

  constructor(stores: StudioStores, webgpu: () => GPU | null | undefined, transfer: Transfer) {
    const host = new StudioHost(webgpu, stores.tunings, transfer);
    this.models = new ModelsArea(host, (runId) => this.runs.get(runId));
    this.runs = new RunsArea(host, stores.runs, stores.datasets, (modelId) =>
      this.models.loaded(modelId),
    );
    this.inspect = new InspectArea(
      host,
      (runId) => this.runs.get(runId),
      (modelId) => this.models.onGpu(modelId),
    );
    this.device = new DeviceArea(host, () => this.runs.isTraining);
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
