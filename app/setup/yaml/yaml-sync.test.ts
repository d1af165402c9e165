import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseLanguageConfig } from "../../../configs/schema/language.ts";
import { LANGUAGE_KIT as KIT } from "../../stores/language-kit.ts";
import { inputOf, type SetupChoice } from "../kit.ts";
import { readYaml, updateYaml, writeYaml } from "./yaml-sync.ts";

const textOf = (presetId: string) =>
  readFileSync(`configs/presets/language/${presetId}.yaml`, "utf8");
const NANO = textOf("nano");
const choice = (settings: SetupChoice["settings"], presetId = "nano"): SetupChoice => ({
  presetId,
  settings,
});

describe("form to YAML", () => {
  it("is the preset's own file while nothing is changed", () => {
    for (const presetId of Object.keys(KIT.presets))
      expect(writeYaml(KIT, textOf(presetId), choice({}, presetId))).toBe(textOf(presetId));
  });

  it("changes what changed and leaves comments, order and the rest alone", () => {
    const text = writeYaml(KIT, NANO, choice({ "train.max_steps": 50, "optim.beta1": 0.8 }));
    expect(text.split("\n").filter((line) => !NANO.includes(line))).toEqual([
      "  beta1: 0.8",
      "  max_steps: 50",
    ]);
    expect(text).toMatch(/^# The default run/);
    const mine = text.replace("max_steps: 50", "max_steps: 50 # a short one");
    const next = updateYaml(
      KIT,
      mine,
      choice({ "train.max_steps": 50, "optim.beta1": 0.8 }),
      choice({ "train.max_steps": 60 }),
    );
    expect(next).toContain("max_steps: 60 # a short one");
    expect(next).not.toContain("beta1");
  });

  it("writes a number as it is, not as the old one was spelt", () => {
    const spelt = NANO.replace("learning_rate: 0.003", "learning_rate: 3.000e-3");
    const text = updateYaml(KIT, spelt, choice({}), choice({ "optim.learning_rate": 0.01 }));
    expect(text).toContain("learning_rate: 0.01\n");
  });

  it("takes a section out with its last field, and puts a new one in", () => {
    const without = writeYaml(
      KIT,
      NANO,
      choice({ "sample.max_new_tokens": null, "sample.temperature": null }),
    );
    expect(without).not.toContain("sample:");
    const small = writeYaml(KIT, NANO, choice({ "model.preset": "small", "model.n_layers": 3 }));
    expect(parse(small).model).toEqual({ preset: "small", n_layers: 3 });
  });

  it("leaves a text alone that is no YAML", () => {
    expect(updateYaml(KIT, "a: [", choice({}), choice({ seed: 3 }))).toBe("a: [");
  });
});

describe("YAML to form", () => {
  it("is the difference from the preset", () => {
    expect(readYaml(KIT, NANO, "nano")).toEqual({ choice: choice({}), faults: [] });
    const text = NANO.replace("max_steps: 1000", "max_steps: 5").replace(
      "  weight_decay: 0.1\n",
      "",
    );
    expect(readYaml(KIT, text, "nano").choice?.settings).toEqual({
      "train.max_steps": 5,
      "optim.weight_decay": null,
    });
  });

  it("knows a pasted preset by its title", () => {
    const pasted = textOf("micro").replace("seed: 1", "seed: 9");
    expect(readYaml(KIT, pasted, "nano")).toEqual({
      choice: choice({ seed: 9 }, "micro"),
      faults: [],
    });
  });

  it("shows what a form can show, even where it is wrong", () => {
    const { choice: read, faults } = readYaml(
      KIT,
      NANO.replace("batch_size: 8", "batch_size: 0"),
      "nano",
    );
    expect(read?.settings).toEqual({ "train.batch_size": 0 });
    const line = NANO.split("\n").findIndex((each) => each.includes("batch_size")) + 1;
    expect(faults).toEqual([
      expect.objectContaining({
        line,
        column: 3,
        issue: expect.objectContaining({ code: "whole" }),
      }),
    ]);
  });

  it("names line and column where the text is no YAML", () => {
    const { choice: read, faults } = readYaml(
      KIT,
      "lab: language\nmodel:\n  n_layers: [1\n",
      "nano",
    );
    expect(read).toBeNull();
    expect(faults[0]).toMatchObject({ issue: null, code: expect.any(String) });
    expect(faults[0]?.line).toBeGreaterThanOrEqual(3);
    expect(readYaml(KIT, "a: 1\na: 2", "nano").faults[0]).toMatchObject({
      line: 2,
      code: "DUPLICATE_KEY",
    });
    expect(readYaml(KIT, "a: 1\n\tb: 2", "nano").faults[0]?.line).toBe(2);
  });

  it("keeps fields that there are not out of the form, with the nearest name", () => {
    const { choice: read, faults } = readYaml(KIT, NANO.replace("max_steps", "max_step"), "nano");
    expect(read).toBeNull();
    const line = NANO.split("\n").findIndex((each) => each.includes("max_steps")) + 1;
    expect(faults[0]).toMatchObject({
      line,
      issue: { code: "unknown", params: { nearest: "max_steps" } },
    });
  });

  it.each([
    ["", "NO_FIELDS"],
    ["just words", "NO_FIELDS"],
    ["- a\n- b", "NO_FIELDS"],
    [`a: &a [1]\n${Array.from({ length: 60 }, (_, i) => `k${i}: *a`).join("\n")}`, "ALIASES"],
    ["#".repeat(200_001), "TOO_LONG"],
  ])("refuses what is no config: %.20s", (text, code) => {
    expect(readYaml(KIT, text, "nano")).toMatchObject({
      choice: null,
      faults: [{ line: 1, code }],
    });
  });

  it("takes a field without a value for one that is left out", () => {
    const { choice: read, faults } = readYaml(KIT, NANO.replace("seed: 1", "seed:"), "nano");
    expect(faults).toEqual([]);
    expect(read?.settings).toEqual({ seed: null });
  });

  it("does not take lists, or another lab's file", () => {
    expect(readYaml(KIT, NANO.replace("seed: 1", "seed: [1, 2]"), "nano").choice).toBeNull();
    expect(readYaml(KIT, NANO.replace("lab: language", "lab: policy"), "nano")).toMatchObject({
      choice: null,
      faults: [{ line: 2, issue: { code: "constant" } }],
    });
  });

  it("never throws, whatever is pasted", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" })),
        fc.nat(NANO.length),
        fc.nat(20),
        (junk, at, length) => {
          readYaml(KIT, NANO.slice(0, at) + junk + NANO.slice(at + length), "nano");
          readYaml(KIT, junk, "micro");
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe("both ways", () => {
  const value = (field: (typeof KIT.fields)[number]): fc.Arbitrary<unknown> => {
    const { kind, min, max, options } = field;
    if (kind === "integer") return fc.integer({ min: min ?? 0, max: Math.min(max ?? 0, 2 ** 40) });
    if (kind === "real") return fc.double({ min: min ?? 0, max: max ?? 1, noNaN: true });
    if (kind === "choice") return fc.constantFrom(...options);
    // A title of a preset is how a text says which one it is.
    return kind === "flag" ? fc.boolean() : fc.string({ maxLength: 40, unit: "grapheme" });
  };
  const choices = fc.record({
    presetId: fc.constantFrom(...Object.keys(KIT.presets)),
    settings: fc.record(Object.fromEntries(KIT.fields.map((field) => [field.path, value(field)])), {
      requiredKeys: [],
    }),
  }) as fc.Arbitrary<SetupChoice>;

  it("come back to the same config, and headless reads the same from the file", () => {
    fc.assert(
      fc.property(choices, (made) => {
        const text = writeYaml(KIT, textOf(made.presetId), made);
        // What the command line does with a file.
        expect(parseLanguageConfig(parse(text))).toEqual(parseLanguageConfig(inputOf(KIT, made)));
        const { choice: read } = readYaml(KIT, text, made.presetId);
        expect(read).not.toBeNull();
        expect(parseLanguageConfig(inputOf(KIT, read as SetupChoice))).toEqual(
          parseLanguageConfig(inputOf(KIT, made)),
        );
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
