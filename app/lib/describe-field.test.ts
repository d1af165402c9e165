import { expect, it } from "vitest";
import { languageSchema } from "../../configs/schema/language.ts";
import { describeField } from "./describe-field.ts";

it("reads kind, range, unit and help from the schema", () => {
  expect(describeField(languageSchema, "train.max_steps")).toMatchObject({
    kind: "integer",
    min: 1,
    max: 10_000_000,
    unit: "steps",
    help: "Optimiser steps.",
  });
  expect(describeField(languageSchema, "optim.learning_rate")).toMatchObject({
    kind: "real",
    min: 0,
    max: 10,
  });
  expect(describeField(languageSchema, "data.tokenizer").options).toEqual([
    "character",
    "byte",
    "bpe",
  ]);
  expect(describeField(languageSchema, "model.preset")).toMatchObject({ kind: "choice" });
  expect(describeField(languageSchema, "sample.temperature").step).toBe(0.05);
});

it("refuses a path the schema does not have", () => {
  expect(() => describeField(languageSchema, "train.maxSteps")).toThrow(
    "describeField: train.maxSteps must name a field of the schema; maxSteps does not",
  );
});
