import { describe, expect, it } from "vitest";
import { GPT2, LLAMA2 } from "../testing/tokenizer-files.ts";
import { StreamEncoder } from "./encode-stream.ts";
import { splitsPair } from "./tokenizers/character.ts";
import type { Tokenizer } from "./tokenizers/tokenizer.ts";
import { fromTokenizerJson } from "./tokenizers/tokenizer-json.ts";
import { tokenizerOf } from "./tokenizers/tokenizers.ts";

const words = [
  "hello",
  "the end",
  "Grüße",
  "漢字，漢字",
  "🚀",
  "don't",
  "12,5",
  "\n\n",
  "x",
  "<end>",
];
/** A text of many borders, of about 90,000 characters. */
const TEXT = Array.from(
  { length: 20_000 },
  (_, i) => `${words[(i * i) % words.length]}${i % 5 ? " " : ""}`,
).join("");

function encodeInPieces(tokenizer: Tokenizer, text: string, length: number): number[] {
  const encoder = new StreamEncoder(tokenizer);
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + length, text.length);
    if (splitsPair(text, end)) end++;
    for (const some of encoder.push(text.slice(at, end))) ids.push(...some);
    at = end;
  }
  return [...ids, ...encoder.finish()];
}

describe("StreamEncoder", () => {
  it.each(["character", "byte", "bpe"] as const)(
    "gives the ids of the whole text: %s, with and without special tokens",
    async (kind) => {
      for (const specials of [{}, { eos: "<end>" }]) {
        const tokenizer = await tokenizerOf(kind, TEXT, { vocabSize: 300, specials });
        const whole = [...tokenizer.encode(TEXT)];
        for (const length of [1_000, 70_001])
          expect(encodeInPieces(tokenizer, TEXT, length)).toEqual(whole);
      }
    },
  );

  it("gives the ids of the whole text with a byte-level tokenizer of others", () => {
    const tokenizer = fromTokenizerJson(GPT2.json, GPT2.config);
    expect(tokenizer.kind).toBe("huggingface");
    expect(encodeInPieces(tokenizer, TEXT, 30_000)).toEqual([...tokenizer.encode(TEXT)]);
  });

  it("cuts at line ends where a tokenizer allows no cut, and loses no text", () => {
    const tokenizer = fromTokenizerJson(LLAMA2.json, LLAMA2.config);
    const lines = "hello the end of a line\n".repeat(12_000);
    const encoder = new StreamEncoder(tokenizer);
    const texts: string[] = [];
    for (const ids of encoder.push(lines)) texts.push(tokenizer.decode(ids));
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.every((text) => text.endsWith("\n"))).toBe(true);
    texts.push(tokenizer.decode(encoder.finish()));
    expect(texts.join("")).toBe(lines);
  });

  it("holds no text without a border for ever, and cuts no character", async () => {
    const text = "a🚀".repeat(500_000);
    const tokenizer = await tokenizerOf("bpe", "a🚀a🚀", { vocabSize: 257 });
    const encoder = new StreamEncoder(tokenizer);
    let back = "";
    for (const ids of encoder.push(text)) back += tokenizer.decode(ids);
    expect(back.length).toBeGreaterThan(1_000_000);
    expect(back + tokenizer.decode(encoder.finish())).toBe(text);
  });
});
