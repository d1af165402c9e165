import Dexie, { type Table } from "dexie";
import { guardBrowser } from "./browser-fault.ts";
import type { DeviceReports, ReportStore } from "./report-store.ts";

interface KeptReport {
  readonly adapter: string;
  readonly kind: keyof DeviceReports;
  readonly report: DeviceReports[keyof DeviceReports];
}

/** In a database of its own, like kernel tables: it outlives runs. */
class Reports extends Dexie {
  reports!: Table<KeptReport, [string, string]>;

  constructor() {
    super("vitrine-reports");
    this.version(1).stores({ reports: "[adapter+kind]" });
  }
}

export class BrowserReportStore implements ReportStore {
  readonly #records = new Reports();

  load<K extends keyof DeviceReports>(adapter: string, kind: K): Promise<DeviceReports[K] | null> {
    return guardBrowser("read what was measured", async () => {
      const kept = await this.#records.reports.get([adapter, kind]);
      return (kept?.report ?? null) as DeviceReports[K] | null;
    });
  }

  async save<K extends keyof DeviceReports>(
    adapter: string,
    kind: K,
    report: DeviceReports[K],
  ): Promise<void> {
    await guardBrowser("keep what was measured", () =>
      this.#records.reports.put({ adapter, kind, report }),
    );
  }
}
