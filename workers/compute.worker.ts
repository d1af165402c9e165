// The compute worker: one device, every job on it.
import { expose, transfer } from "comlink";
import { webLocks } from "./runtime/run-locks.ts";
import { Studio } from "./runtime/studio.ts";
import { BrowserDatasetStore } from "./storage/browser-dataset-store.ts";
import { openBrowserModels } from "./storage/browser-model-store.ts";
import { BrowserReportStore } from "./storage/browser-report-store.ts";
import { BrowserSpeedStore } from "./storage/browser-speed-store.ts";
import { BrowserStore } from "./storage/browser-store.ts";
import { BrowserTuningStore } from "./storage/browser-tuning-store.ts";

const stores = {
  runs: new BrowserStore(),
  models: openBrowserModels(),
  datasets: new BrowserDatasetStore(),
  tunings: new BrowserTuningStore(),
  speeds: new BrowserSpeedStore(),
  reports: new BrowserReportStore(),
  ...(navigator.locks ? { locks: webLocks(navigator.locks) } : {}),
};
// Rounded and capped by the browser, and not told by all of them.
const { deviceMemory } = navigator as { readonly deviceMemory?: number };
const machine = {
  memoryBytes: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
  cores: navigator.hardwareConcurrency,
};
expose(new Studio(stores, () => navigator.gpu, transfer, machine));
