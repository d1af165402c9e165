// The formats that a text may come in, as a table.
import { csv } from "./csv.ts";
import type { TextFormat } from "./format.ts";
import { jsonl } from "./jsonl.ts";
import { parquet } from "./parquet.ts";
import type { FileSource } from "./source.ts";
import { text } from "./text.ts";

/** Formats that there are. */
export type FormatName = "text" | "jsonl" | "csv" | "parquet";

export const FORMATS: { readonly [K in FormatName]: TextFormat } = { text, jsonl, csv, parquet };

/** The format of a file, by the ending of its name; what has none that is known is read as it stands. */
export function formatOf({ name }: Pick<FileSource, "name">): FormatName {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const found = (Object.keys(FORMATS) as FormatName[]).find((format) =>
    FORMATS[format].extensions.includes(ending),
  );
  return found ?? "text";
}
