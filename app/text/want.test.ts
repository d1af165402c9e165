import { describe, expect, it } from "vitest";
import type { DatasetSummary } from "../../workers/api/text.ts";
import { keptFor, type TextSettings, wantOf } from "./want.ts";

const settings: TextSettings = {
  dataset: "file",
  path: "a.csv",
  trainFraction: 0.9,
  tokenizer: "character",
  vocabSize: 1_024,
  characters: 1_000_000,
  seed: 1,
};
const file = new File(["text\none\n"], "a.csv", { lastModified: 5 });
const none = { file: null, tokenizerFiles: [] };
const keyOf = (over: Partial<TextSettings>, inputs = { file, tokenizerFiles: [] as File[] }) =>
  wantOf({ ...settings, ...over }, inputs)?.key;

describe("wantOf", () => {
  it("wants nothing while a file is missing", () => {
    expect(wantOf(settings, none)).toBeNull();
    expect(keyOf({ tokenizer: "file" })).toBeUndefined();
    expect(wantOf({ ...settings, dataset: "tinyworld" }, none)?.request.source).toEqual({
      kind: "tinyworld",
      seed: 1,
      characters: 1_000_000,
    });
  });

  it("is the same while nothing that matters changes", () => {
    const key = keyOf({});
    expect(keyOf({ seed: 2, characters: 5, hash: "a", path: "b", vocabSize: 300 })).toBe(key);
    for (const over of [
      { column: "text" },
      { trainFraction: 0.8 },
      { tokenizer: "byte" },
      { tokenizer: "bpe" },
    ] as const)
      expect(keyOf(over)).not.toBe(key);
    expect(keyOf({ tokenizer: "bpe", vocabSize: 300 })).not.toBe(keyOf({ tokenizer: "bpe" }));
    const other = new File(["other"], "a.csv", { lastModified: 5 });
    expect(keyOf({}, { file: other, tokenizerFiles: [] })).not.toBe(key);
    const corpus = { dataset: "tinyworld" } as const;
    expect(keyOf({ ...corpus, seed: 2 })).not.toBe(keyOf(corpus));
    expect(keyOf({ ...corpus, trainFraction: 0.8 })).toBe(keyOf(corpus));
  });

  it("asks for the file that a hash names", () => {
    const want = wantOf({ ...settings, hash: "abc", column: "text" }, { file, tokenizerFiles: [] });
    expect(want?.request).toMatchObject({
      source: { kind: "file", file, column: "text" },
      expectedHash: "abc",
    });
  });
});

describe("keptFor", () => {
  const kept = (over: object = {}) =>
    ({
      source: { kind: "file", hash: "abc", column: "text" },
      split: { trainFraction: 0.9, by: "documents" },
      tokenizer: { kind: "bpe", vocabSize: 700, asked: { kind: "bpe", vocabSize: 1_024 } },
      ...over,
    }) as DatasetSummary;
  const wanted: TextSettings = { ...settings, hash: "abc", tokenizer: "bpe" };

  it("finds what is kept by the file's hash and the settings", () => {
    const dataset = kept();
    expect(keptFor(wanted, [kept({ split: { trainFraction: 0.8 } }), dataset])).toBe(dataset);
    expect(keptFor({ ...wanted, column: "text" }, [dataset])).toBe(dataset);
    for (const over of [
      { hash: "abd" },
      { hash: undefined },
      { column: "title" },
      { trainFraction: 0.5 },
      { tokenizer: "byte" },
      { vocabSize: 300 },
      { dataset: "tinyworld" },
    ] as const)
      expect(keptFor({ ...wanted, ...over }, [dataset])).toBeNull();
    expect(keptFor(wanted, null)).toBeNull();
  });
});
