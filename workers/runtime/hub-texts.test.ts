// Datasets from a hub of this machine: what is offered, what is looked into, what is fetched once.
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startHub } from "../../scripts/hub-server.mjs";
import type { HubFileRef } from "../api/text.ts";
import { faultFrom } from "../testing/faults.ts";
import { MemoryDatasetStore } from "../testing/memory-datasets.ts";
import { MemoryDownloadStore } from "../testing/memory-downloads.ts";
import { HubLibrary, placeOf } from "./hub-texts.ts";
import { TextArea } from "./text-area.ts";

type Hub = Awaited<ReturnType<typeof startHub>>;

const texts = Array.from(
  { length: 4_000 },
  (_, i) => `document ${i} of the hub, ${"so long ".repeat(i % 40)}`,
);
const table = new Uint8Array(
  parquetWriteBuffer({
    columnData: [
      { name: "id", data: texts.map((_, i) => i) },
      { name: "story", data: texts, type: "STRING" },
    ],
    codec: "UNCOMPRESSED",
    rowGroupSize: 500,
  }),
);
const utf8 = (text: string) => new TextEncoder().encode(text);

let hub: Hub;
beforeAll(async () => {
  hub = await startHub();
  hub.add(
    "owner/stories",
    {
      "README.md": utf8("# Stories"),
      "data/train-00000-of-00001.parquet": table,
      "data/test-00000-of-00001.parquet": table.slice(0, 90),
      "small.jsonl": utf8('{"text":"one"}\n{"text":"two"}\n'),
      "picture.png": new Uint8Array(10),
    },
    { kind: "dataset" },
  );
  hub.add("owner/pictures", { "a.png": new Uint8Array(4) }, { kind: "dataset" });
  hub.add("owner/gated", { "a.txt": utf8("secret text") }, { kind: "dataset", token: "hf_x" });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.faults = [];
  hub.requests.length = 0;
});

