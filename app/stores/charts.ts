// How charts are drawn: one set of choices for every chart of every page, kept between visits.

import { createStore } from "zustand/vanilla";
import * as z from "../../configs/zod.ts";
import { type ChartSettings, DEFAULT_SETTINGS, MAX_SMOOTHING } from "../charts/settings.ts";

const STORAGE_KEY = "vitrine.charts";

/** What is not what it should be (an older page's, another one's) gives way to the default, field by field. */
const settingsSchema = z.object({
  xAxis: z.string().min(1).catch(DEFAULT_SETTINGS.xAxis),
  smoothing: z.number().min(0).max(MAX_SMOOTHING).catch(DEFAULT_SETTINGS.smoothing),
  logX: z.boolean().catch(DEFAULT_SETTINGS.logX),
  logY: z.boolean().catch(DEFAULT_SETTINGS.logY),
  clip: z.boolean().catch(DEFAULT_SETTINGS.clip),
});

/** Settings as they were kept; storage may be forbidden, and what lies in it may be anything. */
export function readSettings(text: string | null): ChartSettings {
  try {
    return settingsSchema.catch(DEFAULT_SETTINGS).parse(JSON.parse(text ?? "{}"));
  } catch {
    return DEFAULT_SETTINGS;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

export const chartStore = createStore<ChartSettings>(() => readSettings(stored()));

export function changeCharts(settings: ChartSettings): void {
  chartStore.setState(settings, true);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(settings));
  } catch {
    // Private windows may forbid it: the choices last as long as the page.
  }
}
