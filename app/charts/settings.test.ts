import { expect, it } from "vitest";
import { factorAt, MAX_SMOOTHING, placeOf } from "./settings.ts";

it("gives each part of the smoothing slider ten times the reach of the one before", () => {
  expect([0, 1 / 3, 2 / 3, 1].map(factorAt)).toEqual([0, 0.9, 0.99, MAX_SMOOTHING]);
  for (const place of [0, 0.1, 0.5, 0.9, 1]) expect(placeOf(factorAt(place))).toBeCloseTo(place, 2);
});
