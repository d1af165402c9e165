// What every area of the studio shares: the device, opened when it is first needed, and the way a piece of
// work becomes an Outcome.
import { faultOf } from "../../kernels/core/fault.ts";
import { Gpu } from "../../kernels/core/gpu.ts";
import type { VariantRows } from "../api/device.ts";
import type { Outcome } from "../api/outcome.ts";
import type { TuningStore } from "../storage/tuning-store.ts";
import { adapterName, livingRows, slugOf } from "./variant-table.ts";

/** Says that what leaves takes its buffers along instead of a copy; the thread's border knows how. */
export type Transfer = <T extends object>(value: T, buffers: ArrayBuffer[]) => T;

export class StudioHost {
  #gpu: Promise<Gpu> | null = null;
  /** Rows measured on that device; read once, when somebody first asks. */
  #rows: Promise<VariantRows> | null = null;
  #names = 0;
  readonly #onLost: (() => void)[] = [];

  constructor(
    private readonly webgpu: () => GPU | null | undefined,
    readonly tunings: TuningStore,
    readonly transfer: Transfer,
  ) {}

  /** The device, opened once; after a fault the next call opens a new one. */
  device(): Promise<Gpu> {
    if (!this.#gpu) {
      const opening = Gpu.open(this.webgpu());
      this.#gpu = opening;
      opening.then(
        (gpu) =>
          gpu.onFault(() => {
            this.#gpu = null;
            this.#rows = null;
            for (const forget of this.#onLost) forget();
          }),
        () => {
          this.#gpu = null;
        },
      );
    }
    return this.#gpu;
  }

  /** Called whenever a device is gone with all that was on it. */
  onDeviceLost(forget: () => void): void {
    this.#onLost.push(forget);
  }

  /** Rows measured on this device; none where the storage cannot be read, for then none was kept. */
  rowsFor(gpu: Gpu): Promise<VariantRows> {
    this.#rows ??= this.tunings.load(slugOf(adapterName(gpu))).then(
      (tuning) => (tuning ? livingRows(tuning) : {}),
      () => ({}),
    );
    return this.#rows;
  }

  /** The rows have changed: the next who asks reads them again. */
  forgetRows(): void {
    this.#rows = null;
  }

  /** Runs one call. It never rejects; where the device is behind a failure, the fault says so. */
  async outcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    const opened = this.#gpu;
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      const gpu = await (this.#gpu ?? opened)?.catch(() => null);
      return { ok: false, fault: gpu ? await gpu.faultBehind(error) : faultOf(error) };
    }
  }

  newId(kind: string): string {
    return `${kind}-${Date.now().toString(36)}-${(this.#names++).toString(36)}`;
  }
}
