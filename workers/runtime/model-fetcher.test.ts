// Models from a hub of this machine into a store: what is fetched, what is refused before it is, what a
// pause, a reload and a broken connection leave behind.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { startHub } from "../../scripts/hub-server.mjs";
import type { ModelFetch } from "../api/models.ts";
import { MemoryModelPlace, memoryModels } from "../testing/memory-models.ts";
import { encode, filesOf, withConfig } from "../testing/model-files.ts";
import { ModelFetcher } from "./model-fetcher.ts";

type Hub = Awaited<ReturnType<typeof startHub>>;

let hub: Hub;
let ids = 0;

beforeAll(async () => {
  hub = await startHub();
  const llama = filesOf("llama");
  hub.add("owner/llama", {
    ...llama,
    "README.md": encode("# Llama"),
    "pytorch_model.bin": new Uint8Array(10),
    "onnx/model.onnx": new Uint8Array(10),
    "consolidated.safetensors": new Uint8Array(10),
  });
  hub.add("owner/sharded", filesOf("llama_sharded"));
  hub.add("owner/gated", filesOf("gpt2"), { token: "hf_x" });
  hub.add("owner/strange", withConfig(llama, { model_type: "mamba" }));
  hub.add("owner/pickled", { "config.json": encode({}), "pytorch_model.bin": new Uint8Array(9) });
  hub.add("owner/adapter", { "adapter_model.safetensors": new Uint8Array(9) });
  hub.add("owner/wrong", { ...withConfig(llama, { num_hidden_layers: 7 }) });
  hub.add("owner/torn", {
    "config.json": llama["config.json"] as Uint8Array,
    "model.safetensors.index.json": encode({ weight_map: { "a.b": "model-1.safetensors" } }),
  });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.faults = [];
  hub.bytesPerMs = null;
  hub.requests.length = 0;
});

