import * as z from "../zod.ts";
import { choice, integer, optionalText, real } from "./field.ts";
import { refuse } from "./issues.ts";

/** Where the text comes from and how it becomes tokens. */
export const dataSchema = z
  .strictObject({
    dataset: choice(["tinyworld", "file"], "tinyworld", {
      help: "The built-in corpus, or a file of your own: plain text, Markdown, jsonl, csv or parquet.",
      importance: "main",
    }),
    path: optionalText(4_096, {
      help: "Path or name of the file.",
      when: { "data.dataset": ["file"] },
      empty: "A file must be named.",
    }),
    column: optionalText(1_000, {
      help: "Column of a csv or parquet file, or key of a jsonl file (nested keys dotted), that holds the text.",
      when: { "data.dataset": ["file"] },
      empty: "The column that is called text, or else the one with the longest texts.",
    }),
    hash: optionalText(64, {
      help: "SHA-256 of the file, in hex: another file of the same name is then refused.",
      when: { "data.dataset": ["file"] },
      empty: "Any file of that name will do.",
    }),
    characters: integer(10_000, 50_000_000, 1_000_000, {
      help: "How much of the built-in corpus to write for training.",
      unit: "characters",
      when: { "data.dataset": ["tinyworld"] },
    }),
    train_fraction: real(0.5, 0.99, 0.9, {
      help: "Part of a file that is for training, the rest being for validation: its beginning, or, where each row is a document, some of every stretch of rows.",
      step: 0.01,
      when: { "data.dataset": ["file"] },
    }),
    tokenizer: choice(["character", "byte", "bpe", "file"], "character", {
      help: "What one token is. BPE is trained on the text before the run starts, on an even sample of it where it has more than 8 million characters. A tokenizer.json of a published model can be used as well.",
      importance: "main",
    }),
    vocab_size: integer(257, 65_536, 1_024, {
      help: "Size of the BPE vocabulary; other tokenizers set their own.",
      unit: "tokens",
      importance: "main",
      when: { "data.tokenizer": ["bpe"] },
    }),
    tokenizer_path: optionalText(4_096, {
      help: "Path or name of a tokenizer.json; tokenizer_config.json beside it is read too.",
      when: { "data.tokenizer": ["file"] },
      empty: "A tokenizer must be named.",
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
    if (data.tokenizer === "file" && data.tokenizer_path === undefined)
      refuse(context, {
        path: "tokenizer_path",
        code: "tokenizerPath",
        params: {},
        message:
          "a tokenizer of a file needs data.tokenizer_path; name a tokenizer.json, or choose another tokenizer",
      });
  });
