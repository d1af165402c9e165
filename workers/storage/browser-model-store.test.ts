// The browser's own store of models, on a file system and a database in memory: whatever is refused, cut off or
// torn on the way, what is found afterwards is whole, and everything can still be done.
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { failing } from "../node/testing/store-places.ts";
import { MemoryOpfs } from "../testing/memory-opfs.ts";
import { CONTENT, keep, modelOf, wholeLife } from "../testing/model-lives.ts";
import { type FaultMode, WriteFaults } from "../testing/write-faults.ts";
import { ModelDatabase, openBrowserModels } from "./browser-model-store.ts";
import type { ModelStore } from "./model-store.ts";

/** One browser: tabs come and go. */
function browser() {
  const opfs = new MemoryOpfs();
  const indexedDB = new IDBFactory();
  const open = (faults = new WriteFaults()) => {
    const held = new Set<string>();
    const root = opfs.rootFor(faults);
    const places = {
      indexedDB,
      IDBKeyRange,
      root: async () => root,
      // Locks of a tab go with it.
      locks: {
        request: async (name: string, _options: unknown, work: (lock: unknown) => unknown) => {
          if (held.has(name)) return work(null);
          held.add(name);
          await work({ name });
          held.delete(name);
        },
      } as Pick<LockManager, "request">,
    };
    const database = new ModelDatabase(places);
    database.use(failing(faults));
    return { store: openBrowserModels(places, database), close: () => database.close() };
  };
  return { opfs, open };
}

async function expectWhole(store: ModelStore): Promise<void> {
  for (const { modelId } of await store.list())
    expect(await (await store.files(modelId)).get("model.safetensors")?.text()).toBe("weights");
  await keep(store, modelOf("d"));
  expect((await store.list()).map(({ modelId }) => modelId)).toContain("d");
}

describe("the browser's models", () => {
  it("are there again for another tab, files and records", async () => {
    const { opfs, open } = browser();
    const first = open();
    await keep(first.store, modelOf("a"));
    first.close();
    const second = open();
    await expectWhole(second.store);
    expect(opfs.paths()).toEqual(["models/a/model.safetensors", "models/d/model.safetensors"]);
    await second.store.remove("a");
    expect(opfs.paths()).toEqual(["models/d/model.safetensors"]);
    second.close();
  });

  it("grow where they were left", async () => {
    const { open } = browser();
    const { store } = open();
    const draft = await store.draft("a");
    const file = await draft.open("x");
    await file.append(CONTENT.subarray(0, 3));
    await file.close();
    const again = await draft.open("x");
    expect(again.byteLength).toBe(3);
    await again.append(CONTENT.subarray(3));
    expect(await again.read(1, 4)).toEqual(CONTENT.subarray(1, 5));
    await again.clear();
    expect(again.byteLength).toBe(0);
    await draft.discard();
  });

  it.each<FaultMode>(["throw", "die", "tear"])(
    "are whole after any write that may %s",
    async (mode) => {
      const counted = new WriteFaults();
      const { store, close } = browser().open(counted);
      await wholeLife(store);
      close();
      expect(counted.writes).toBeGreaterThan(15);
      for (let at = 1; at <= counted.writes; at++) {
        const { open } = browser();
        const faults = new WriteFaults(at, mode);
        const first = open(faults);
        const end = await Promise.race([
          wholeLife(first.store).then(
            () => "done",
            () => "refused",
          ),
          faults.death,
        ]);
        expect([at, end]).toEqual([
          at,
          mode === "throw" ? "refused" : expect.stringMatching(/died|refused/),
        ]);
        first.close();
        const second = open();
        await expectWhole(second.store);
        second.close();
      }
    },
  );
});
