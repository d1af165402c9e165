import { expect, it } from "vitest";
import { parseLanguageConfig } from "../../../configs/schema/language.ts";
import { applySettings } from "../../lib/config-diff.ts";
import { PRESETS } from "../../stores/presets.ts";
import { whatDiffers } from "./what-differs.ts";

const configOf = (settings: Parameters<typeof applySettings>[1]) => {
  const parsed = parseLanguageConfig(applySettings(PRESETS.nano, settings));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
};

it("names what a run changes of its preset, and only what it learns by", () => {
  expect(whatDiffers(configOf({}))).toEqual([]);
  expect(
    whatDiffers(configOf({ "train.max_steps": 7, seed: 5, "sample.max_new_tokens": 3 })),
  ).toEqual(expect.arrayContaining(["max_steps 7", "seed 5"]));
  expect(whatDiffers(configOf({ "sample.max_new_tokens": 3 }))).toEqual([]);
});

it("says nothing of a run that no preset is named after", () => {
  expect(whatDiffers({ ...configOf({}), title: "Mine" })).toBeNull();
});