const settings = () => ({ address: hub.address });
const visit = (place = new MemoryModelPlace()) => {
  place.held.clear();
  const store = memoryModels(place);
  return { place, store, fetcher: new ModelFetcher(store, () => `model-${ids++}`) };
};
const faultOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    (value) => new Error(`it did not fail: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FaultError)) throw error;
  return error.fault;
};
const filesAsked = () =>
  new Set(
    hub.requests.flatMap(({ host, path }) =>
      host === "hub" && path.includes("/resolve/") ? [path.split("/").at(-1)] : [],
    ),
  );

describe("fetching a model", () => {
  it("takes the files that a model is made of, and says where it came from", async () => {
    const { store, fetcher } = visit();
    const seen: ModelFetch[] = [];
    const end = await fetcher.begin("owner/llama", settings(), (each) => seen.push(each));
    if (end.end !== "done") throw new Error(end.end);
    expect(filesAsked()).toEqual(new Set(["config.json", "model.safetensors"]));
    expect(end.model).toMatchObject({
      name: "llama",
      family: "llama",
      source: { kind: "hub", address: hub.address, repo: "owner/llama" },
    });
    expect(await store.list()).toEqual([end.model]);
    expect(await store.fetches()).toEqual([]);
    expect(seen.at(-1)).toMatchObject({ phase: "checking", bytes: end.model.bytes });
    // Twice is once.
    expect(await fetcher.begin("owner/llama", settings(), () => {})).toEqual(end);
  });

  it("takes every part of a model in parts", async () => {
    const { fetcher } = visit();
    const end = await fetcher.begin("owner/sharded", settings(), () => {});
    expect(end).toMatchObject({ end: "done", model: { family: "llama" } });
    expect(filesAsked().size).toBe(5);
  });

  it.each([
    ["owner/strange", "mamba"],
    ["owner/pickled", "pytorch_model.bin"],
    ["owner/adapter", "must have a config.json"],
    ["owner/torn", "missing: model-1.safetensors"],
  ])("refuses %s before anything large is fetched", async (repo, message) => {
    const { place, fetcher } = visit();
    const fault = await faultOf(fetcher.begin(repo, settings(), () => {}));
    expect(fault.code).toBe("bad-model");
    expect(fault.message).toContain(message);
    expect(hub.requests.some(({ host }) => host === "files")).toBe(false);
    expect([place.disk.size, place.rows.size]).toEqual([0, 0]);
  });

  it("keeps nothing of what turns out to be no model", async () => {
    const { place, fetcher } = visit();
    const fault = await faultOf(fetcher.begin("owner/wrong", settings(), () => {}));
    expect(fault).toMatchObject({ code: "bad-model" });
    expect([place.disk.size, place.rows.size, place.held.size]).toEqual([0, 0, 0]);
  });

  it("says that there is no room before it begins", async () => {
    const { place, fetcher } = visit();
    place.free = 1_000;
    const fault = await faultOf(fetcher.begin("owner/llama", settings(), () => {}));
    expect(fault.code).toBe("storage-full");
    expect(fault.message).toContain("must have room for");
  });

  it("pauses, and goes on after a reload with the bytes that are there", async () => {
    hub.bytesPerMs = 500;
    const first = visit();
    const end = await first.fetcher.begin("owner/llama", settings(), ({ fetchId, bytes }) => {
      if (bytes > 20_000) first.fetcher.pause(fetchId);
    });
    expect(end).toEqual({ end: "paused" });
    hub.bytesPerMs = null;
    hub.requests.length = 0;

    const second = visit(first.place);
    const [left] = await second.fetcher.list();
    expect(left).toMatchObject({ phase: "paused", repo: "owner/llama", bytesPerSecond: null });
    expect(left?.bytes).toBeGreaterThan(20_000);
    const resumed = await second.fetcher.resume(left?.fetchId ?? "", undefined, () => {});
    expect(resumed).toMatchObject({ end: "done", model: { modelId: left?.fetchId } });
    expect(hub.requests.map(({ range }) => range)).toContainEqual(
      expect.stringMatching(/^bytes=\d{5,}-$/),
    );
    expect(await second.fetcher.list()).toEqual([]);
  });

  it("goes on by name as well", async () => {
    hub.bytesPerMs = 500;
    const { fetcher, store } = visit();
    await fetcher.begin("owner/llama", settings(), ({ fetchId, bytes }) => {
      if (bytes > 20_000) fetcher.pause(fetchId);
    });
    const [{ modelId } = { modelId: "" }] = await store.fetches();
    hub.bytesPerMs = null;
    const end = await fetcher.begin("owner/llama", settings(), () => {});
    expect(end).toMatchObject({ end: "done", model: { modelId } });
  });

  it("is cancelled without a trace, under way or at rest", async () => {
    hub.bytesPerMs = 500;
    const { place, fetcher } = visit();
    const end = await fetcher.begin("owner/llama", settings(), ({ fetchId, bytes }) => {
      if (bytes > 20_000) void fetcher.cancel(fetchId);
    });
    expect(end).toEqual({ end: "cancelled" });
    expect([place.disk.size, place.rows.size, place.held.size]).toEqual([0, 0, 0]);
    await fetcher.begin("owner/llama", settings(), ({ fetchId, bytes }) => {
      if (bytes > 20_000) fetcher.pause(fetchId);
    });
    const [left] = await fetcher.list();
    await fetcher.cancel(left?.fetchId ?? "");
    expect([place.disk.size, place.rows.size, place.held.size]).toEqual([0, 0, 0]);
    expect((await faultOf(fetcher.resume("gone", undefined, () => {}))).message).toContain(
      "it is there no more",
    );
  });

  it("keeps what has arrived when the host fails, and goes on when it is well", async () => {
    const { fetcher, place } = visit();
    hub.faults = [{ path: /model\.safetensors/, how: 500 }];
    const fault = await faultOf(fetcher.begin("owner/llama", settings(), () => {}));
    expect(fault).toMatchObject({ code: "hub", message: expect.stringContaining("500") });
    expect(place.held.size).toBe(0);
    hub.faults = [];
    const [left] = await fetcher.list();
    expect(await fetcher.resume(left?.fetchId ?? "", undefined, () => {})).toMatchObject({
      end: "done",
    });
  });

  it("needs the token again after a reload: it is kept nowhere", async () => {
    hub.bytesPerMs = 500;
    const { fetcher, place } = visit();
    expect(await faultOf(fetcher.begin("owner/gated", settings(), () => {}))).toMatchObject({
      code: "hub",
    });
    await fetcher.begin("owner/gated", { ...settings(), token: "hf_x" }, ({ fetchId, bytes }) => {
      if (bytes > 20_000) fetcher.pause(fetchId);
    });
    expect(JSON.stringify([...place.rows.values()])).not.toContain("hf_x");
    hub.bytesPerMs = null;
    const later = visit(place).fetcher;
    const [left] = await later.list();
    const id = left?.fetchId ?? "";
    expect(await faultOf(later.resume(id, undefined, () => {}))).toMatchObject({ code: "hub" });
    expect(await later.resume(id, "hf_x", () => {})).toMatchObject({ end: "done" });
  });
});
