// What the Language lab brings for its runs to be set up.
import { describeSchema } from "../../configs/schema/describe.ts";
import {
  expandLanguageInput,
  type LanguageConfig,
  languageSchema,
  parseLanguageConfig,
} from "../../configs/schema/language.ts";
import type { SetupKit } from "../setup/kit.ts";
import { DEFAULT_PRESET, PRESETS } from "./presets.ts";

const texts = import.meta.glob<{ default: string }>("../../configs/presets/language/*.yaml", {
  query: "?raw",
});

export const LANGUAGE_KIT: SetupKit<LanguageConfig> = {
  lab: "language",
  fields: describeSchema(languageSchema),
  presets: PRESETS,
  defaultPreset: DEFAULT_PRESET,
  async presetText(presetId) {
    const load = texts[`../../configs/presets/language/${presetId}.yaml`];
    if (!load) throw new Error(`language kit: there must be a preset ${presetId}; there is none`);
    return (await load()).default;
  },
  expand: expandLanguageInput,
  parse: parseLanguageConfig,
};
