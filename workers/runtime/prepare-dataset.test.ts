import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { bytesFile, type FileSource } from "../data/formats/source.ts";
import { splitsPair } from "../data/tokenizers/character.ts";
import { fromTokenizerJson } from "../data/tokenizers/tokenizer-json.ts";
import { tokenizerOf } from "../data/tokenizers/tokenizers.ts";
import { faultFrom } from "../testing/faults.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { GPT2 } from "../testing/tokenizer-files.ts";
import { type PrepareDatasetOptions, prepareDataset } from "./prepare-dataset.ts";
import { openDataset } from "./prepare-text.ts";

const CHARACTERS = { kind: "character", vocabSize: 0 } as const;
const file = (name: string, content: string | ArrayBuffer): FileSource =>
  bytesFile(
    typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content),
    name,
  );
const STORY = "Once upon a time, 🚀 there was a Gruß.\r\n".repeat(300);

/** Prepares a file, opens it again, and gives both parts as text. */
async function prepare(
  source: FileSource,
  over: Partial<PrepareDatasetOptions> = {},
  store = new MemoryDatasetStore(),
) {
  const record = await prepareDataset({
    file: source,
    trainFraction: 0.9,
    tokenizer: CHARACTERS,
    store,
    ...over,
  });
  const text = await openDataset(store, record);
  const idsOf = (part: "train" | "validation") => {
    const ids = new Uint32Array(text[part].length);
    text[part].read(0, ids);
    return ids;
  };
  const decode = (part: "train" | "validation") => text.tokenizer.decode(idsOf(part));
  return { record, store, text, idsOf, train: decode("train"), validation: decode("validation") };
}

