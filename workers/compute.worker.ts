// The compute worker: one device, every job on it.
import { expose, transfer } from "comlink";
import { Studio } from "./runtime/studio.ts";
import { BrowserStore } from "./storage/browser-store.ts";

expose(new Studio(new BrowserStore(), () => navigator.gpu, transfer));
