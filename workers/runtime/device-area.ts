import type { SelfTestExtent } from "../../kernels/core/check.ts";
import { FaultError } from "../../kernels/core/fault.ts";
import type { Gpu } from "../../kernels/core/gpu.ts";
import { planSelfTest, runSelfTest } from "../../kernels/self-test/self-test.ts";
import type {
  BenchmarkProgress,
  BenchmarkReport,
  DeviceApi,
  DeviceOverview,
  DeviceReport,
  Numerics,
  SelfTestProgress,
  SelfTestReport,
  Tuning,
  TuningProgress,
} from "../api/device.ts";
import type { Outcome } from "../api/outcome.ts";
import type { ReportStore } from "../storage/report-store.ts";
import { runBenchmark } from "./benchmark.ts";
import { describeDevice, overviewOf } from "./device-report.ts";
import type { StudioHost } from "./host.ts";
import { tune } from "./tune.ts";
import { adapterName, slugOf } from "./variant-table.ts";

/** The adapter and its kernels. */
export class DeviceArea implements DeviceApi {
  /** The measurement that is under way. */
  #job: AbortController | null = null;

  constructor(
    private readonly host: StudioHost,
    private readonly reports: ReportStore,
    /** Whether a run needs the device now. */
    private readonly isTraining: () => boolean,
  ) {}

  report(): Promise<Outcome<DeviceReport>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      const slug = slugOf(adapterName(gpu));
      const tested = await this.reports.load(slug, "selfTest").catch(() => null);
      return {
        ...describeDevice(gpu, await this.host.rowsFor(gpu)),
        ...(tested ? { numerics: numericsOf(tested) } : {}),
      };
    });
  }

  overview(): Promise<Outcome<DeviceOverview>> {
    return this.host.outcome(async () => {
      const gpu = await this.host.device();
      const slug = slugOf(adapterName(gpu));
      // Where storage cannot be read, nothing was kept.
      const [selfTest, benchmark, tuning] = await Promise.all([
        this.reports.load(slug, "selfTest").catch(() => null),
        this.reports.load(slug, "benchmark").catch(() => null),
        this.host.tunings.load(slug).catch(() => null),
      ]);
      const count = async (extent: SelfTestExtent) =>
        planSelfTest(await this.#profileOf(gpu), extent).length;
      return {
        ...overviewOf(gpu),
        ...{ selfTest, benchmark, tuning },
        checks: { quick: await count("quick"), full: await count("full") },
      };
    });
  }

  selfTest(
    extent: SelfTestExtent,
    onProgress: (progress: SelfTestProgress) => void,
  ): Promise<Outcome<SelfTestReport>> {
    return this.#measure(async (gpu, signal) => {
      const planned = planSelfTest(await this.#profileOf(gpu), extent);
      const from = performance.now();
      let done = 0;
      const checks = await runSelfTest(gpu, planned, {
        ...{ signal, between: nextTask },
        onCheck: (check) => onProgress({ check, done: ++done, total: planned.length }),
      });
      const report: SelfTestReport = {
        ...{ adapter: adapterName(gpu), extent, checks },
        finishedAt: Date.now(),
        seconds: (performance.now() - from) / 1e3,
      };
      await this.reports.save(slugOf(report.adapter), "selfTest", report);
      return report;
    });
  }

  benchmark(onProgress: (progress: BenchmarkProgress) => void): Promise<Outcome<BenchmarkReport>> {
    return this.#measure(async (gpu, signal) => {
      const report = await runBenchmark(gpu, await this.#profileOf(gpu), { onProgress, signal });
      await this.reports.save(slugOf(report.adapter), "benchmark", report);
      return report;
    });
  }

  tune(onProgress: (progress: TuningProgress) => void): Promise<Outcome<Tuning>> {
    return this.#measure(async (gpu, signal) => {
      const tuning = await tune(gpu, { onProgress, signal });
      await this.host.tunings.save(slugOf(tuning.adapter), tuning);
      this.host.forgetRows();
      return tuning;
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

  stop(): Promise<Outcome<null>> {
    return this.host.outcome(async () => {
      this.#end("it was stopped", "Start it again when it suits.");
      return null;
    });
  }

  /** A run begins: it would wait for a measurement, and disturb it. */
  makeWay(): void {
    this.#end("a run began", "Start it again when the run has ended.");
  }

  #end(why: string, hint: string): void {
    this.#job?.abort(
      new FaultError("busy", `The device was not measured to the end; ${why}.`, hint),
    );
  }

  async #profileOf(gpu: Gpu) {
    return { ...gpu.profile, variants: await this.host.rowsFor(gpu) };
  }

  /** One at a time, with the device for itself. */
  #measure<T>(work: (gpu: Gpu, signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
    return this.host.outcome(async () => {
      if (this.#job)
        throw new FaultError(
          "busy",
          "Measuring needs the device for itself; another measurement is under way.",
          "Wait for its end, or stop it.",
        );
      if (this.isTraining())
        throw new FaultError(
          "busy",
          "Measuring needs the device for itself; a run is training.",
          "Pause the run, or wait for its end.",
        );
      const job = new AbortController();
      this.#job = job;
      try {
        return await work(await this.host.device(), job.signal);
      } finally {
        this.#job = null;
      }
    });
  }
}

const numericsOf = ({ extent, checks, finishedAt }: SelfTestReport): Numerics => ({
  ...{ extent, finishedAt, total: checks.length },
  passed: checks.filter(({ passed }) => passed).length,
});

/** Lets messages in, so that a measurement can be stopped. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