describe("prepareDataset", () => {
  it("cuts one text at a place, and tells what it has made", async () => {
    const { record, train, validation, store } = await prepare(file("story.txt", STORY));
    const whole = STORY.replaceAll("\r\n", "\n");
    let cut = Math.floor(whole.length * 0.9);
    if (splitsPair(whole, cut)) cut++;
    expect(train).toBe(whole.slice(0, cut));
    expect(validation).toBe(whole.slice(cut));
    const { counts } = record;
    expect(record).toMatchObject({
      name: "story.txt",
      source: { format: "text", column: null, bytes: new Blob([STORY]).size },
      tokenizer: { kind: "character" },
      split: { trainFraction: 0.9, by: "position" },
      tokenBytes: 2,
    });
    expect(counts).toMatchObject({
      characters: whole.length,
      documents: null,
      validationBytes: new Blob([validation]).size,
    });
    expect(counts.trainTokens).toBe([...train].length);
    expect(await store.list()).toEqual([record]);
    expect(store.writing).toBe(0);
  });

  it("cuts at every place as it would with the whole in memory", async () => {
    for (const fraction of [0.5, 0.501, 0.502, 0.503, 0.99]) {
      const text = "ab🚀".repeat(500);
      const { train, validation } = await prepare(file("a.txt", text), {
        trainFraction: fraction,
      });
      let cut = Math.floor(text.length * fraction);
      if (splitsPair(text, cut)) cut++;
      expect([train.length, validation.length]).toEqual([cut, text.length - cut]);
    }
  });

  it.each(["character", "byte", "bpe"] as const)(
    "learns the tokenizer that the whole text gives: %s",
    async (kind) => {
      const { text, idsOf, train } = await prepare(file("a.txt", STORY), {
        tokenizer: { kind, vocabSize: 300 },
      });
      const whole = await tokenizerOf(kind, STORY.replaceAll("\r\n", "\n"), { vocabSize: 300 });
      expect(text.tokenizer.toJSON()).toEqual(whole.toJSON());
      expect([...idsOf("train")]).toEqual([...whole.encode(train)]);
    },
  );

  it("splits rows as documents, each with the sign of its end", async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `document ${i}.\nIts text`);
    const jsonl = texts.map((text) => JSON.stringify({ id: "x", text })).join("\n");
    const csv = `id,text\n${texts.map((text, i) => `n${i},"${text}"`).join("\n")}`;
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: "id", data: texts.map((_, i) => i) },
        { name: "text", data: texts, type: "STRING" },
      ],
    });
    const seen: string[][] = [];
    for (const source of [file("a.jsonl", jsonl), file("a.csv", csv), file("a.parquet", parquet)]) {
      const { record, train, validation, text } = await prepare(source);
      expect(record.source.column).toBe("text");
      expect(record.split.by).toBe("documents");
      expect(record.counts.documents).toEqual({ train: 180, validation: 20 });
      const { eos } = text.tokenizer.specials;
      expect(text.tokenizer.decode([eos ?? -1])).toBe("<|endoftext|>");
      const parts = [train, validation].flatMap((part) => part.split("<|endoftext|>"));
      expect(parts.filter((part) => part !== "").toSorted()).toEqual(texts.toSorted());
      expect(validation.endsWith("<|endoftext|>")).toBe(true);
      seen.push([train, validation]);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it("takes the column that it is told", async () => {
    const csv = file("a.csv", `a,b\n${"one,two\n".repeat(50)}`);
    expect((await prepare(csv, { column: "b" })).train).toMatch(/^(two<\|endoftext\|>)+$/);
    expect(await faultFrom(prepare(csv, { column: "c" }))).toMatchObject({ code: "bad-data" });
  });

  it("uses a tokenizer that is given, with ids of four bytes where it has many", async () => {
    const given = fromTokenizerJson(GPT2.json, GPT2.config);
    const { record, idsOf, train } = await prepare(file("a.txt", STORY), { tokenizer: { given } });
    expect(record.tokenizer.kind).toBe("huggingface");
    expect([...idsOf("train")]).toEqual([...given.encode(train)]);

    const vocab = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`w${i}`, i]));
    const large = fromTokenizerJson({
      ...GPT2.json,
      added_tokens: [],
      post_processor: null,
      pre_tokenizer: { type: "WhitespaceSplit" },
      decoder: null,
      model: { type: "WordLevel", vocab, unk_token: "w0" },
    });
    const numbers = Array.from({ length: 300 }, (_, i) => `w${(i * 7_919) % 70_000}`).join(" ");
    const wide = await prepare(file("b.txt", numbers), { tokenizer: { given: large } });
    expect(wide.record.tokenBytes).toBe(4);
    expect([...wide.idsOf("train"), ...wide.idsOf("validation")].slice(0, 260)).toEqual(
      [...large.encode(numbers)].slice(0, 260),
    );
  });

  it("makes nothing twice, and knows what is the same however it came", async () => {
    const store = new MemoryDatasetStore();
    const first = await prepare(file("a.txt", STORY), {}, store);
    const tasks = new Set<string>();
    const again = await prepare(
      file("renamed.txt", STORY),
      { onProgress: ({ task }) => tasks.add(task) },
      store,
    );
    expect(again.record).toBe(first.record);
    expect([...tasks]).toEqual(["text"]);
    const given = await prepare(
      file("a.txt", STORY),
      { tokenizer: { given: first.text.tokenizer } },
      store,
    );
    expect(given.record.datasetId).toBe(first.record.datasetId);
    const other = await prepare(file("a.txt", STORY), { trainFraction: 0.8 }, store);
    expect(other.record.datasetId).not.toBe(first.record.datasetId);
    expect((await store.list()).length).toBe(2);
  });

  it("refuses another file than the expected one, naming both", async () => {
    const { record } = await prepare(file("a.txt", STORY));
    const expectedHash = record.source.hash;
    expect(await faultFrom(prepare(file("a.txt", STORY), { expectedHash }))).toBeNull();
    expect(await faultFrom(prepare(file("a.txt", `${STORY}.`), { expectedHash }))).toMatchObject({
      code: "bad-data",
      message: expect.stringContaining(`SHA-256 ${expectedHash.slice(0, 12)}`),
      hint: expect.stringContaining("original file"),
    });
  });

  it("hashes as everyone does", async () => {
    const { record } = await prepare(file("a.txt", "abc".repeat(50)));
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode("abc".repeat(50)),
    );
    expect(record.source.hash).toBe(Buffer.from(digest).toString("hex"));
  });

  it("leaves nothing behind when it fails or is stopped", async () => {
    const store = new MemoryDatasetStore();
    const broken = `text\n${"fine\n".repeat(300)}"open`;
    expect(await faultFrom(prepare(file("a.csv", broken), {}, store))).toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("line 302"),
    });
    // Too short: validation gets nothing.
    expect(await faultFrom(prepare(file("a.csv", "text\nab"), {}, store))).toMatchObject({
      message: expect.stringContaining("Training and validation must each get a part"),
    });
    for (const task of ["text", "tokenizer", "tokens"]) {
      const aborter = new AbortController();
      const work = prepare(
        file("a.txt", STORY.repeat(20)),
        {
          tokenizer: { kind: "bpe", vocabSize: 300 },
          signal: aborter.signal,
          onProgress: (progress) => {
            if (progress.task === task) aborter.abort(new Error("enough"));
          },
        },
        store,
      );
      await expect(work).rejects.toThrow("enough");
    }
    expect(await store.list()).toEqual([]);
    expect(store.writing).toBe(0);
  });

  it("reports every task to its end", async () => {
    const last = new Map<string, number>();
    await prepare(file("a.txt", STORY.repeat(10)), {
      tokenizer: { kind: "bpe", vocabSize: 300 },
      onProgress: ({ task, done, total }) => {
        expect(done).toBeGreaterThanOrEqual(0);
        expect(done).toBeLessThanOrEqual(total);
        last.set(task, done / total);
      },
    });
    expect([...last]).toEqual([
      ["text", 1],
      ["tokenizer", 1],
      ["tokens", 1],
    ]);
  });
});
