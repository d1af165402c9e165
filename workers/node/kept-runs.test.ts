// What both places that keep runs promise, beyond surviving failures (store-faults.test.ts).
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, describe, expect, it } from "vitest";
import { parseLanguageConfig } from "../../configs/schema/language.ts";
import type { Medium } from "../storage/medium.ts";
import type { Checkpoint, RunFacts, RunStore } from "../storage/run-store.ts";
import { MemoryOpfs } from "../testing/memory-opfs.ts";
import {
  browserPlace,
  folderPlace,
  STORE_PLACES,
  type StorePlace,
} from "./testing/store-places.ts";

const parsed = parseLanguageConfig({ lab: "language", title: "Cats" });
if (!parsed.ok) throw new Error("the config must be valid");
const { config } = parsed;

const bytesOf = (text: string) => new TextEncoder().encode(text);

const checkpointAt = (step: number, content = `weights of step ${step}`): Checkpoint => ({
  meta: {
    format: 2,
    step,
    tokens: 8 * step,
    seconds: step,
    config,
    model: null,
    tokenizer: { json: {}, config: {} },
    device: "a toy",
    variants: {},
    dataHash: "of the text",
  },
  parts: [
    { name: "parameters.0.f32", bytes: bytesOf(content) },
    { name: "m.0.f32", bytes: bytesOf(`moments ${step}`) },
  ],
});

const factsOf = (runId: string, step = 0): RunFacts => ({
  runId,
  title: "Cats",
  config,
  phase: "running",
  step,
  savedAt: 1_000 + step,
  device: "a toy",
  variants: {},
  dataHash: null,
  summary: {
    step: 0,
    trainLoss: null,
    bestValidationLoss: null,
    bestBitsPerByte: null,
    seconds: 0,
    tokens: 0,
    parameters: null,
  },
});

async function save(store: RunStore, ...steps: number[]) {
  for (const step of steps) expect(await store.saveCheckpoint("r", checkpointAt(step))).toEqual([]);
}

const partsOf = (checkpoint: Checkpoint | null) =>
  checkpoint?.parts.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]);

let place: StorePlace;
afterEach(() => place.close());

