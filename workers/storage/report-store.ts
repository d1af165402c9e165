import type { BenchmarkReport, SelfTestReport } from "../api/device.ts";

/** What is found out about an adapter and worth keeping, beside its kernel table. */
export interface DeviceReports {
  readonly selfTest: SelfTestReport;
  readonly benchmark: BenchmarkReport;
}

/** Where reports are kept between visits: the last of each kind for each adapter, by its slug. */
export interface ReportStore {
  load<K extends keyof DeviceReports>(adapter: string, kind: K): Promise<DeviceReports[K] | null>;
  save<K extends keyof DeviceReports>(
    adapter: string,
    kind: K,
    report: DeviceReports[K],
  ): Promise<void>;
}

/** For as long as the process lives. */
export class MemoryReportStore implements ReportStore {
  readonly #reports = new Map<string, unknown>();

  async load<K extends keyof DeviceReports>(adapter: string, kind: K) {
    return (this.#reports.get(`${kind}/${adapter}`) ?? null) as DeviceReports[K] | null;
  }

  async save<K extends keyof DeviceReports>(adapter: string, kind: K, report: DeviceReports[K]) {
    this.#reports.set(`${kind}/${adapter}`, report);
  }
}
