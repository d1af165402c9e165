import * as z from "../zod.ts";
import { choice, integer, real } from "./field.ts";

/** Where the text comes from and how it becomes tokens. */
export const dataSchema = z
  .strictObject({
    dataset: choice(["tinyworld", "file"], "tinyworld", {
      help: "The built-in corpus, or a text file of your own.",
    }),
    path: z
      .string()
      .optional()
      .meta({ help: "Path or name of the text file, when dataset is `file`." }),
    characters: integer(10_000, 50_000_000, 1_000_000, {
      help: "How much of the built-in corpus to write for training.",
      unit: "characters",
    }),
    train_fraction: real(0.5, 0.99, 0.9, {
      help: "The first part of a file, used for training; the rest is for validation.",
    }),
    tokenizer: choice(["character", "byte", "bpe"], "character", {
      help: "What one token is. BPE is trained on the text before the run starts.",
    }),
    vocab_size: integer(257, 65_536, 1_024, {
      help: "Size of the BPE vocabulary; other tokenizers set their own.",
      unit: "tokens",
    }),
  })
  .superRefine((data, context) => {
    if (data.dataset === "file" && data.path === undefined)
      context.addIssue({
        code: "custom",
        path: ["path"],
        message: "a file dataset needs data.path; name a text file, or choose dataset tinyworld",
      });
  });
