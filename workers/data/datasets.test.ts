import { describe, expect, it } from "vitest";
import { DATASETS } from "./datasets.ts";

describe("DATASETS", () => {
  it("writes the built-in corpus: two texts, the same for the same seed", () => {
    const size = { seed: 3, characters: 2000 };
    const parts = DATASETS.tinyworld.write(size);
    expect(parts).toEqual(DATASETS.tinyworld.write(size));
    expect(parts.train.length).toBeGreaterThanOrEqual(2000);
    expect(parts.validation.length).toBeGreaterThanOrEqual(200);
    expect(parts.train).not.toContain(parts.validation.slice(0, 60));
    expect(DATASETS.tinyworld.write({ ...size, seed: 4 }).train).not.toBe(parts.train);
  });
});
