import { describe, expect, it } from "vitest";
import { philox, RandomStream } from "./philox.ts";

describe("philox", () => {
  // Known answers of Random123 (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("gives the published words for counter %j", (counter, key, want) => {
    expect(philox(counter, key)).toEqual(want);
  });
});

describe("RandomStream", () => {
  it("depends on seed, stream and step, and on nothing else", () => {
    const draw = (seed: number, stream: number, step: number) => {
      const random = new RandomStream(seed, stream, step);
      return Array.from({ length: 6 }, () => random.nextU32());
    };
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
    const all = [
      draw(1, 2, 3),
      draw(2, 2, 3),
      draw(1, 3, 3),
      draw(1, 2, 4),
      draw(1 + 2 ** 32, 2, 3),
    ];
    expect(new Set(all.map(String)).size).toBe(all.length);
  });

  it("draws normals of mean 0 and variance 1", () => {
    const random = new RandomStream(7, 1);
    const draws = Array.from({ length: 20_000 }, () => random.normal());
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});
