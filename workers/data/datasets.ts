// The texts a run can be trained on, as a table: the catalogue and the forms are drawn from it.
import { FaultError } from "../../kernels/core/fault.ts";
import { generateText, METADATA } from "./corpora/tinyworld/tinyworld.ts";
import { decodeText } from "./text-file.ts";
import { splitsPair } from "./tokenizers/character.ts";

/** Texts that there are. */
export type DatasetName = "tinyworld" | "file";

/** Two texts that share nothing. */
interface TextParts {
  /** How messages call the text. */
  readonly name: string;
  readonly train: string;
  readonly validation: string;
}

interface DatasetOptions {
  readonly seed: number;
  /** Length of the training text, for a corpus that has no end. */
  readonly characters: number;
  /** Part of a file that is for training: its beginning. */
  readonly trainFraction: number;
  /** The text file, for `file`. */
  readonly file?: { readonly name: string; readonly bytes: Uint8Array };
}

export interface DatasetRow {
  readonly title: string;
  readonly description: string;
  readonly citation: { readonly text: string; readonly url: string } | null;
  /** @throws FaultError "bad-data" where the text cannot be used. */
  load(options: DatasetOptions): TextParts;
}

/** Validation text written beside the training text of an endless corpus. */
const VALIDATION_SHARE = 0.1;

export const DATASETS: { readonly [K in DatasetName]: DatasetRow } = {
  tinyworld: {
    title: METADATA.title,
    description: METADATA.description,
    citation: METADATA.citation,
    load: ({ seed, characters }) => ({
      name: METADATA.title,
      train: generateText(seed, characters, "train"),
      validation: generateText(seed, Math.ceil(characters * VALIDATION_SHARE), "validation"),
    }),
  },
  file: {
    title: "A text file",
    description:
      "A plain text file of your own. Its first part is for training, the rest for validation.",
    citation: null,
    load: ({ file, trainFraction }) => {
      if (!file)
        throw new FaultError(
          "bad-data",
          "A run on a file must be given one; there is none.",
          "Drop a text file into the page, or name it in data.path.",
        );
      return { name: file.name, ...splitText(decodeText(file.bytes, file.name), trainFraction) };
    },
  },
};

/**
 * The first part of a text and the rest, between two characters. The default is nanoGPT's.
 *
 * @param trainFraction share of the characters in the first part, above 0 and below 1.
 * @throws RangeError for another share.
 */
export function splitText(
  text: string,
  trainFraction = 0.9,
): { readonly train: string; readonly validation: string } {
  if (!(trainFraction > 0 && trainFraction < 1))
    throw new RangeError(
      `datasets: the training share must be above 0 and below 1; it is ${trainFraction}.`,
    );
  let cut = Math.floor(text.length * trainFraction);
  if (splitsPair(text, cut)) cut++;
  return { train: text.slice(0, cut), validation: text.slice(cut) };
}
