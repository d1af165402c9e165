import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { type LanguageConfig, parseLanguageConfig } from "../../configs/schema/language.ts";
import { applySettings, type Settings } from "../lib/config-diff.ts";
import { settingsLink } from "./settings-link.ts";

const FOLDER = join(import.meta.dirname, "../../configs/presets/language");
const PRESETS = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [
    file.replace(".yaml", ""),
    parse(readFileSync(join(FOLDER, file), "utf8")) as unknown,
  ]),
);

function configOf(preset: string, settings: Settings = {}) {
  const parsed = parseLanguageConfig(applySettings(PRESETS[preset], settings, ["model.preset"]));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.config;
}

function expectReturn(config: LanguageConfig) {
  const { preset, set } = settingsLink(config, PRESETS);
  const back = configOf(preset, { ...set });
  const learnt = ({
    lab,
    seed,
    data,
    model: { preset: _, ...model },
    optim,
    train,
    sample,
  }: LanguageConfig) => ({
    lab,
    seed,
    data,
    model,
    optim,
    train,
    sample,
  });
  expect(learnt(back)).toEqual(learnt(config));
}

it("names the preset alone where nothing was changed", () => {
  for (const preset of Object.keys(PRESETS))
    expect(settingsLink(configOf(preset), PRESETS)).toEqual({ preset, set: {} });
});

it("adds what was changed, and no more", () => {
  const changes = { "optim.learning_rate": 0.01, seed: 4 };
  expect(settingsLink(configOf("nano", changes), PRESETS)).toEqual({
    preset: "nano",
    set: changes,
  });
});

it("says another size once", () => {
  expect(settingsLink(configOf("nano", { "model.preset": "micro" }), PRESETS)).toEqual({
    preset: "nano",
    set: { "model.preset": "micro" },
  });
});

it("brings back configs that no preset is near to", () => {
  expectReturn(configOf("micro", { "model.n_layers": 3, "data.tokenizer": "byte" }));
  expectReturn(configOf("nano", { "model.preset": "small", "model.n_layers": 2 }));
  const parsed = parseLanguageConfig({ lab: "language", seed: 9, optim: { optimizer: "lion" } });
  if (!parsed.ok) throw new Error("the defaults are valid");
  expectReturn(parsed.config);
});
