// What the page may ask of the compute worker. Types only: app/ sees this folder and nothing else of
// workers/. A file for each area; calls are coarse, one per user action; progress arrives through
// callbacks; faults are data. Bytes in arguments are transferred.
import type { ArchiveApi } from "./archive.ts";
import type { DeviceApi } from "./device.ts";
import type { InspectApi } from "./inspect.ts";
import type { ModelsApi } from "./models.ts";
import type { Outcome } from "./outcome.ts";
import type { RunsApi } from "./runs.ts";
import type { TextApi } from "./text.ts";

/** What a person may choose from, as data. */
export interface Catalogue {
  readonly datasets: readonly {
    readonly id: string;
    readonly title: string;
    readonly description: string;
  }[];
  readonly models: readonly {
    readonly id: string;
    readonly parameters: string;
    readonly description: string;
  }[];
}

/** What the compute worker answers: all that needs the device. */
export interface ComputeApi {
  describe(): Promise<Outcome<Catalogue>>;
  readonly runs: RunsApi;
  readonly archive: ArchiveApi;
  readonly models: ModelsApi;
  readonly inspect: InspectApi;
  readonly device: DeviceApi;
}

/** What the data worker answers. */
export interface DataApi {
  readonly text: TextApi;
  /** Any answer at all: it lives. */
  ping(): Promise<Outcome<null>>;
}

/** The whole surface. Every method of an area returns an {@link Outcome}. */
export interface StudioApi extends ComputeApi, Omit<DataApi, "ping"> {}
