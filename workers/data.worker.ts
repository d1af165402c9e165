// The data worker: texts become tokens here, so that neither training nor the page waits for it.
import { expose } from "comlink";
import { HubLibrary } from "./runtime/hub-texts.ts";
import { TextArea } from "./runtime/text-area.ts";
import { BrowserDatasetStore } from "./storage/browser-dataset-store.ts";
import { BrowserDownloadStore } from "./storage/browser-download-store.ts";

expose({
  text: new TextArea(new BrowserDatasetStore(), new HubLibrary(new BrowserDownloadStore())),
  ping: async () => ({ ok: true, value: null }),
});
