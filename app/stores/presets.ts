// The presets the lab offers, as plain data (vite.config.ts turns the YAML into modules).
import micro from "../../configs/presets/language/micro.yaml";
import nano from "../../configs/presets/language/nano.yaml";
import shakespeare from "../../configs/presets/language/nanogpt-shakespeare-cpu.yaml";

/** In the order they are offered. */
export const PRESETS = {
  nano,
  micro,
  "nanogpt-shakespeare-cpu": shakespeare,
} as const satisfies Readonly<Record<string, unknown>>;

export type PresetId = keyof typeof PRESETS;

export const PRESET_IDS = Object.keys(PRESETS) as readonly PresetId[];

export const isPresetId = (id: string): id is PresetId => Object.hasOwn(PRESETS, id);

export const DEFAULT_PRESET: PresetId = "nano";
