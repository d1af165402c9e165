import { beforeEach, expect, it } from "vitest";
import { offerUndo, undoLast, undoStore } from "./undo.ts";

const log: string[] = [];
const entry = (label: string) => ({ label, undo: () => log.push(label) });

beforeEach(() => {
  undoStore.setState({ done: [] });
  log.length = 0;
});

it("takes things back newest first, each once", async () => {
  offerUndo(entry("a"));
  offerUndo(entry("b"));
  await undoLast();
  await undoLast();
  await undoLast();
  expect(log).toEqual(["b", "a"]);
});

it("takes back one that is named, and nothing whose time is over", async () => {
  const first = entry("a");
  offerUndo(first);
  const forget = offerUndo(entry("b"));
  forget();
  await undoLast(first);
  await undoLast(first);
  expect(log).toEqual(["a"]);
  expect(undoStore.getState().done).toEqual([]);
});

it("forgets the oldest of many", async () => {
  for (let i = 0; i < 30; i++) offerUndo(entry(String(i)));
  expect(undoStore.getState().done.map(({ label }) => label)[0]).toBe("10");
});
