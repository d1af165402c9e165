// What a person wants to see and hear of runs, on every page and visit: which charts, and whether the system tells
// when one is over.
import { createStore } from "zustand/vanilla";
import { type ChartId, DEFAULT_CHARTS } from "../watch/chart-specs.ts";

export interface WatchChoices {
  /** Charts beside the loss, in their order. */
  readonly charts: readonly ChartId[];
  /** Whether the system's notifications say that a run is over. */
  readonly notifies: boolean;
}

const STORAGE_KEY = "vitrine.watch";
const DEFAULTS: WatchChoices = { charts: DEFAULT_CHARTS, notifies: false };

/** Choices as they were kept; what lies in the storage may be anything. */
export function readChoices(text: string | null): WatchChoices {
  try {
    const { charts, notifies } = JSON.parse(text ?? "{}") as Record<string, unknown>;
    return {
      charts:
        Array.isArray(charts) && charts.every((id) => typeof id === "string")
          ? charts
          : DEFAULTS.charts,
      notifies: notifies === true,
    };
  } catch {
    return DEFAULTS;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

export const watchStore = createStore<WatchChoices>(() => readChoices(stored()));

export function changeWatch(part: Partial<WatchChoices>): void {
  watchStore.setState(part);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(watchStore.getState()));
  } catch {
    // Private windows may forbid it: the choices last as long as the page.
  }
}
