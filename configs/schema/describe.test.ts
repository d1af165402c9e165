import { describe, expect, it } from "vitest";
import { describeField, describeSchema, matters, namesIn, valueAt } from "./describe.ts";
import { languageSchema, parseLanguageConfig } from "./language.ts";

const FIELDS = describeSchema(languageSchema);
const byPath = new Map(FIELDS.map((field) => [field.path, field]));

describe("a field", () => {
  it("is described by its schema: kind, range, unit, default, help", () => {
    expect(describeField(languageSchema, "train.max_steps")).toMatchObject({
      section: "train",
      kind: "integer",
      min: 1,
      max: 10_000_000,
      unit: "steps",
      fallback: 1_000,
      importance: "main",
      empty: null,
      help: "Optimiser steps.",
    });
    expect(describeField(languageSchema, "optim.learning_rate")).toMatchObject({
      kind: "real",
      min: 0,
      max: 10,
      fallback: 1e-3,
    });
    expect(describeField(languageSchema, "data.tokenizer").options).toEqual(
      expect.arrayContaining(["character", "byte", "bpe"]),
    );
    expect(describeField(languageSchema, "model.n_kv_heads")).toMatchObject({
      kind: "integer",
      fallback: undefined,
      empty: "As many as heads.",
    });
    expect(describeField(languageSchema, "title")).toMatchObject({
      section: "",
      kind: "text",
      maxLength: 200,
    });
    expect(describeField(languageSchema, "sample.temperature").step).toBe(0.05);
  });

  it("must be one that the schema has", () => {
    expect(() => describeField(languageSchema, "train.maxSteps")).toThrow(
      "describeField: train.maxSteps must name a field of the schema; maxSteps does not",
    );
  });
});

describe("the fields of a schema", () => {
  it("are all of them, in its order, without constants", () => {
    const parsed = parseLanguageConfig({ lab: "language" });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const paths = (value: unknown, prefix = ""): string[] =>
      Object.entries(value as object).flatMap(([name, child]) =>
        typeof child === "object" ? paths(child, `${prefix}${name}.`) : [prefix + name],
      );
    const given = paths(parsed.config).filter((path) => path !== "lab");
    const optional = FIELDS.filter(({ empty }) => empty !== null).map(({ path }) => path);
    expect(new Set(FIELDS.map(({ path }) => path))).toEqual(new Set([...given, ...optional]));
    expect(byPath.has("lab")).toBe(false);
  });

  it("each say what they do, and where they may be left out, what that means", () => {
    for (const field of FIELDS) {
      expect(field.help, field.path).toMatch(/\.$/);
      expect(field.empty !== null, field.path).toBe(field.fallback === undefined);
    }
  });

  it("ask only about fields that there are, and values that those may have", () => {
    for (const { path, when } of FIELDS)
      for (const [other, values] of Object.entries(when ?? {})) {
        const asked = byPath.get(other);
        expect(asked, `${path} asks about ${other}`).toBeDefined();
        const possible: readonly unknown[] =
          asked?.kind === "flag" ? [true, false] : (asked?.options ?? []);
        for (const value of values) expect(possible, `${path} asks ${other}`).toContain(value);
        expect(values.length, `${path} always matters`).toBeLessThan(possible.length);
      }
  });

  it("are found by section", () => {
    expect(namesIn(languageSchema, "sample")).toContain("top_k");
    expect(namesIn(languageSchema, "")).toContain("seed");
    expect(namesIn(languageSchema, "sample.top_k")).toEqual([]);
    expect(namesIn(languageSchema, "nothing.here")).toEqual([]);
  });
});

describe("whether a field matters", () => {
  const visible = (config: unknown): string[] =>
    FIELDS.filter((field) => matters(field, config)).map(({ path }) => path);

  it.each([
    [{ data: { tokenizer: "bpe" } }, "data.vocab_size", true],
    [{ data: { tokenizer: "byte" } }, "data.vocab_size", false],
    [{ optim: { optimizer: "sgd" } }, "optim.momentum", true],
    [{ optim: { optimizer: "sgd" } }, "optim.beta1", false],
    [{ optim: { optimizer: "lion" } }, "optim.beta2", true],
    [{ optim: { optimizer: "lion" } }, "optim.eps", false],
    [{ model: { family: "gemma2" } }, "model.sliding_window", true],
    [{ model: { family: "gpt2" } }, "model.rope_theta", false],
    [{ optim: { schedule: "wsd" } }, "optim.decay_steps", true],
    [{ optim: { schedule: "constant" } }, "optim.min_lr_ratio", false],
  ])("is asked of the others: %j, %s: %s", (config, path, is) => {
    expect(visible(config).includes(path)).toBe(is);
  });

  it("holds for all that ask nothing", () => {
    expect(visible({})).toEqual(FIELDS.filter(({ when }) => !when).map(({ path }) => path));
  });
});

it("reads values of plain data by path, its own ones only", () => {
  expect(valueAt({ a: { b: 1 } }, "a.b")).toBe(1);
  expect(valueAt({ a: null }, "a.b")).toBeUndefined();
  expect(valueAt({}, "constructor.name")).toBeUndefined();
});