describe.each(Object.entries(STORE_PLACES))("runs kept in a %s", (_, create) => {
  it("keeps the last three checkpoints and gives the newest back, bit for bit", async () => {
    place = await create();
    const store = place.open();
    expect(await store.loadCheckpoint("r")).toBeNull();
    await store.recordRun(factsOf("r"));
    await save(store, 2, 4, 6, 8, 10);
    const loaded = await place.open().loadCheckpoint("r");
    expect(loaded).toEqual({ ...checkpointAt(10), damaged: [] });
    expect(await mediumOf(store).committed("r")).toHaveLength(3);
    const folders = (await place.paths()).filter((path) => path.includes("parameters"));
    expect(folders.map((path) => Number(/0*(\d+)-\d+\//.exec(path)?.[1]))).toEqual(
      [10, 6, 8].sort((a, b) => a - b),
    );
  });

  it.each([
    ["is cut short", (bytes: Uint8Array) => bytes.slice(0, 5)],
    ["has one bit turned", (bytes: Uint8Array) => bytes.map((b, i) => (i === 3 ? b ^ 1 : b))],
  ] as const)(
    "falls back to the checkpoint before one that %s, and says so",
    async (_what, change) => {
      place = await create();
      const store = place.open();
      await save(store, 2, 4, 6);
      const newest = (await place.paths()).filter((path) => path.includes("00000006-"));
      await place.damage(newest.find((path) => path.includes("m.0")) as string, change);
      const loaded = await place.open().loadCheckpoint("r");
      expect(partsOf(loaded)).toEqual(partsOf(checkpointAt(4)));
      expect(loaded?.damaged).toMatchObject([
        { code: "storage", message: expect.stringMatching(/step 6 .*m\.0\.f32/) },
      ]);
      // What goes on from there is newer than the damaged one, whatever its step.
      await save(place.open(), 5);
      const next = await place.open().loadCheckpoint("r");
      expect(next?.meta.step).toBe(5);
      expect(next?.damaged).toEqual([]);
    },
  );

  it("says that a run is gone when none of its checkpoints is whole, and lets it be deleted", async () => {
    place = await create();
    const store = place.open();
    await store.recordRun(factsOf("r"));
    await save(store, 2, 4);
    for (const path of await place.paths())
      if (path.includes("parameters")) await place.damage(path, () => new Uint8Array());
    await expect(place.open().loadCheckpoint("r")).rejects.toMatchObject({
      code: "run-gone",
      hint: expect.stringContaining("Delete its entry"),
    });
    await place.open().deleteRun("r");
    expect((await place.open().listRuns()).records).toEqual([]);
    expect(await place.paths()).toEqual([]);
  });

  it("lists a run by its newest checkpoint, and keeps what a person said of it", async () => {
    place = await create();
    const store = place.open();
    await store.recordRun(factsOf("r"));
    await save(store, 2);
    await store.editRun("r", { name: "The best", tags: ["cats"], notes: "It purrs." });
    await save(store, 4);
    await store.recordRun(factsOf("r", 2));
    const { records, unreadable } = await place.open().listRuns();
    expect(unreadable).toEqual([]);
    expect(records).toMatchObject([
      {
        runId: "r",
        step: 4,
        name: "The best",
        tags: ["cats"],
        notes: "It purrs.",
        createdAt: 1_000,
        savedAt: 1_002,
        deletedAt: null,
      },
    ]);
    await store.editRun("r", { deletedAt: 5 });
    expect((await place.open().listRuns()).records[0]?.deletedAt).toBe(5);
    await store.deleteRun("r");
    await expect(store.editRun("r", {})).rejects.toMatchObject({ code: "run-gone" });
  });

  it("changes a record for two at once without losing either change", async () => {
    place = await create();
    const store = place.open();
    await store.recordRun(factsOf("r"));
    await Promise.all([
      store.editRun("r", { notes: "one" }),
      store.recordRun(factsOf("r", 4)),
      store.editRun("r", { tags: ["two"] }),
    ]);
    expect((await store.listRuns()).records).toMatchObject([
      { step: 4, notes: "one", tags: ["two"] },
    ]);
  });

  it("cuts logs at a step", async () => {
    place = await create();
    const store = place.open();
    for (const step of [1, 2, 3, 4]) await store.appendLog("r", "metrics", [{ step }]);
    await store.appendLog("r", "samples", [{ step: 2 }, { step: 4 }]);
    await store.truncateLogs("r", 3);
    expect(await store.readLog("r", "metrics")).toEqual([{ step: 1 }, { step: 2 }, { step: 3 }]);
    expect(await place.open().readLog("r", "samples")).toEqual([{ step: 2 }]);
    expect(await store.loadText("r")).toBeNull();
  });

  it("refuses what a later version wrote, and leaves it as it is", async () => {
    place = await create();
    const store = place.open();
    await store.recordRun(factsOf("r"));
    await save(store, 2, 4);
    const later = { ...checkpointAt(6), meta: { ...checkpointAt(6).meta, format: 3 } };
    await forge(store, "committed", later);
    const before = await place.paths();
    const refusal = { code: "newer-version", message: expect.stringContaining("format 3") };
    await expect(place.open().loadCheckpoint("r")).rejects.toMatchObject(refusal);
    await expect(place.open().saveCheckpoint("r", checkpointAt(8))).rejects.toMatchObject(refusal);
    expect(await place.paths()).toEqual(before);
    expect((await place.open().listRuns()).unreadable).toMatchObject([
      { runId: "r", fault: refusal },
    ]);
    await forge(store, "record", { ...factsOf("r"), format: 3 });
    expect((await place.open().listRuns()).unreadable).toMatchObject([
      { runId: "r", fault: refusal },
    ]);
    await expect(place.open().recordRun(factsOf("r"))).rejects.toMatchObject(refusal);
  });
});

const mediumOf = (store: RunStore): Medium => (store as unknown as { medium: Medium }).medium;

/** Writes past the store, as another version would. */
async function forge(store: RunStore, what: "committed" | "record", value: object): Promise<void> {
  const medium = mediumOf(store);
  if (what === "record") await medium.changeRecord("r", () => value);
  else {
    await medium.writeFile("r", "00000006-9", "parameters.0.f32", bytesOf("?"));
    await medium.commit("r", "00000006-9", { ...value, format: 3 });
  }
}

interface OldBrowser {
  readonly version: number;
  readonly tables: Readonly<Record<string, readonly object[]>>;
  readonly files: Readonly<Record<string, string>>;
}

const readOld = async <T>(name: string): Promise<T> =>
  JSON.parse(
    await readFile(join(import.meta.dirname, "../testing/stored-v1", `${name}.json`), "utf8"),
  ) as T;

const OLD_PLACES: Readonly<Record<string, () => Promise<StorePlace>>> = {
  folder: async () =>
    folderPlace(await mkdtemp(join(tmpdir(), "vitrine-v1-")), await readOld("folder")),
  browser: async () => {
    const { version, tables, files } = await readOld<OldBrowser>("browser");
    const factory = new IDBFactory();
    await new Promise<void>((resolve, reject) => {
      const request = factory.open("vitrine", version);
      request.onerror = () => reject(request.error);
      request.onupgradeneeded = () => {
        const { result: db } = request;
        const keys = { runs: "runId", checkpoints: ["runId", "step"], logs: "id" };
        const indexes: Record<keyof typeof keys, Record<string, string | string[]>> = {
          runs: { savedAt: "savedAt" },
          checkpoints: { runId: "runId" },
          logs: { "[runId+log]": ["runId", "log"], runId: "runId" },
        };
        for (const name of ["runs", "checkpoints", "logs"] as const) {
          const table = db.createObjectStore(name, {
            keyPath: keys[name],
            autoIncrement: name === "logs",
          });
          for (const [index, path] of Object.entries(indexes[name])) table.createIndex(index, path);
          for (const row of tables[name] ?? []) table.put(row);
        }
      };
      request.onsuccess = () => {
        request.result.close();
        resolve();
      };
    });
    const opfs = new MemoryOpfs();
    for (const [path, content] of Object.entries(files))
      opfs.put(path, Buffer.from(content, "base64"));
    return browserPlace(factory, opfs);
  },
};

describe.each(Object.entries(OLD_PLACES))(
  "a run that the first version kept in a %s",
  (_kind, create) => {
    it("is listed, read and kept on with", async () => {
      place = await create();
      const store = place.open();
      const { records, unreadable } = await store.listRuns();
      expect(unreadable).toEqual([]);
      expect(records).toMatchObject([
        {
          format: 2,
          runId: "run-old",
          title: "Cats",
          step: 8,
          phase: "running",
          createdAt: expect.any(Number),
          name: null,
          tags: [],
          notes: "",
          deletedAt: null,
          summary: { trainLoss: expect.any(Number), tokens: 128 },
          dataHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ]);
      expect(records[0]?.createdAt).toBe(records[0]?.savedAt);
      const loaded = await store.loadCheckpoint("run-old");
      expect(loaded).toMatchObject({
        meta: { format: 2, step: 8, config: { title: "Cats" } },
        damaged: [],
      });
      expect(loaded?.parts.map(({ name }) => name).sort()).toEqual([
        "m.0.f32",
        "parameters.0.f32",
        "v.0.f32",
      ]);
      expect(new TextDecoder().decode((await store.loadText("run-old")) ?? undefined)).toMatch(
        /^the cat sat/,
      );
      expect(await store.readLog("run-old", "metrics")).toHaveLength(10);
      await store.truncateLogs("run-old", 8);
      expect(await store.readLog("run-old", "metrics")).toHaveLength(8);
      // It goes on, and what the first version left gives way in its turn.
      for (const step of [10, 12, 14])
        expect(
          await store.saveCheckpoint("run-old", {
            meta: { ...checkpointAt(step).meta },
            parts: checkpointAt(step).parts,
          }),
        ).toEqual([]);
      expect((await place.open().loadCheckpoint("run-old"))?.meta.step).toBe(14);
      expect((await place.paths()).filter((path) => path.includes("00000008"))).toEqual([]);
      expect(await place.open().loadText("run-old")).not.toBeNull();
    });

    it("falls back to the one before where a part is gone", async () => {
      place = await create();
      const [part] = (await place.paths()).filter((path) => /00000008.*\/m\.0/.test(path));
      await place.damage(part as string, (bytes) => bytes.slice(4) as Uint8Array<ArrayBuffer>);
      const loaded = await place.open().loadCheckpoint("run-old");
      expect(loaded?.meta.step).toBe(4);
      expect(loaded?.damaged).toHaveLength(1);
    });
  },
);
