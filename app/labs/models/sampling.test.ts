import { expect, it } from "vitest";
import { sampleSchema } from "../../../configs/schema/sample.ts";
import { readSampling, SAMPLING_FIELDS } from "./sampling.ts";

it("starts with settings that the schema allows, and never asks for more than it does", () => {
  const { seed, ...first } = readSampling({}) ?? { seed: Number.NaN };
  expect(Number.isInteger(seed)).toBe(true);
  expect(sampleSchema.safeParse({ prompt: "", ...first }).success).toBe(true);
  for (const { name, min, max } of SAMPLING_FIELDS)
    for (const value of [min, max])
      if (name !== "seed")
        expect([name, sampleSchema.safeParse({ [name]: value }).success]).toEqual([name, true]);
});

it("takes a new seed each time, and the one that was typed", () => {
  expect(readSampling({})?.seed).not.toBe(readSampling({})?.seed);
  expect(readSampling({ seed: 7 })?.seed).toBe(7);
});

it("is nothing while a field is out of its range or no number", () => {
  for (const typed of [
    { temperature: -1 },
    { top_k: 1.5 },
    { top_p: 1.01 },
    { max_new_tokens: "ten" },
    { seed: 2 ** 32 },
    { min_p: Number.NaN },
  ])
    expect(readSampling(typed)).toBeNull();
});
