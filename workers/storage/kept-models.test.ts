// What a ModelStore promises, whatever is killed on the way: every write of a life is made to fail in
// turn, and what is found afterwards is a whole model or none.
import { describe, expect, it } from "vitest";
import { MemoryModelPlace, memoryModels } from "../testing/memory-models.ts";
import { CONTENT, fetchOf, keep, modelOf, wholeLife } from "../testing/model-lives.ts";
import type { ModelStore } from "./model-store.ts";

const namesIn = async (store: ModelStore) => (await store.list()).map(({ modelId }) => modelId);
/** As the browser finds it after a kill: locks are gone. */
const reopen = (place: MemoryModelPlace, now?: () => number) => {
  place.held.clear();
  place.failAt = Number.POSITIVE_INFINITY;
  return memoryModels(place, now);
};

describe("a store of models", () => {
  it("lists what was committed, newest first, and reads it back", async () => {
    const store = memoryModels();
    await keep(store, modelOf("a"));
    await keep(store, modelOf("b", { createdAt: 2 }));
    expect(await namesIn(store)).toEqual(["b", "a"]);
    const files = await store.files("a");
    expect(await files.get("model.safetensors")?.text()).toBe("weights");
    expect(await store.update(modelOf("a", { name: "another" }))).toBe(true);
    expect(await store.update(modelOf("c"))).toBe(false);
    expect((await store.get("a"))?.name).toBe("another");
  });

  it("says that a file is damaged or gone, and reads nothing of what is no model", async () => {
    const place = new MemoryModelPlace();
    const store = memoryModels(place);
    await keep(store, modelOf("a"));
    place.disk.get("a")?.set("model.safetensors", new Uint8Array(3));
    await expect(store.files("a")).rejects.toThrow("must have 7 bytes; it has 3");
    place.disk.delete("a");
    await expect(store.files("a")).rejects.toThrow("it is gone");
    expect((await store.files("nothing")).size).toBe(0);
  });

  it("sets aside, brings back, and drops what was set aside long ago at a later visit", async () => {
    const place = new MemoryModelPlace();
    let now = 1_000;
    const store = memoryModels(place, () => now);
    await keep(store, modelOf("a"));
    await keep(store, modelOf("b"));
    await store.setAside("a");
    await store.setAside("b");
    expect(await namesIn(store)).toEqual([]);
    expect((await store.bringBack("b"))?.modelId).toBe("b");
    expect(await store.bringBack("c")).toBeNull();
    expect(await namesIn(reopen(place, () => now))).toEqual(["b"]);
    expect(place.disk.has("a")).toBe(true);
    now += 3_600_000;
    expect(await namesIn(reopen(place, () => now))).toEqual(["b"]);
    expect([...place.disk.keys()]).toEqual(["b"]);
    expect([...place.rows.keys()]).toEqual(["b"]);
  });

  it("lets one tab write a model at a time, and sweeps nothing that is being written", async () => {
    const place = new MemoryModelPlace();
    const draft = await memoryModels(place).draft("a");
    const file = await draft.open("model.safetensors");
    const other = memoryModels(place);
    expect(await namesIn(other)).toEqual([]);
    expect(place.disk.has("a")).toBe(true);
    await expect(other.draft("a")).rejects.toThrow("by one tab at a time");
    await file.close();
    await draft.release();
    expect(place.held.size).toBe(0);
  });

  it("keeps a fetch between visits with what has arrived, and drops it when told", async () => {
    const place = new MemoryModelPlace();
    const draft = await memoryModels(place).draft("a");
    await draft.remember(fetchOf("a"));
    await (await draft.open("model.safetensors")).append(CONTENT.subarray(0, 3));
    const later = reopen(place);
    expect(await later.fetches()).toEqual([fetchOf("a")]);
    expect((await later.arrived("a")).get("model.safetensors")).toBe(3);
    const again = await later.draft("a");
    expect((await again.open("model.safetensors")).byteLength).toBe(3);
    await again.discard();
    expect([place.disk.size, place.rows.size, place.held.size]).toEqual([0, 0, 0]);
  });

  it("is whole after a kill at any write", async () => {
    const whole = new MemoryModelPlace();
    await wholeLife(memoryModels(whole));
    const { writes } = whole;
    expect(writes).toBeGreaterThan(12);
    for (let failAt = 1; failAt <= writes; failAt++) {
      const place = new MemoryModelPlace();
      place.failAt = failAt;
      await expect(wholeLife(memoryModels(place))).rejects.toThrow("it was made to fail");
      const after = reopen(place);
      for (const { modelId } of await after.list())
        expect(await (await after.files(modelId)).get("model.safetensors")?.text()).toBe("weights");
      // Nothing lies there that neither a model nor a fetch accounts for.
      expect([...place.disk.keys()].filter((folder) => !place.rows.has(folder))).toEqual([]);
      // And everything can still be done.
      await keep(after, modelOf("d"));
      expect(await namesIn(after)).toContain("d");
    }
  });
});
