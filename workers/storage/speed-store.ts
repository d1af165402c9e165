import type { AdapterSpeed } from "../api/plan.ts";

/** Where an adapter's speed is kept between visits, by its slug. */
export interface SpeedStore {
  load(adapter: string): Promise<AdapterSpeed | null>;
  save(adapter: string, speed: AdapterSpeed): Promise<void>;
}

/** For as long as the process lives. */
export class MemorySpeedStore implements SpeedStore {
  readonly #known = new Map<string, AdapterSpeed>();

  async load(adapter: string): Promise<AdapterSpeed | null> {
    return this.#known.get(adapter) ?? null;
  }

  async save(adapter: string, speed: AdapterSpeed): Promise<void> {
    this.#known.set(adapter, speed);
  }
}
