// The browser's own store of prepared texts, on a file system and a database in memory: whatever is refused, cut
// off or torn on the way, a dataset is there whole or not at all, and everything can still be done.
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { bytesFile } from "../data/formats/source.ts";
import { failing } from "../node/testing/store-places.ts";
import { prepareDataset } from "../runtime/prepare-dataset.ts";
import { openDataset } from "../runtime/prepare-text.ts";
import { faultFrom } from "../testing/faults.ts";
import { MemoryOpfs } from "../testing/memory-opfs.ts";
import { type FaultMode, WriteFaults } from "../testing/write-faults.ts";
import { BrowserDatasetStore, DatasetDatabase } from "./browser-dataset-store.ts";

/** Locks among the tabs of one browser: shared ones go together, exclusive ones alone. */
class TabLocks {
  readonly held = new Map<string, { mode: LockMode; count: number; tab: number }[]>();

  ofTab(tab: number): Pick<LockManager, "request"> {
    const request = async (
      name: string,
      { mode = "exclusive" as LockMode, ifAvailable = false },
      work: (lock: object | null) => unknown,
    ) => {
      const holders = this.held.get(name) ?? [];
      const isFree = holders.length === 0 || (mode === "shared" && holders[0]?.mode === "shared");
      if (!isFree && ifAvailable) return work(null);
      if (!isFree) throw new Error(`${name} would be waited for`);
      const holder = { mode, count: 1, tab };
      this.held.set(name, [...holders, holder]);
      try {
        return await work({ name });
      } finally {
        this.held.set(
          name,
          (this.held.get(name) ?? []).filter((other) => other !== holder),
        );
      }
    };
    return { request } as unknown as Pick<LockManager, "request">;
  }

  /** The tab is gone, and its locks with it. */
  free(tab: number): void {
    for (const [name, holders] of this.held)
      this.held.set(
        name,
        holders.filter((holder) => holder.tab !== tab),
      );
  }
}

/** One browser: tabs come and go. */
function browser() {
  const opfs = new MemoryOpfs();
  const indexedDB = new IDBFactory();
  const locks = new TabLocks();
  let tabs = 0;
  const open = (faults = new WriteFaults()) => {
    const tab = ++tabs;
    const root = opfs.rootFor(faults);
    const places = { indexedDB, IDBKeyRange, root: async () => root, locks: locks.ofTab(tab) };
    const database = new DatasetDatabase(places);
    database.use(failing(faults));
    return {
      store: new BrowserDatasetStore(places, database),
      close: () => {
        database.close();
        locks.free(tab);
      },
    };
  };
  return { opfs, open };
}

const TEXT = "the cat sat on the mat. ".repeat(300);
const prepare = (store: BrowserDatasetStore, text = TEXT) =>
  prepareDataset({
    file: bytesFile(new TextEncoder().encode(text), "cats.txt"),
    trainFraction: 0.9,
    tokenizer: { kind: "character", vocabSize: 0 },
    store,
  });

/** Everything that is listed can be read to its end, and another one can be made. */
async function expectWhole(store: BrowserDatasetStore): Promise<void> {
  for (const record of await store.list()) {
    const text = await openDataset(store, record);
    const ids = new Uint32Array(text.train.length);
    text.train.read(0, ids);
    expect(text.tokenizer.decode(ids)).toBe(TEXT.slice(0, ids.length));
    text.close();
  }
  await prepare(store, `${TEXT}Another one.`);
}

describe("the browser's prepared texts", () => {
  it("are there for another tab, and gone when they are deleted", async () => {
    const { opfs, open } = browser();
    const first = open();
    const record = await prepare(first.store);
    expect(await prepare(first.store)).toEqual(record);
    first.close();
    const { store } = open();
    expect(await store.list()).toEqual([record]);
    await expectWhole(store);
    await store.delete(record.datasetId);
    expect(await store.get(record.datasetId)).toBeNull();
    expect(new Set(opfs.paths().map((path) => path.split("/")[1])).size).toBe(1);
    expect(await faultFrom(store.open(record.datasetId))).toMatchObject({ code: "storage" });
  });

  it("are read in two tabs at once, and not deleted meanwhile", async () => {
    const { open } = browser();
    const [one, two] = [open(), open()];
    const record = await prepare(one.store);
    const texts = [await openDataset(one.store, record), await openDataset(two.store, record)];
    expect(await faultFrom(one.store.delete(record.datasetId))).toMatchObject({
      code: "storage",
      message: expect.stringContaining('"cats.txt"'),
      hint: expect.stringContaining("another tab"),
    });
    for (const text of texts) text.close();
    await one.store.delete(record.datasetId);
    expect(await two.store.list()).toEqual([]);
  });

  it("are not swept away while another tab writes them", async () => {
    const { opfs, open } = browser();
    const [one, two] = [open(), open()];
    const writer = await one.store.create();
    await writer.append("train-00000", new Uint8Array(10));
    await prepare(two.store);
    expect(opfs.paths().filter((path) => path.endsWith("train-00000")).length).toBe(2);
    one.close();
    // Its tab is gone: now they are.
    await prepare(two.store, `${TEXT}More.`);
    expect(opfs.paths().filter((path) => path.endsWith("train-00000")).length).toBe(2);
    expect((await two.store.list()).length).toBe(2);
  });

  it("say of a file that was cut off what to do", async () => {
    const { opfs, open } = browser();
    const { store } = open();
    const record = await prepare(store);
    const path = opfs.paths().find((each) => each.endsWith("train-00000")) as string;
    opfs.damage(path, (bytes) => bytes.slice(0, 100));
    const text = await openDataset(store, record);
    const read = async () => text.train.read(0, new Uint32Array(200));
    expect(await faultFrom(read())).toMatchObject({
      code: "storage",
      hint: expect.stringContaining("prepare the file again"),
    });
    text.close();
  });

  it.each<FaultMode>(["throw", "die", "tear"])(
    "are whole or not there after any write that may %s",
    async (mode) => {
      const life = async (store: BrowserDatasetStore) => {
        const record = await prepare(store);
        await store.delete(record.datasetId);
        await prepare(store);
      };
      const counted = new WriteFaults();
      const whole = browser().open(counted);
      await life(whole.store);
      whole.close();
      expect(counted.writes).toBeGreaterThan(15);
      for (let at = 1; at <= counted.writes; at++) {
        const { opfs, open } = browser();
        const faults = new WriteFaults(at, mode);
        const first = open(faults);
        const end = await Promise.race([
          life(first.store).then(
            () => "done",
            (error: unknown) => error,
          ),
          faults.death,
        ]);
        expect(end, `${mode} at write ${at}`).not.toBe("done");
        first.close();
        const second = open();
        await expectWhole(second.store);
        // Folders are those that records name: what was begun is swept.
        const folders = new Set(opfs.paths().map((path) => path.split("/")[1]));
        expect(folders.size, `${mode} at write ${at}`).toBe((await second.store.list()).length);
        second.close();
      }
    },
    60_000,
  );
});
