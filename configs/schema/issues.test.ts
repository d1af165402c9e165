import { describe, expect, it } from "vitest";
import { parseLanguageConfig } from "./language.ts";

function issues(input: Record<string, unknown>) {
  const parsed = parseLanguageConfig({ lab: "language", ...input });
  return parsed.ok ? [] : parsed.issues;
}

describe("what is wrong with a config", () => {
  it.each([
    [
      { train: { max_steps: 0 } },
      "train.max_steps",
      "whole",
      "must be a whole number between 1 and 10000000; it is 0",
    ],
    [
      { train: { max_steps: 2.5 } },
      "train.max_steps",
      "whole",
      "must be a whole number between 1 and 10000000; it is 2.5",
    ],
    [
      { train: { max_steps: "ten" } },
      "train.max_steps",
      "whole",
      'must be a whole number between 1 and 10000000; it is "ten"',
    ],
    [
      { optim: { beta1: 2 } },
      "optim.beta1",
      "number",
      "must be a number between 0 and 0.9999; it is 2",
    ],
    [
      { data: { tokenizer: "words" } },
      "data.tokenizer",
      "option",
      'must be one of character, byte, bpe, file; it is "words"',
    ],
    [{ model: { bias: "yes" } }, "model.bias", "flag", 'must be true or false; it is "yes"'],
    [{ sample: { prompt: 7 } }, "sample.prompt", "text", "must be a text; it is 7"],
    [
      { title: "x".repeat(201) },
      "title",
      "tooLong",
      "must have at most 200 characters; it has 201",
    ],
    [{ optim: 3 }, "optim", "section", "must hold fields and their values; it is 3"],
    [{ lab: "sae" }, "lab", "constant", 'must be language; it is "sae"'],
    [
      { model: { n_heads: 5 } },
      "model.n_heads",
      "headsDivide",
      "n_heads must divide d_model; d_model is 64, n_heads 5. Choose a divisor",
    ],
    [
      { data: { dataset: "file" } },
      "data.path",
      "filePath",
      "a file dataset needs data.path; name a text file, or choose dataset tinyworld",
    ],
  ])("is told with its place, its code and what was met: %j", (input, path, code, message) => {
    expect(issues(input)).toEqual([{ path, code, message, params: expect.any(Object) }]);
  });

  it("has the numbers of the message beside it", () => {
    expect(issues({ model: { n_heads: 5 } })[0]?.params).toEqual({ d_model: 64, n_heads: 5 });
    expect(issues({ train: { batch_size: 0 } })[0]?.params).toEqual({ min: 1, max: 4096 });
  });
});

describe("a field that there is not", () => {
  it.each([
    [{ train: { max_step: 5 } }, "train.max_step", "max_steps"],
    [{ optim: { learnin_rate: 1 } }, "optim.learnin_rate", "learning_rate"],
    [{ optm: {} }, "optm", "optim"],
    [{ model: { nlayers: 2 } }, "model.nlayers", "n_layers"],
  ])("is told with the nearest one: %j", (input, path, nearest) => {
    const [issue] = issues(input);
    expect(issue).toMatchObject({ path, code: "unknown", params: { nearest } });
    expect(issue?.message).toContain(`Is it ${nearest}?`);
  });

  it("is told without one where none is near", () => {
    const [issue] = issues({ train: { colour: "blue" } });
    expect(issue).toEqual({
      path: "train.colour",
      code: "unknown",
      params: { key: "colour" },
      message: "must be a field that there is; colour is none",
    });
  });
});
