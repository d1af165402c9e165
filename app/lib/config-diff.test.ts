import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import { applySettings, readSettings, settingAt, settingsBetween } from "./config-diff.ts";

const preset = {
  lab: "language",
  model: { n_layers: 4, d_model: 128, n_heads: 4 },
  optim: { weight_decay: 0.1 },
};
const REPLACING = ["model.preset"];

describe("settings on top of a preset", () => {
  it("change what they name and leave the preset alone", () => {
    const config = applySettings(preset, { "train.max_steps": 7, "model.n_layers": 1 });
    expect(settingAt(config, "train.max_steps")).toBe(7);
    expect(settingAt(config, "model.n_layers")).toBe(1);
    expect(settingAt(config, "model.d_model")).toBe(128);
    expect(preset.model.n_layers).toBe(4);
  });

  it("leave out what they set to null", () => {
    expect(applySettings(preset, { "optim.weight_decay": null }).optim).toEqual({});
  });

  it("let a chosen size replace the preset's widths", () => {
    const parsed = parseLanguageConfig(
      applySettings(preset, { "model.preset": "nano" }, REPLACING),
    );
    expect(parsed.ok && parsed.config.model.n_layers).toBe(2);
    expect(parsed.ok && parsed.config.model.d_model).toBe(64);
  });
});

describe("the settings between a preset and a config", () => {
  it("are what differs, what is missing and what is new", () => {
    const input = { lab: "language", model: { n_layers: 4, d_model: 64 }, seed: 3 };
    expect(settingsBetween(preset, input)).toEqual({
      settings: {
        "model.d_model": 64,
        "model.n_heads": null,
        "optim.weight_decay": null,
        seed: 3,
      },
      rest: [],
    });
  });

  it("begin from an empty section where another size is named", () => {
    const input = { lab: "language", model: { preset: "small", n_layers: 4 }, optim: preset.optim };
    const { settings } = settingsBetween(preset, input, REPLACING);
    expect(settings).toEqual({ "model.preset": "small", "model.n_layers": 4 });
  });

  it("cannot hold lists, and name them", () => {
    const { settings, rest } = settingsBetween(preset, { ...preset, seeds: [1, 2], seed: null });
    expect(settings).toEqual({});
    expect(rest).toEqual(["seeds", "seed"]);
  });

  it("make the one into the other, whatever they are", () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const section = fc.dictionary(fc.constantFrom("preset", "a", "b", "c"), leaf, { maxKeys: 4 });
    const config = fc.dictionary(
      fc.constantFrom("model", "optim", "seed"),
      fc.oneof(section, leaf),
      { maxKeys: 3 },
    );
    fc.assert(
      fc.property(config, config, (from, to) => {
        // A section is never a value elsewhere: the schema sees to that.
        for (const name of Object.keys(to))
          if (name in from) fc.pre(typeof from[name] === typeof to[name]);
        const { settings, rest } = settingsBetween(from, to, REPLACING);
        expect(rest).toEqual([]);
        expect(withoutEmpty(applySettings(from, settings, REPLACING))).toEqual(withoutEmpty(to));
      }),
    );
  });
});

/** A section without fields says as much as none. */
const withoutEmpty = (config: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(config).filter(
      ([, value]) => typeof value !== "object" || Object.keys(value as object).length > 0,
    ),
  );

it("reads only settings out of an address, and no path that could reach a prototype", () => {
  const given = { "train.max_steps": 5, "a.b": { c: 1 }, "__proto__.x": 1, "A.b": 2, seed: null };
  expect(readSettings(JSON.parse(JSON.stringify(given)))).toEqual({
    "train.max_steps": 5,
    seed: null,
  });
  expect(readSettings([1])).toEqual({});
  expect(settingAt({}, "constructor")).toBeUndefined();
});
