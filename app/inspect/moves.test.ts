import { describe, expect, it } from "vitest";
import { moveAmongHeads, moveAmongTokens } from "./moves.ts";

const nothing = { hovered: null, pinned: null };

describe("moveAmongTokens", () => {
  it("moves the pinned token, and stays within the text", () => {
    expect(moveAmongTokens("ArrowLeft", { hovered: 7, pinned: 3 }, 9)).toEqual({
      hovered: null,
      pinned: 2,
    });
    expect(moveAmongTokens("ArrowRight", { hovered: null, pinned: 8 }, 9)?.pinned).toBe(8);
    expect(moveAmongTokens("Home", { hovered: null, pinned: 5 }, 9)?.pinned).toBe(0);
    expect(moveAmongTokens("PageDown", { hovered: null, pinned: 5 }, 100)?.pinned).toBe(15);
  });

  it("moves a cursor where nothing is pinned, from the last token on", () => {
    expect(moveAmongTokens("ArrowLeft", nothing, 9)).toEqual({ hovered: 7, pinned: null });
    expect(moveAmongTokens("ArrowLeft", { hovered: 4, pinned: null }, 9)?.hovered).toBe(3);
  });

  it("pins the cursor, lets go of the pinned, and clears", () => {
    expect(moveAmongTokens("Enter", { hovered: 4, pinned: null }, 9)).toEqual({
      hovered: null,
      pinned: 4,
    });
    expect(moveAmongTokens(" ", { hovered: null, pinned: 4 }, 9)?.pinned).toBeNull();
    expect(moveAmongTokens("Escape", { hovered: 2, pinned: 4 }, 9)).toEqual(nothing);
  });

  it("leaves other keys, and an Escape that has nothing to clear, to the page", () => {
    expect(moveAmongTokens("Escape", nothing, 9)).toBeNull();
    expect(moveAmongTokens("a", nothing, 9)).toBeNull();
    expect(moveAmongTokens("ArrowLeft", nothing, 0)).toBeNull();
  });
});

describe("moveAmongHeads", () => {
  it("goes by rows and columns, and not over the edge", () => {
    const size = { layers: 2, heads: 3 };
    expect(moveAmongHeads("ArrowDown", { layer: 0, head: 1 }, size)).toEqual({ layer: 1, head: 1 });
    expect(moveAmongHeads("ArrowDown", { layer: 1, head: 1 }, size)).toEqual({ layer: 1, head: 1 });
    expect(moveAmongHeads("ArrowRight", { layer: 1, head: 1 }, size)).toEqual({
      layer: 1,
      head: 2,
    });
    expect(moveAmongHeads("Enter", { layer: 1, head: 1 }, size)).toBeNull();
  });
});
