// The data worker: texts become tokens here, so that neither training nor the page waits for it.
import { expose } from "comlink";
import { TextArea } from "./runtime/text-area.ts";
import { BrowserDatasetStore } from "./storage/browser-dataset-store.ts";

expose({
  text: new TextArea(new BrowserDatasetStore()),
  ping: async () => ({ ok: true, value: null }),
});
