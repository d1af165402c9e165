import { describe, expect, it } from "vitest";
import { specialise } from "./specialise.ts";

const lines = (...text: string[]): string => text.join("\n");

describe("specialise", () => {
  it("keeps one branch, nested and negated", () => {
    const code = lines("a", "//#if X", "x", "//#if !Y", "y", "//#end", "//#else", "z", "//#end");
    expect(specialise(code, { X: true, Y: false })).toBe(lines("a", "x", "y"));
    expect(specialise(code, { X: true, Y: true })).toBe(lines("a", "x"));
    expect(specialise(code, { X: 0, Y: true })).toBe(lines("a", "z"));
  });

  it("repeats by number and by word, nested", () => {
    const code = lines("//#repeat r N", "//#repeat t NAMES", "let $t$r = $r;", "//#end", "//#end");
    expect(specialise(code, { N: 2, NAMES: ["a", "b"] })).toBe(
      lines("let a0 = 0;", "let b0 = 0;", "let a1 = 1;", "let b1 = 1;"),
    );
    expect(specialise(code, { N: 0, NAMES: [] })).toBe("");
  });

  it.each([
    ["//#if X", {}, 'nobody chose "X"'],
    ["//#end", {}, "line 1: //#end closes nothing"],
    ["//#if X", { X: 1 }, "//#if has no //#end"],
    [lines("//#repeat r X", "//#else", "//#end"), { X: 1 }, "//#else closes nothing"],
  ])("refuses %j", (code, choices, message) => {
    expect(() => specialise(code, choices)).toThrow(message);
  });
});
