import { FaultError } from "../../../kernels/core/fault.ts";
import { isDamaged, TextRule } from "./characters.ts";
import {
  type ColumnFacts,
  emptyColumn,
  type FormatFacts,
  requireTextColumn,
  sampleOf,
  suggestColumn,
  type TextFormat,
} from "./format.ts";
import { EncodingError } from "./parquet/encodings.ts";
import {
  type Chunk,
  damaged,
  type Leaf,
  type ParquetMetadata,
  readMetadata,
} from "./parquet/metadata.ts";
import { ThriftError } from "./parquet/thrift.ts";
import type { FileSource } from "./source.ts";

/** Columns of text of which samples are read. */
const SAMPLED_COLUMNS = 32;
const SAMPLES = 3;
/** Characters that a file of no size may hold, and what each of its bytes may add: see `FREE_ROWS`. */
const FREE_CHARACTERS = 32 << 20;
const CHARACTERS_PER_BYTE = 256;

/** Apache Parquet: a column of text, also inside structures (`translation.en`), read page by page. */
export const parquet: TextFormat = {
  title: "Parquet",
  extensions: ["parquet", "pq"],
  hasColumns: true,

  async inspect(source): Promise<FormatFacts> {
    const metadata = await readMetadata(source);
    const columns = await describeColumns(source, metadata);
    const column = suggestColumn(columns);
    const chosen = columns.find(({ name }) => name === column);
    return {
      columns,
      column,
      rows: metadata.rows,
      characters: chosen?.characters ?? 0,
      sample: chosen?.samples[0] ?? "",
    };
  },

  async *read(source: FileSource, wanted?: string) {
    const { name } = requireTextColumn(source, await parquet.inspect(source), wanted);
    const { leaves, chunks } = await readMetadata(source, name);
    const leaf = leaves.find((candidate) => candidate.name === name) as Leaf;
    let row = 0;
    const rule = new TextRule(source.name, Number.POSITIVE_INFINITY, () => `row ${row}`);
    const most = FREE_CHARACTERS + CHARACTERS_PER_BYTE * source.size;
    for (const [group, chunk] of chunks.entries())
      for await (const text of textsOf(source, leaf, chunk, group)) {
        row++;
        rule.add(text);
        if (rule.characters > most)
          throw damaged(source, `column "${name}": its texts repeat without end`);
        if (text !== "") yield { text, endsDocument: true };
      }
    if (rule.characters === 0) throw emptyColumn(source, name);
    rule.finish();
  },
};

const utf8 = new TextDecoder();

/** The values of a chunk that are not null. */
async function* textsOf(
  source: FileSource,
  leaf: Leaf,
  chunk: Chunk,
  group: number,
): AsyncGenerator<string, void, undefined> {
  // Fetched when the first parquet file is met.
  const { readChunk, UnknownCodec } = await import("./parquet/pages.ts");
  try {
    for await (const value of readChunk(source, leaf, chunk)) {
      const text = utf8.decode(value);
      yield text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    }
  } catch (error) {
    if (error instanceof UnknownCodec)
      throw new FaultError(
        "bad-data",
        `Column "${leaf.name}" of "${source.name}" must be stored plainly or with Snappy, gzip, Zstandard or LZ4; it is compressed with ${error.message}.`,
        "Write the file again with another compression.",
      );
    if (error instanceof EncodingError || error instanceof ThriftError)
      throw damaged(source, `row group ${group + 1}, column "${leaf.name}": ${error.message}`);
    throw error;
  }
}

async function describeColumns(
  source: FileSource,
  { leaves, leafBytes, first }: ParquetMetadata,
): Promise<readonly ColumnFacts[]> {
  const columns: ColumnFacts[] = [];
  let sampled = 0;
  for (const [i, leaf] of leaves.entries()) {
    const chunk = first[i];
    const samples =
      chunk && sampled++ < SAMPLED_COLUMNS ? await samplesOf(source, leaf, chunk) : [];
    // Bytes that nobody calls text are text where they read as such.
    const isText = leaf.isText || (leaf.isUnlabelled && samples.length > 0 && areReadable(samples));
    columns.push({
      name: leaf.name,
      type: isText ? "text" : leaf.type,
      isText,
      samples: isText ? samples.map((sample) => sampleOf(sample)) : [],
      characters: isText ? (leafBytes[i] as number) : 0,
    });
  }
  return columns;
}

async function samplesOf(source: FileSource, leaf: Leaf, chunk: Chunk): Promise<readonly string[]> {
  const samples: string[] = [];
  for await (const text of textsOf(source, leaf, chunk, 0)) {
    if (text !== "") samples.push(text);
    if (samples.length === SAMPLES) break;
  }
  return samples;
}

const areReadable = (samples: readonly string[]): boolean =>
  samples.every((sample) => {
    for (let i = 0; i < sample.length; i++) if (isDamaged(sample.charCodeAt(i))) return false;
    return true;
  });
