// What to do when the device goes away under a run. What Chromium does, measured: after a first crash of its GPU
// process it gives another adapter at once. After a second within two minutes it gives none to any page, until two
// minutes have passed or the person reloads the page with the browser's own button; a reload by the page changes
// nothing. After a third within an hour it gives none until it is started again. So a run resumes by itself, or
// after one click or two minutes, or waits for the next start. What must outlive the page lies in sessionStorage,
// which lives as long as the tab.
import type { Fault } from "../../workers/api/outcome.ts";
import { i18n } from "../i18n.ts";
import type { DeviceLoss } from "../stores/runs.ts";

/** Losses at the same place after which a run no longer resumes by itself: it may be what loses the device. */
const MAX_TRIES = 3;
/** So many losses in so long a time, and the browser gives no adapter any more. */
const FINAL_LOSSES = 3;
const FINAL_MS = 3_600_000;
const SAME_LOSS_MS = 3_000;
/** How often, and how long, one asks whether there is an adapter again. */
export const ASK_MS = 10_000;
export const PATIENCE_MS = 150_000;

/**
 * Whether a run may resume by itself once more.
 *
 * @param losses those before. @param at the step where the device was lost now.
 */
export const mayResume = (losses: readonly DeviceLoss[], at: number): boolean =>
  losses.filter((loss) => loss.at >= at).length < MAX_TRIES;

/** Storage that lives as long as the tab. */
export interface TabMemory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const WAITING = "vitrine/resume-after-reload";
const LOSSES = "vitrine/device-losses";
const HAD_DEVICE = "vitrine/had-device";

export class Recovery {
  constructor(
    private readonly memory: TabMemory,
    private readonly now: () => number,
  ) {}

  /** Runs that are to continue by themselves once there is an adapter, after a reload as well. */
  get waiting(): readonly string[] {
    return this.#read(WAITING).map(String);
  }

  set waiting(runIds: readonly string[]) {
    this.#write(WAITING, runIds);
  }

  /** The tab has a device: where there is none later, the browser keeps it back. */
  noteDevice(): void {
    this.#write(HAD_DEVICE, [true]);
  }

  /** Each run on a device tells of its loss: together they are one. */
  noteLoss(): void {
    const losses = this.#recentLosses;
    if (this.now() - (losses.at(-1) ?? 0) > SAME_LOSS_MS)
      this.#write(LOSSES, [...losses, this.now()]);
  }

  /** A fault as it looks from here: a browser that gave an adapter before needs something else than one that never did. */
  explain(fault: Fault): Fault {
    if (fault.code !== "no-adapter") return fault;
    if (this.#recentLosses.length >= FINAL_LOSSES) return restartNeeded();
    if (this.#read(HAD_DEVICE).length === 0) return fault;
    return {
      code: "reload-needed",
      message: i18n.t("faults:reloadNeeded.message"),
      hint: i18n.t("faults:reloadNeeded.hint"),
    };
  }

  get #recentLosses(): readonly number[] {
    const since = this.now() - FINAL_MS;
    return this.#read(LOSSES)
      .map(Number)
      .filter((time) => time > since);
  }

  #read(key: string): readonly unknown[] {
    try {
      const value: unknown = JSON.parse(this.memory.getItem(key) ?? "[]");
      return Array.isArray(value) ? value : [];
    } catch {
      // Where pages may store nothing, nothing outlives the page.
      return [];
    }
  }

  #write(key: string, value: readonly unknown[]): void {
    try {
      this.memory.setItem(key, JSON.stringify(value));
    } catch {
      // See above.
    }
  }
}

/** No adapter came in all the time in which one might have. */
export const restartNeeded = (): Fault => ({
  code: "restart-needed",
  message: i18n.t("faults:restartNeeded.message"),
  hint: i18n.t("faults:restartNeeded.hint"),
});
