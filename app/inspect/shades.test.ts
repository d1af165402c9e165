import { describe, expect, it } from "vitest";
import { attentionShare, lossShare, pixelsOf, rgbOf, shadeUnderText } from "./shades.ts";

describe("shades", () => {
  it("of a loss are full where the model could as well have guessed", () => {
    expect(lossShare(0, 65)).toBe(0);
    expect(lossShare(Math.log(65), 65)).toBe(1);
    expect(lossShare(99, 65)).toBe(1);
    expect(lossShare(Number.NaN, 65)).toBe(0);
    expect(lossShare(Math.log(65) / 2, 65)).toBeCloseTo(0.5);
  });

  it("of attention lift small shares, as the legend says", () => {
    expect([0, 0.25, 1].map(attentionShare)).toEqual([0, 0.5, 1]);
  });

  it("under a text never cover it", () => {
    expect(shadeUnderText(1)).toBe("color-mix(in srgb, var(--v-accent) 50.0%, transparent)");
    expect(shadeUnderText(7)).toBe(shadeUnderText(1));
  });

  it("as pixels are one colour, more or less of it", () => {
    const accent = rgbOf(" #147366");
    expect(accent).toEqual([20, 115, 102]);
    expect([...pixelsOf(Float32Array.of(1, 0.25), accent)]).toEqual([
      20, 115, 102, 255, 20, 115, 102, 128,
    ]);
    expect(() => rgbOf("rebeccapurple")).toThrow('it is "rebeccapurple"');
  });
});
