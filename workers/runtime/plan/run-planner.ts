// Plans runs for one device, and learns its speed: its peaks are measured once where that is cheap, and what
// steps of runs took corrects what is said of the next.
import type { Gpu } from "../../../kernels/core/gpu.ts";
import { tableOf } from "../../../kernels/core/variants.ts";
import { measurePeaks } from "../../../kernels/ops/roofline/roofline.ts";
import { FAMILIES } from "../../../kernels/tuned.ts";
import type { VariantRows } from "../../api/device.ts";
import type { AdapterSpeed, MeasuredStep, RunPlan } from "../../api/plan.ts";
import type { MetricBatch, RunEvent } from "../../api/runs.ts";
import type { SpeedStore } from "../../storage/speed-store.ts";
import { adapterName, slugOf } from "../variant-table.ts";
import { type PlanInputs, type Planned, planRun } from "./plan-run.ts";
import type { Machine } from "./problems.ts";

/** Runs whose steps are remembered, newest last. */
const REMEMBERED = 12;
/** Steps that pay for what only the first ones pay for; and steps that make a time. */
const WARM_STEPS = 3;
const LEAST_STEPS = 5;

const UNKNOWN: AdapterSpeed = { peaks: null, measured: [] };

export class RunPlanner {
  readonly #speeds = new Map<string, Promise<AdapterSpeed>>();
  readonly #measuring = new Set<string>();

  constructor(
    private readonly store: SpeedStore,
    private readonly machine: Machine,
    /** Whether somebody trains: then nothing is measured. */
    private readonly isBusy: () => boolean,
  ) {}

  /** @param rows kernel rows that a run would be given. */
  async plan(
    gpu: Gpu,
    rows: VariantRows,
    inputs: Pick<PlanInputs, "config" | "model" | "text" | "withFixes">,
  ): Promise<Planned> {
    const { adapterInfo } = gpu;
    const variants = tableOf(FAMILIES, { ...gpu.profile, variants: rows });
    const known = await this.#speedOf(gpu);
    const speed = { ...known, adapterClass: gpu.profile.adapterClass, cores: this.machine.cores };
    const device = { profile: { ...gpu.profile, variants }, adapterInfo };
    const planned = await planRun({ ...inputs, device, machine: this.machine, speed });
    const isMeasuring = this.#measurePeaks(gpu, known);
    const { time } = planned.plan;
    if (!time || !isMeasuring) return planned;
    const plan: RunPlan = { ...planned.plan, time: { ...time, isMeasuring } };
    return { ...planned, plan };
  }

  /** Listens to a run's events: what its steps take is remembered. */
  follow(gpu: Gpu, modelMs: number | null): (event: RunEvent) => void {
    if (modelMs === null) return () => {};
    const clock = new StepClock();
    return (event) => {
      if (event.type === "metrics") clock.add(event.batch);
      const isResting =
        event.type === "phase" && event.phase !== "preparing" && event.phase !== "running";
      const milliseconds = isResting ? clock.milliseconds : null;
      if (milliseconds !== null) void this.#remember(gpu, { modelMs, milliseconds });
    };
  }

  async #remember(gpu: Gpu, step: MeasuredStep): Promise<void> {
    const { peaks, measured } = await this.#speedOf(gpu);
    const others = measured.filter(({ modelMs }) => Math.abs(modelMs / step.modelMs - 1) > 0.02);
    this.#keep(gpu, { peaks, measured: [...others, step].slice(-REMEMBERED) });
  }

  #speedOf(gpu: Gpu): Promise<AdapterSpeed> {
    const slug = slugOf(adapterName(gpu));
    let speed = this.#speeds.get(slug);
    if (!speed) {
      // Without storage every visit begins with what is shipped.
      speed = this.store.load(slug).then(
        (found) => found ?? UNKNOWN,
        () => UNKNOWN,
      );
      this.#speeds.set(slug, speed);
    }
    return speed;
  }

  #keep(gpu: Gpu, speed: AdapterSpeed): void {
    const slug = slugOf(adapterName(gpu));
    this.#speeds.set(slug, Promise.resolve(speed));
    // A prediction that is not kept is made again from what is shipped.
    this.store.save(slug, speed).catch(() => {});
  }

  /**
   * Begins to measure the peaks where they are unknown and nobody needs the device. A GPU takes a fraction of a
   * second; software would take the page's own cores for longer than the answer is worth.
   *
   * @returns whether it is being measured.
   */
  #measurePeaks(gpu: Gpu, { peaks }: AdapterSpeed): boolean {
    const slug = slugOf(adapterName(gpu));
    if (peaks || gpu.profile.adapterClass !== "gpu") return false;
    if (this.#measuring.has(slug)) return true;
    if (this.isBusy()) return false;
    this.#measuring.add(slug);
    measurePeaks(gpu)
      .then(async (found) => {
        this.#keep(gpu, { ...(await this.#speedOf(gpu)), peaks: found });
      })
      // The device failed, and tells whoever uses it; there may be another one.
      .catch(() => {})
      .finally(() => this.#measuring.delete(slug));
    return true;
  }
}

/** Milliseconds of a step from the numbers that a run reports: its first steps are left out. */
export class StepClock {
  #from: { step: number; seconds: number } | null = null;
  #last: { step: number; seconds: number } | null = null;
  #first: number | null = null;

  add({ step, seconds }: Pick<MetricBatch, "step" | "seconds">): void {
    for (let i = 0; i < step.length; i++) {
      const at = { step: step[i] as number, seconds: seconds[i] as number };
      this.#first ??= at.step;
      if (at.step >= this.#first + WARM_STEPS) this.#from ??= at;
      this.#last = at;
    }
  }

  /** Null while there are too few steps. */
  get milliseconds(): number | null {
    if (!this.#from || !this.#last) return null;
    const steps = this.#last.step - this.#from.step;
    if (steps < LEAST_STEPS) return null;
    return (1_000 * (this.#last.seconds - this.#from.seconds)) / steps;
  }
}
