import { FaultError } from "../../kernels/core/fault.ts";
import type { DeviceApi, DeviceReport, Tuning, TuningProgress } from "../api/device.ts";
import type { Outcome } from "../api/outcome.ts";
import { describeDevice } from "./device-report.ts";
import type { StudioHost } from "./host.ts";
import { tune } from "./tune.ts";
import { adapterName, slugOf } from "./variant-table.ts";

/** The adapter and its kernels. */
export class DeviceArea implements DeviceApi {
  #tuning: AbortController | null = null;

  constructor(
    private readonly host: StudioHost,
    /** Whether a run needs the device now. */
    private readonly isTraining: () => boolean,
  ) {}

  report(): Promise<Outcome<DeviceReport>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      return describeDevice(gpu, await this.host.rowsFor(gpu));
    });
  }

  tune(onProgress: (progress: TuningProgress) => void): Promise<Outcome<Tuning>> {
    return this.host.outcome(async () => {
      if (this.isTraining() || this.#tuning)
        throw new FaultError(
          "bad-config",
          `Measuring kernels needs the device for itself; ${this.#tuning ? "another measurement is under way" : "a run is training"}.`,
          this.#tuning ? "Wait for its end." : "Pause the run or wait for its end.",
        );
      const aborter = new AbortController();
      this.#tuning = aborter;
      try {
        const gpu = await this.host.device();
        const tuning = await tune(gpu, { onProgress, signal: aborter.signal });
        await this.host.tunings.save(slugOf(tuning.adapter), tuning);
        this.host.forgetRows();
        return tuning;
      } finally {
        this.#tuning = null;
      }
    });
  }

  stopTuning(): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      this.#tuning?.abort(
        new FaultError("bad-config", "The kernels were not measured to the end; it was stopped."),
      );
      return null;
    });
  }

  forgetTuning(): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      await this.host.tunings.forget(slugOf(adapterName(gpu)));
      this.host.forgetRows();
      return null;
    });
  }
}
