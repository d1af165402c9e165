import { BrowserMedium, type BrowserPlaces } from "./browser-medium.ts";
import { KeptRuns } from "./kept-runs.ts";

/** Runs in the browser's own storage. */
export class BrowserStore extends KeptRuns {
  constructor(places?: BrowserPlaces) {
    super(new BrowserMedium(places));
  }
}
