import { describe, expect, it } from "vitest";
import { DATASETS, splitText } from "./datasets.ts";

const options = { seed: 3, characters: 2000, trainFraction: 0.9 };
const bytes = new TextEncoder().encode("0123456789".repeat(10));

describe("DATASETS", () => {
  it("writes the built-in corpus: two texts, the same for the same seed", () => {
    const parts = DATASETS.tinyworld.load(options);
    expect(parts).toEqual(DATASETS.tinyworld.load(options));
    expect(parts.train.length).toBeGreaterThanOrEqual(2000);
    expect(parts.validation.length).toBeGreaterThanOrEqual(200);
    expect(parts.train).not.toContain(parts.validation.slice(0, 60));
    expect(DATASETS.tinyworld.load({ ...options, seed: 4 }).train).not.toBe(parts.train);
  });

  it("cuts a file in two", () => {
    const parts = DATASETS.file.load({ ...options, file: { name: "a.txt", bytes } });
    expect(parts).toEqual({
      name: "a.txt",
      train: "0123456789".repeat(9),
      validation: "0123456789",
    });
  });

  it("asks for the file", () => {
    expect(() => DATASETS.file.load(options)).toThrow("must be given one");
  });
});

describe("splitText", () => {
  it("never cuts a character", () => {
    expect(splitText("a🚀b", 0.5)).toEqual({ train: "a🚀", validation: "b" });
  });

  it("refuses a share that leaves a part empty by itself", () => {
    for (const share of [0, 1, Number.NaN])
      expect(() => splitText("ab", share)).toThrow(RangeError);
  });
});
