// The settings most worth changing, in the order of the form.

import { describeField, type FieldDescription } from "../../../configs/schema/describe.ts";
import { languageSchema } from "../../../configs/schema/language.ts";

export const FIELDS = [
  "data.dataset",
  "data.tokenizer",
  "data.vocab_size",
  "model.preset",
  "seed",
  "train.max_steps",
  "train.batch_size",
  "optim.learning_rate",
] as const;

export type FieldPath = (typeof FIELDS)[number];

export const isFieldPath = (path: string): path is FieldPath =>
  (FIELDS as readonly string[]).includes(path);

/** What the schema says of each. */
export const DESCRIPTIONS: Readonly<Record<FieldPath, FieldDescription>> = Object.fromEntries(
  FIELDS.map((path) => [path, describeField(languageSchema, path)]),
) as Record<FieldPath, FieldDescription>;
