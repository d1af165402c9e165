// The presets the lab offers, as plain data (vite.config.ts turns the YAML into modules).
import deepNarrow from "../../configs/presets/language/deep-narrow.yaml";
import letters from "../../configs/presets/language/letters.yaml";
import longContext from "../../configs/presets/language/long-context.yaml";
import micro from "../../configs/presets/language/micro.yaml";
import nano from "../../configs/presets/language/nano.yaml";
import shakespeare from "../../configs/presets/language/nanogpt-shakespeare-cpu.yaml";
import sgd from "../../configs/presets/language/sgd.yaml";
import untied from "../../configs/presets/language/untied.yaml";
import wordPieces from "../../configs/presets/language/word-pieces.yaml";

/** In the order they are offered. */
export const PRESETS = {
  nano,
  letters,
  micro,
  "long-context": longContext,
  "word-pieces": wordPieces,
  "deep-narrow": deepNarrow,
  sgd,
  untied,
  "nanogpt-shakespeare-cpu": shakespeare,
} as const satisfies Readonly<Record<string, unknown>>;

export type PresetId = keyof typeof PRESETS;

export const isPresetId = (id: string): id is PresetId => Object.hasOwn(PRESETS, id);

export const DEFAULT_PRESET: PresetId = "nano";
