import { expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { applySettings, readSettings, settingAt } from "./config-diff.ts";

const preset = { lab: "language", model: { n_layers: 4, d_model: 128, n_heads: 4 } };

it("puts settings on top and leaves the preset alone", () => {
  const config = applySettings(preset, { "train.max_steps": 7, "model.n_layers": 1 });
  expect(settingAt(config, "train.max_steps")).toBe(7);
  expect(settingAt(config, "model.n_layers")).toBe(1);
  expect(settingAt(config, "model.d_model")).toBe(128);
  expect(preset.model.n_layers).toBe(4);
});

it("lets a chosen model size replace the preset's widths", () => {
  const parsed = parseLanguageConfig(applySettings(preset, { "model.preset": "nano" }));
  expect(parsed.ok && parsed.config.model.n_layers).toBe(2);
  expect(parsed.ok && parsed.config.model.d_model).toBe(64);
});

it("reads only settings out of an address, and no path that could reach a prototype", () => {
  const given = { "train.max_steps": 5, "a.b": { c: 1 }, "__proto__.x": 1, "A.b": 2, seed: null };
  expect(readSettings(JSON.parse(JSON.stringify(given)))).toEqual({ "train.max_steps": 5 });
  expect(readSettings([1])).toEqual({});
});
