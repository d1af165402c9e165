import { describe, expect, it } from "vitest";
import { move } from "./nudge.ts";

const RATE = { kind: "real", min: 0, max: 10, step: null } as const;
const STEPS = { kind: "integer", min: 1, max: 100, step: null } as const;
const SHARE = { kind: "real", min: 0, max: 1, step: 0.05 } as const;

type Field = Parameters<typeof move>[0];
const nudge = (field: Field, value: number, sign: 1 | -1) => move(field, value, sign);
const leap = (field: Field, value: number, sign: 1 | -1) => move(field, value, sign > 0 ? 2 : -2);

const walk = (field: Field, from: number, sign: 1 | -1, times: number) =>
  Array.from({ length: times }).reduce<number[]>(
    (list) => [...list, nudge(field, list.at(-1) as number, sign)],
    [from],
  );

describe("the arrow keys", () => {
  it("go through the digits of a real, up and down the same way", () => {
    expect(walk(RATE, 0.0008, 1, 4)).toEqual([0.0008, 0.0009, 0.001, 0.002, 0.003]);
    expect(walk(RATE, 0.003, -1, 4)).toEqual([0.003, 0.002, 0.001, 0.0009, 0.0008]);
  });

  it("count by one, and stay in the range", () => {
    expect(walk(STEPS, 98, 1, 3)).toEqual([98, 99, 100, 100]);
    expect(walk(STEPS, 2, -1, 2)).toEqual([2, 1, 1]);
  });

  it("take the field's own step, without rounding noise", () => {
    expect(walk(SHARE, 0.1, 1, 3)).toEqual([0.1, 0.15, 0.2, 0.25]);
    expect(nudge(SHARE, 0.02, -1)).toBe(0);
  });

  it("leave zero, and come back to it", () => {
    expect(nudge(RATE, 0, 1)).toBe(1e-6);
    expect(nudge(RATE, 0, -1)).toBe(0);
  });
});

describe("page up and down", () => {
  it("double and halve counts, and move reals by ten", () => {
    expect([leap(STEPS, 8, 1), leap(STEPS, 9, -1), leap(STEPS, 80, 1), leap(STEPS, 1, -1)]).toEqual(
      [16, 4, 100, 1],
    );
    expect([leap(RATE, 0.003, 1), leap(RATE, 0.003, -1), leap(RATE, 0, 1)]).toEqual([
      0.03, 0.0003, 1e-6,
    ]);
    expect(leap(SHARE, 0.1, 1)).toBe(0.6);
  });
});
