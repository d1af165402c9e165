import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareDataset } from "../runtime/prepare-dataset.ts";
import { openDataset } from "../runtime/prepare-text.ts";
import { faultFrom } from "../testing/faults.ts";
import { FolderDatasetStore } from "./folder-dataset-store.ts";
import { NodeFile } from "./node-file.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitrine-datasets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const TEXT = "the cat sat on the mat. ".repeat(500);

async function prepare(store: FolderDatasetStore) {
  const path = join(folder, "cats.txt");
  await writeFile(path, TEXT);
  const file = await NodeFile.at(path);
  const record = await prepareDataset({
    file,
    trainFraction: 0.9,
    tokenizer: { kind: "byte", vocabSize: 0 },
    store,
  });
  await file.close();
  return record;
}

describe("FolderDatasetStore", () => {
  it("keeps a dataset for another process, and reads it where it lies", async () => {
    const root = join(folder, "datasets");
    const record = await prepare(new FolderDatasetStore(root));
    const store = new FolderDatasetStore(root);
    expect(await store.list()).toEqual([record]);
    expect(await store.get(record.datasetId)).toEqual(record);
    const text = await openDataset(store, record);
    const ids = new Uint32Array(12);
    text.train.read(4, ids);
    expect(text.tokenizer.decode(ids)).toBe("cat sat on t");
    text.close();
    await store.delete(record.datasetId);
    expect(await store.list()).toEqual([]);
    expect(await faultFrom(store.open(record.datasetId))).toMatchObject({ code: "storage" });
  });

  it("lets nothing exist before its commit, and sweeps what a kill left", async () => {
    const root = join(folder, "datasets");
    const store = new FolderDatasetStore(root);
    const writer = await store.create();
    await writer.append("train-00000", new Uint8Array(100));
    const [left] = await readdir(root);
    expect(await store.list()).toEqual([]);
    await writer.abort();
    // As a kill leaves it.
    await mkdir(join(root, left as string));
    await writeFile(join(root, left as string, "train-00000"), "half");
    await prepare(store);
    const names = await readdir(root);
    expect(names.length).toBe(1);
    expect(names[0]).not.toContain("partial");
  });

  it("says of a file that is too short what to do", async () => {
    const store = new FolderDatasetStore(join(folder, "datasets"));
    const record = await prepare(store);
    await truncate(join(store.root, record.datasetId, "train-00000"), 1_000);
    const text = await openDataset(store, record);
    text.train.read(0, new Uint32Array(500));
    const read = async () => text.train.read(400, new Uint32Array(500));
    expect(await faultFrom(read())).toMatchObject({
      code: "storage",
      hint: expect.stringContaining("prepare the file again"),
    });
    text.close();
  });

  it("keeps the first of two that are the same", async () => {
    const store = new FolderDatasetStore(join(folder, "datasets"));
    const record = await prepare(store);
    const writer = await store.create();
    await writer.append("train-00000", new Uint8Array(10));
    await writer.commit({ ...record, name: "other" });
    expect((await store.list()).map(({ name }) => name)).toEqual(["cats.txt"]);
    expect((await readdir(store.root)).length).toBe(1);
  });
});
