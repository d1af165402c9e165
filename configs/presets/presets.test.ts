// Every file in the folders of presets: a new one is picked up here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseLanguageConfig } from "../schema/language.ts";

const FOLDER = join(import.meta.dirname, "language");
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
const contents = files.map((file) => readFileSync(join(FOLDER, file), "utf8"));

describe.each(files.map((file, i) => [file, contents[i] as string]))("preset %s", (_, text) => {
  const parsed = parseLanguageConfig(parse(text));

  it("is a config without a fault", () => {
    expect(parsed.ok ? [] : parsed.issues).toEqual([]);
  });

  it("begins with what it is for, and asks a question", () => {
    expect(text).toMatch(/^# \S.{20,}/);
    expect(parsed.ok && parsed.config.question).toMatch(/\?$/);
    expect(parsed.ok && parsed.config.title).not.toBe("Untitled");
  });
});

it("no two presets share a title or a question", () => {
  for (const field of ["title", "question"])
    expect(new Set(contents.map((text) => parse(text)[field])).size).toBe(files.length);
});
