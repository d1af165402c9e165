// The compute worker: one device, every job on it.
import { expose, transfer } from "comlink";
import { Studio } from "./runtime/studio.ts";
import { BrowserDatasetStore } from "./storage/browser-dataset-store.ts";
import { BrowserStore } from "./storage/browser-store.ts";
import { BrowserTuningStore } from "./storage/browser-tuning-store.ts";

const stores = {
  runs: new BrowserStore(),
  datasets: new BrowserDatasetStore(),
  tunings: new BrowserTuningStore(),
};
expose(new Studio(stores, () => navigator.gpu, transfer));
