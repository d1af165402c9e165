import { describe, expect, it } from "vitest";
import { modelSchema } from "./model.ts";

const problems = (model: Record<string, unknown>): readonly string[] =>
  modelSchema.safeParse(model).error?.issues.map(({ message }) => message) ?? [];

describe("the heads of a model", () => {
  it.each([
    ["gpt2", 3],
    ["gpt_neo", 3],
    ["gpt_neox", 8],
    ["llama", 2],
    ["mistral", 2],
    ["qwen2", 2],
    ["qwen3", 2],
    ["gemma2", 2],
    ["gemma3_text", 2],
  ])("of %s may be %d wide", (family, width) => {
    expect(problems({ family, d_model: 4 * width, n_heads: 4 })).toEqual([]);
  });

  it.each([
    ["llama", 3, "must be a multiple of 2, because RoPE turns pairs; d_model / n_heads is 3"],
    ["gemma2", 5, "must be a multiple of 2"],
    ["gpt_neox", 12, "must be a multiple of 8, because RoPE turns pairs in a quarter of it"],
  ])("of %s may not be %d wide", (family, width, message) => {
    const [problem, ...others] = problems({ family, d_model: 4 * width, n_heads: 4 });
    expect(problem).toContain(message);
    expect(others).toEqual([]);
  });

  it("share keys and values only where the family's files can say so", () => {
    const grouped = { d_model: 64, n_heads: 4, n_kv_heads: 2 };
    for (const family of ["llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text"])
      expect(problems({ ...grouped, family })).toEqual([]);
    for (const family of ["gpt2", "gpt_neo", "gpt_neox"])
      expect(problems({ ...grouped, family })).toEqual([
        expect.stringContaining(`the ${family} family has as many key and value heads as heads`),
      ]);
  });
});
