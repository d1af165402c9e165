import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PRESETS } from "./presets.ts";

const names = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(`app/locales/${language}/language.json`, "utf8")).presetNames;

it("offers every preset there is", () => {
  const files = readdirSync("configs/presets/language").map((file) => file.replace(".yaml", ""));
  expect(Object.keys(PRESETS).sort()).toEqual(files.sort());
});

it("asks in English what the file asks, and has words for each in Chinese", () => {
  const english = names("en");
  const chinese = names("zh");
  for (const [id, preset] of Object.entries(PRESETS)) {
    expect(english[id]).toBe((preset as { question: string }).question);
    expect(chinese[id]).toMatch(/？$/);
  }
});
