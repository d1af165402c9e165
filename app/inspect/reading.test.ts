import { describe, expect, it } from "vitest";
import type { Look } from "../../workers/api/inspect.ts";
import {
  alternativesAfter,
  factsOf,
  inText,
  lookedAtBy,
  looksAt,
  meanLoss,
  visible,
} from "./reading.ts";

/** "a b a" over four tokens; after the first, b is second to c. */
const LOOK = {
  lookId: 1,
  model: {
    family: "gpt2",
    layers: 1,
    heads: 1,
    vocabSize: 4,
    contextLength: 8,
    isTied: true,
    windows: [null],
  },
  step: 3,
  ids: Uint32Array.of(0, 1, 0),
  pieces: { 0: "a", 1: " b", 2: "c", 3: "\n" },
  specials: [0],
  isCut: false,
  isAltered: false,
  loss: Float32Array.of(Math.log(4), Math.log(2), Number.NaN),
  rank: Uint32Array.of(1, 0, 4),
  entropy: Float32Array.of(1, 0.5, 0.2),
  k: 2,
  topIds: Uint32Array.of(2, 1, 0, 3, 3, 2),
  topProbabilities: Float32Array.of(0.5, 0.25, 0.5, 0.25, 0.75, 0.125),
  thumbnails: { cells: 3, cellTokens: 1, shares: new Float32Array(9) },
} satisfies Look;

describe("tokens on their own", () => {
  it("show what cannot be seen", () => {
    expect(visible(" b\n")).toBe("␣b↵");
    expect(visible("")).toBe("∅");
    expect(inText(" b\n")).toBe(" b↵\n");
  });
});

describe("factsOf", () => {
  it("tells of a token what stood before it made of it", () => {
    expect(factsOf(LOOK, 1)).toMatchObject({ id: 1, piece: " b", isSpecial: false, place: 2 });
    expect(factsOf(LOOK, 1).loss).toBeCloseTo(Math.log(4), 6);
    expect(factsOf(LOOK, 1).probability).toBeCloseTo(0.25, 6);
  });

  it("knows nothing of the first: there is nothing before it", () => {
    expect(factsOf(LOOK, 0)).toMatchObject({ loss: null, probability: null, place: null });
    expect(factsOf(LOOK, 0).isSpecial).toBe(true);
  });
});

describe("alternativesAfter", () => {
  it("marks the one that came", () => {
    expect(alternativesAfter(LOOK, 0, 2)).toEqual([
      { id: 2, piece: "c", probability: 0.5, place: 1, came: false },
      { id: 1, piece: " b", probability: 0.25, place: 2, came: true },
    ]);
  });

  it("adds it at the end where it is not among the likeliest", () => {
    const [first, last] = alternativesAfter(LOOK, 0, 1);
    expect(first?.came).toBe(false);
    expect(last).toMatchObject({ id: 1, place: 2, came: true });
    expect(last?.probability).toBeCloseTo(0.25, 6);
  });

  it("has none that came after the last token, and leaves out what is no token", () => {
    expect(alternativesAfter(LOOK, 2, 2).every(({ came }) => !came)).toBe(true);
    const broken = { ...LOOK, topIds: Uint32Array.of(2, 4, 4, 4, 4, 4) };
    expect(alternativesAfter(broken, 2, 2)).toEqual([]);
  });
});

describe("meanLoss", () => {
  it("leaves out the token that nothing follows", () => {
    expect(meanLoss(LOOK)).toBeCloseTo((Math.log(4) + Math.log(2)) / 2, 6);
    expect(meanLoss({ loss: Float32Array.of(Number.NaN) })).toBeNull();
  });
});

describe("a pattern's strongest entries", () => {
  const pattern = Float32Array.of(1, 0, 0, 0.25, 0.75, 0, 0.5, 0.125, 0.375);

  it("of a row are what a token looks at", () => {
    expect(looksAt(pattern, 3, 2, 2)).toEqual([
      { index: 0, share: 0.5 },
      { index: 2, share: 0.375 },
    ]);
    expect(looksAt(pattern, 3, 0, 5)).toEqual([{ index: 0, share: 1 }]);
  });

  it("of a column are who looks at it", () => {
    expect(lookedAtBy(pattern, 3, 1, 5)).toEqual([
      { index: 1, share: 0.75 },
      { index: 2, share: 0.125 },
    ]);
  });
});
