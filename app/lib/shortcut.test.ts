import { expect, it } from "vitest";
import { matchesShortcut } from "./shortcut.ts";

const press = (key: string, held: Partial<KeyboardEvent> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

it("asks for exactly the modifiers named", () => {
  expect(matchesShortcut(press("Enter", { ctrlKey: true }), "mod+Enter", false)).toBe(true);
  expect(matchesShortcut(press("Enter"), "mod+Enter", false)).toBe(false);
  expect(matchesShortcut(press("w", { ctrlKey: true }), "w", false)).toBe(false);
  expect(matchesShortcut(press("w"), "w", false)).toBe(true);
  expect(matchesShortcut(press("W", { shiftKey: true }), "w", false)).toBe(false);
});

it("takes Command for Control on Apple systems, and nowhere else", () => {
  expect(matchesShortcut(press("k", { metaKey: true }), "mod+K", true)).toBe(true);
  expect(matchesShortcut(press("k", { ctrlKey: true }), "mod+K", true)).toBe(false);
  expect(matchesShortcut(press("k", { metaKey: true }), "mod+K", false)).toBe(false);
});

it("does not mind how a keyboard types a character", () => {
  expect(matchesShortcut(press("?", { shiftKey: true }), "shift+?", false)).toBe(true);
  expect(matchesShortcut(press("?"), "shift+?", false)).toBe(true);
  expect(matchesShortcut(press(" "), "space", false)).toBe(true);
});
