import { expect, it } from "vitest";
import { halfBits, halfValue, roundToHalf } from "./half.ts";

it("brings all 65,536 patterns back", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = halfValue(bits);
    if (Number.isNaN(value)) expect(Number.isNaN(halfValue(halfBits(value)))).toBe(true);
    else expect(halfBits(value)).toBe(bits);
  }
});

it.each([
  [1 / 3, 0.333251953125],
  [1 + 2 ** -11, 1], // a tie goes to the even neighbour
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [65519, 65504],
  [-65520, Number.NEGATIVE_INFINITY],
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [2 ** -25 * 1.001, 2 ** -24],
])("rounds %d to %d", (value, want) => {
  expect(roundToHalf(value)).toBe(want);
});
