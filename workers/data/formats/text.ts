import { readCharacters, TextRule } from "./characters.ts";
import { type FormatFacts, HEAD_BYTES, sampleOf, type TextFormat } from "./format.ts";
import type { FileSource } from "./source.ts";

/** Plain text, Markdown, and whatever else is read as it stands. */
export const text: TextFormat = {
  title: "Plain text",
  extensions: ["txt", "md", "text", "markdown"],
  hasColumns: false,

  async inspect(source): Promise<FormatFacts> {
    const head = Math.min(source.size, HEAD_BYTES);
    const rule = new TextRule(source.name, head);
    let sample = "";
    for await (const piece of readCharacters(source, head)) {
      rule.add(piece);
      if (sample === "") sample = sampleOf(piece);
    }
    rule.finish();
    if (head === source.size) rule.requireVariety();
    return {
      columns: [],
      column: null,
      rows: null,
      characters: Math.round((rule.characters * source.size) / Math.max(head, 1)),
      sample,
    };
  },

  async *read(source: FileSource) {
    const rule = new TextRule(source.name, source.size);
    for await (const piece of readCharacters(source)) {
      rule.add(piece);
      yield { text: piece, endsDocument: false };
    }
    rule.finish();
    rule.requireVariety();
  },
};
