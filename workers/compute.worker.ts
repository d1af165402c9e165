// The compute worker: one device, every job on it.
import { expose, transfer } from "comlink";
import { Studio } from "./runtime/studio.ts";
import { BrowserStore } from "./storage/browser-store.ts";
import { BrowserTuningStore } from "./storage/browser-tuning-store.ts";

expose(new Studio(new BrowserStore(), new BrowserTuningStore(), () => navigator.gpu, transfer));
