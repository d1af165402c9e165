import Dexie, { type Table } from "dexie";
import type { AdapterSpeed } from "../api/plan.ts";
import type { SpeedStore } from "./speed-store.ts";

/** In a database of its own, like kernel tables: it outlives runs. */
class Speeds extends Dexie {
  speeds!: Table<{ readonly adapter: string; readonly speed: AdapterSpeed }, string>;

  constructor() {
    super("vitrine-speed");
    this.version(1).stores({ speeds: "adapter" });
  }
}

export class BrowserSpeedStore implements SpeedStore {
  readonly #records = new Speeds();

  async load(adapter: string): Promise<AdapterSpeed | null> {
    return (await this.#records.speeds.get(adapter))?.speed ?? null;
  }

  async save(adapter: string, speed: AdapterSpeed): Promise<void> {
    await this.#records.speeds.put({ adapter, speed });
  }
}
