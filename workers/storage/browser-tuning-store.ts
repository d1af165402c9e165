import Dexie, { type Table } from "dexie";
import type { Tuning } from "../api/device.ts";
import { guardBrowser } from "./browser-fault.ts";
import type { TuningStore } from "./tuning-store.ts";

/** In a database of its own: it outlives runs, and no change of theirs touches it. */
class Tunings extends Dexie {
  tunings!: Table<{ readonly adapter: string; readonly tuning: Tuning }, string>;

  constructor() {
    super("vitrine-tuning");
    this.version(1).stores({ tunings: "adapter" });
  }
}

export class BrowserTuningStore implements TuningStore {
  readonly #records = new Tunings();

  load(adapter: string): Promise<Tuning | null> {
    return guardBrowser(
      "read the kernel table",
      async () => (await this.#records.tunings.get(adapter))?.tuning ?? null,
    );
  }

  async save(adapter: string, tuning: Tuning): Promise<void> {
    await guardBrowser("keep the kernel table", () =>
      this.#records.tunings.put({ adapter, tuning }),
    );
  }

  async forget(adapter: string): Promise<void> {
    await guardBrowser("forget the kernel table", () => this.#records.tunings.delete(adapter));
  }
}
