// The texts a run can be trained on, as a table: the catalogue and the forms are drawn from it.
import { generateText, METADATA } from "./corpora/tinyworld/tinyworld.ts";

/** Texts that there are. */
export type DatasetName = "tinyworld" | "file";

/** Two texts that share nothing. */
interface TextParts {
  readonly train: string;
  readonly validation: string;
}

interface CorpusSize {
  readonly seed: number;
  /** Length of the training text: a corpus has no end. */
  readonly characters: number;
}

interface DatasetRow {
  readonly title: string;
  readonly description: string;
  readonly citation: { readonly text: string; readonly url: string } | null;
}

/** A text that is written here. */
interface CorpusRow extends DatasetRow {
  write(size: CorpusSize): TextParts;
}

/** Validation text written beside the training text of an endless corpus. */
const VALIDATION_SHARE = 0.1;

export const DATASETS: {
  readonly [K in DatasetName]: K extends "file" ? DatasetRow : CorpusRow;
} = {
  tinyworld: {
    title: METADATA.title,
    description: METADATA.description,
    citation: METADATA.citation,
    write: ({ seed, characters }) => ({
      train: generateText(seed, characters, "train"),
      validation: generateText(seed, Math.ceil(characters * VALIDATION_SHARE), "validation"),
    }),
  },
  file: {
    title: "A file of your own",
    description:
      "Plain text, Markdown, or a column of a jsonl, csv or parquet file. Part of it is for training, the rest for validation.",
    citation: null,
  },
};
