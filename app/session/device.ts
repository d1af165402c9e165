// What a person can ask about the device. Progress is written into the store a few times a second: a
// measurement tells more often than anybody can read.
import type {
  BenchmarkPart,
  DeviceOverview,
  KernelCheck,
  SelfTestExtent,
} from "../../workers/api/device.ts";
import type { Outcome } from "../../workers/api/outcome.ts";
import { type DeviceJob, deviceStore, type Measurement } from "../stores/device.ts";
import { sessionStore } from "../stores/session.ts";
import { callStudio } from "./session.ts";
import type { StudioLink } from "./studio-link.ts";

const DRAW_EVERY_MS = 100;

export async function loadOverview(): Promise<void> {
  deviceStore.setState({ fault: null });
  const outcome = await callStudio(({ device }) => device.overview());
  if (outcome.ok) deviceStore.setState({ overview: outcome.value });
  else deviceStore.setState({ fault: outcome.fault });
}

export const testDevice = (extent: SelfTestExtent): Promise<void> =>
  measure("selfTest", async (link, tell) => {
    const failures: KernelCheck[] = [];
    const outcome = await link.device.selfTest(extent, ({ check, done, total }) => {
      if (!check.passed) failures.push(check);
      const current = [check.op, check.variant].filter(Boolean).join(" / ");
      tell({ done, total, current, failures: [...failures] });
    });
    if (!outcome.ok) return outcome;
    const { checks, finishedAt } = outcome.value;
    const passed = checks.filter((check) => check.passed).length;
    const numerics = { extent, finishedAt, passed, total: checks.length };
    sessionStore.setState(({ device }) => ({ device: device && { ...device, numerics } }));
    return kept({ selfTest: outcome.value });
  });

export const benchmarkDevice = (nameOf: (part: BenchmarkPart) => string): Promise<void> =>
  measure("benchmark", async (link, tell) => {
    const outcome = await link.device.benchmark(({ part, done, total }) =>
      tell({ done, total, current: nameOf(part) }),
    );
    return outcome.ok ? kept({ benchmark: outcome.value }) : outcome;
  });

export const tuneDevice = (): Promise<void> =>
  measure("tuning", async (link, tell) => {
    const outcome = await link.device.tune(({ row, done, total }) =>
      tell({ done, total, current: row }),
    );
    return outcome.ok ? kept({ tuning: outcome.value }) : outcome;
  });

export async function forgetTuning(): Promise<void> {
  const outcome = await callStudio(({ device }) => device.forgetTuning());
  if (outcome.ok)
    deviceStore.setState(({ overview }) => ({
      overview: overview && { ...overview, tuning: null },
    }));
  else deviceStore.setState(({ faults }) => ({ faults: { ...faults, tuning: outcome.fault } }));
}

/** Ends what is being measured; what it had found is dropped. */
export async function stopMeasuring(): Promise<void> {
  deviceStore.setState(({ job }) => ({ job: job && { ...job, isStopping: true } }));
  await callStudio(({ device }) => device.stop());
}

export const dismissDeviceFault = (kind: Measurement): void =>
  deviceStore.setState(({ faults: { [kind]: _, ...faults } }) => ({ faults }));

const kept = (found: Partial<DeviceOverview>): Outcome<Partial<DeviceOverview>> => ({
  ok: true,
  value: found,
});

/** Makes one measurement and writes what it finds into the overview. */
async function measure(
  kind: Measurement,
  work: (
    link: StudioLink,
    tell: (progress: Partial<DeviceJob>) => void,
  ) => Promise<Outcome<Partial<DeviceOverview>>>,
): Promise<void> {
  if (deviceStore.getState().job) return;
  dismissDeviceFault(kind);
  const job: DeviceJob = {
    ...{ kind, done: 0, total: 0, current: "", failures: [], isStopping: false },
    startedAt: performance.now(),
  };
  deviceStore.setState({ job });
  let latest: Partial<DeviceJob> = {};
  const timer = setInterval(() => {
    deviceStore.setState((state) => ({ job: state.job && { ...state.job, ...latest } }));
  }, DRAW_EVERY_MS);
  const outcome = await callStudio((link) =>
    work(link, (progress) => {
      latest = progress;
    }),
  );
  clearInterval(timer);
  deviceStore.setState(({ job: ended, overview, faults }) => ({
    job: null,
    overview: outcome.ok && overview ? { ...overview, ...outcome.value } : overview,
    // Whoever stopped it knows that it was stopped.
    faults: outcome.ok || ended?.isStopping ? faults : { ...faults, [kind]: outcome.fault },
  }));
}
