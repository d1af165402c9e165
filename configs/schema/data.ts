import * as z from "../zod.ts";
import { choice, integer, optionalText, real } from "./field.ts";
import { refuse } from "./issues.ts";

/** Where the text comes from and how it becomes tokens. */
export const dataSchema = z
  .strictObject({
    dataset: choice(["tinyworld", "file"], "tinyworld", {
      help: "The built-in corpus, or a text file of your own.",
      importance: "main",
    }),
    path: optionalText(4_096, {
      help: "Path or name of the text file, when dataset is `file`.",
      when: { "data.dataset": ["file"] },
      empty: "A file must be named.",
    }),
    characters: integer(10_000, 50_000_000, 1_000_000, {
      help: "How much of the built-in corpus to write for training.",
      unit: "characters",
      when: { "data.dataset": ["tinyworld"] },
    }),
    train_fraction: real(0.5, 0.99, 0.9, {
      help: "The first part of a file, used for training; the rest is for validation.",
      step: 0.01,
      when: { "data.dataset": ["file"] },
    }),
    tokenizer: choice(["character", "byte", "bpe"], "character", {
      help: "What one token is. BPE is trained on the text before the run starts.",
      importance: "main",
    }),
    vocab_size: integer(257, 65_536, 1_024, {
      help: "Size of the BPE vocabulary; other tokenizers set their own.",
      unit: "tokens",
      importance: "main",
      when: { "data.tokenizer": ["bpe"] },
    }),
  })
  .superRefine((data, context) => {
    if (data.dataset === "file" && data.path === undefined)
      refuse(context, {
        path: "path",
        code: "filePath",
        params: {},
        message: "a file dataset needs data.path; name a text file, or choose dataset tinyworld",
      });
  });