const settings = () => ({ address: hub.address });
async function refOf(library: HubLibrary, path: string): Promise<HubFileRef> {
  const { files } = await library.list("owner/stories", settings());
  const found = files.find(({ ref }) => ref.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found.ref;
}
const TRAIN = "data/train-00000-of-00001.parquet";

describe("placeOf", () => {
  it.each([
    ["data/train-00000-of-00004.parquet", null, "train"],
    ["en/train-00000-of-00001.parquet", "en", "train"],
    ["wikitext-2-v1/validation-0.parquet", "wikitext-2-v1", "validation"],
    ["default/partial-train/0000.parquet", null, "train"],
    ["plain_text/test/0000.parquet", "plain_text", "test"],
    ["stories_valid.txt", null, "valid"],
    ["all.csv", null, null],
    ["constrained.txt", null, null],
  ])("%s", (path, config, split) => {
    expect(placeOf(path)).toEqual({ config, split });
  });
});

describe("HubLibrary", () => {
  it("offers what can be trained on", async () => {
    const library = new HubLibrary(new MemoryDownloadStore());
    const { repo, commit, files } = await library.list("owner/stories", settings());
    expect(repo).toBe("owner/stories");
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(files.map(({ ref, format, split }) => [ref.path, format, split])).toEqual([
      ["data/test-00000-of-00001.parquet", "parquet", "test"],
      ["data/train-00000-of-00001.parquet", "parquet", "train"],
      ["small.jsonl", "jsonl", null],
    ]);
  });

  it("looks into a file without fetching it", async () => {
    const library = new HubLibrary(new MemoryDownloadStore());
    const ref = await refOf(library, TRAIN);
    const facts = await library.inspect(ref);
    expect(facts).toMatchObject({ format: "parquet", column: "story", rows: 4_000 });
    expect(facts.columns[1]?.samples[0]).toContain("document 0");
    const ranges = hub.requests.filter(({ range }) => range !== null);
    expect(ranges.length).toBeGreaterThan(1);
    expect((await library.downloads()).length).toBe(0);
  });

  it("fetches a file once, and goes on with one that was broken off", async () => {
    const store = new MemoryDownloadStore();
    const library = new HubLibrary(store);
    const ref = await refOf(library, TRAIN);
    const aborter = new AbortController();
    hub.bytesPerMs = 2_000;
    const cut = library.fetch(
      ref,
      undefined,
      (bytes) => bytes > 0 && aborter.abort(),
      aborter.signal,
    );
    await expect(cut).rejects.toThrow();
    hub.bytesPerMs = null;
    const [left] = await library.downloads();
    expect(left).toMatchObject({ isWhole: false, ref: { path: TRAIN } });
    const seen: number[] = [];
    const file = await library.fetch(ref, undefined, (bytes) => seen.push(bytes));
    expect(seen[0]).toBe(left?.arrived);
    expect(file.name).toBe("train-00000-of-00001.parquet");
    expect(Buffer.compare(await file.slice(0, file.size), table)).toBe(0);
    hub.requests.length = 0;
    await library.fetch(ref, undefined, () => {});
    expect(hub.requests).toEqual([]);
    await library.delete((await library.downloads())[0]?.downloadId as string);
    expect(await library.downloads()).toEqual([]);
  });

  it("says what is wrong, and on which side", async () => {
    const library = new HubLibrary(new MemoryDownloadStore());
    expect(await faultFrom(library.list("owner/pictures", settings()))).toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("parquet, jsonl, csv or text"),
    });
    expect(await faultFrom(library.list("owner/none", settings()))).toMatchObject({ code: "hub" });
    expect(await faultFrom(library.list("owner/gated", settings()))).toMatchObject({ code: "hub" });
    const withToken = await library.list("owner/gated", { ...settings(), token: "hf_x" });
    expect(withToken.files.length).toBe(1);
    // A host without ranges: the end of the file cannot be looked at.
    hub.faults = [{ path: /train/, how: "no-ranges" }];
    const ref = await refOf(library, TRAIN);
    expect(await faultFrom(library.inspect(ref))).toMatchObject({
      code: "network",
      message: expect.stringContaining("must send parts"),
    });
    hub.faults = [{ path: /train/, how: "damaged" }];
    expect(await faultFrom(library.fetch(ref, undefined, () => {}))).toMatchObject({
      code: "network",
    });
  });
});

describe("a dataset of the hub", () => {
  it("is fetched, prepared and kept with where it came from", async () => {
    const area = new TextArea(new MemoryDatasetStore(), new HubLibrary(new MemoryDownloadStore()));
    const listed = await area.hubTexts("owner/stories", settings());
    if (!listed.ok) throw new Error(listed.fault.message);
    const ref = listed.value.files.find(({ ref }) => ref.path === TRAIN)?.ref as HubFileRef;
    const tasks = new Set<string>();
    const prepared = await area.prepare(
      {
        requestId: "1",
        source: { kind: "hub", ref, column: "story" },
        tokenizer: { kind: "byte" },
        trainFraction: 0.9,
      },
      ({ task }) => tasks.add(task),
    );
    if (!prepared.ok || !prepared.value) throw new Error(JSON.stringify(prepared));
    expect([...tasks]).toEqual(["download", "text", "tokenizer", "tokens"]);
    expect(prepared.value).toMatchObject({
      name: "train-00000-of-00001.parquet",
      source: { kind: "hub", column: "story", hub: { repo: "owner/stories", path: TRAIN } },
      counts: { documents: { train: 3_600, validation: 400 } },
    });
    const sample = await area.tokens(prepared.value.datasetId, "train", 0, 12);
    expect(sample.ok && sample.value.tokens.map(({ text }) => text).join("")).toBe("document 0 o");
    expect(sample.ok && sample.value.tokens[0]?.bytes).toBe("64");
  });
});
