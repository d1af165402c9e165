// The hub client against a server of this machine that behaves and misbehaves as hubs do.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FaultError } from "../../kernels/core/fault.ts";
import { startHub } from "../../scripts/hub-server.mjs";
import { HubClient, type HubFile, type HubListing, readRepo } from "./hub.ts";
import { downloadFile, type PartFile } from "./hub-download.ts";

type Hub = Awaited<ReturnType<typeof startHub>>;

const BIG = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const SMALL = new TextEncoder().encode('{"model_type": "llama"}');
const NO_WAIT = [0, 0, 0];

let hub: Hub;
let client: HubClient;

beforeAll(async () => {
  hub = await startHub({ pageEntries: 3 });
  hub.add(
    "owner/model",
    {
      "config.json": SMALL,
      "model.safetensors": BIG,
      "empty.txt": new Uint8Array(),
      "sub/one.json": SMALL,
      "sub/two words.json": SMALL,
    },
    { branches: ["main", "refs/pr/1"] },
  );
  hub.add("owner/secret", { "model.safetensors": BIG }, { token: "hf_right" });
  hub.add("owner/texts", { "data/train.parquet": BIG }, { kind: "dataset" });
  client = new HubClient({ address: `${hub.address}/` });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.faults = [];
  hub.bytesPerMs = null;
  hub.requests.length = 0;
});

/** A part in memory; `etag` as an earlier visit has left it. */
class MemoryPart implements PartFile {
  bytes: Uint8Array;
  appends = 0;
  constructor(
    bytes: Uint8Array = new Uint8Array(),
    public etag: string | null = null,
  ) {
    this.bytes = bytes;
  }
  get byteLength() {
    return this.bytes.length;
  }
  async read(offset: number, length: number) {
    return this.bytes.subarray(offset, offset + length);
  }
  async append(bytes: Uint8Array) {
    this.appends++;
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }
  async clear() {
    this.bytes = new Uint8Array();
  }
  async rememberEtag(etag: string | null) {
    this.etag = etag;
  }
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const faultOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FaultError)) throw error;
  return error.fault;
};
const listed = async (name = "owner/model") => {
  const listing = await client.list({ kind: "model", name });
  const file = (path: string) => listing.files.find((each) => each.path === path) as HubFile;
  return { listing, file };
};

describe("names", () => {
  it("reads what people type and paste", () => {
    expect(readRepo(" owner/model ")).toEqual({ kind: "model", name: "owner/model" });
    expect(readRepo("gpt2")).toEqual({ kind: "model", name: "gpt2" });
    expect(readRepo("owner/model@refs/pr/1").revision).toBe("refs/pr/1");
    expect(readRepo("https://huggingface.co/owner/model/tree/refs%2Fpr%2F1/sub")).toEqual({
      kind: "model",
      name: "owner/model",
      revision: "refs/pr/1",
    });
    expect(readRepo("https://huggingface.co/owner/model/tree/50%").revision).toBe("50%");
    expect(readRepo("https://huggingface.co/datasets/owner/texts?x=1", "dataset")).toEqual({
      kind: "dataset",
      name: "owner/texts",
    });
  });

  it.each(["", "a/b/c", "../etc", "owner/", "own er/x", "a--b/c", "https://", "-a/b"])(
    "refuses %j",
    (typed) => {
      expect(() => readRepo(typed)).toThrow("must be named as owner/name");
    },
  );

  it("refuses an address that is none", () => {
    expect(() => new HubClient({ address: "ftp://x" })).toThrow("must begin with https://");
    expect(new HubClient({ address: " " }).address).toBe("https://huggingface.co");
  });
});

describe("listing", () => {
  it("pins the commit, follows pages and knows lengths and digests", async () => {
    const listing = await client.list(readRepo("owner/model@refs/pr/1"));
    expect(listing.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(Object.fromEntries(listing.files.map(({ path, bytes }) => [path, bytes]))).toEqual({
      "config.json": SMALL.length,
      "model.safetensors": BIG.length,
      "empty.txt": 0,
      "sub/one.json": SMALL.length,
      "sub/two words.json": SMALL.length,
    });
    const digests = Object.fromEntries(listing.files.map(({ path, digest }) => [path, digest]));
    expect(digests["model.safetensors"]).toEqual({ kind: "sha256", hex: sha256(BIG) });
    expect(digests["config.json"]?.kind).toBe("git-blob");
    expect(hub.requests.filter(({ path }) => path.includes("/tree/"))).toHaveLength(2);
  });

  it("lists datasets at their own address", async () => {
    const listing = await client.list({ kind: "dataset", name: "owner/texts" });
    const part = new MemoryPart();
    await downloadFile(client, listing, listing.files[0] as HubFile, part);
    expect(sha256(part.bytes)).toBe(sha256(BIG));
    expect(hub.requests.at(-2)?.path).toContain("/datasets/owner/texts/resolve/");
  });

  it.each([
    ["owner/nothing", "", "hub", "nobody may read it without a token (401)"],
    ["owner/nothing", "hf_any", "hub", "there is none of that name (404)"],
    ["owner/secret", "", "hub", "on request only (401)"],
    ["owner/secret", "hf_wrong", "hub", "the token does not open it (403)"],
    ["owner/model@gone", "", "hub", "no such branch, tag or commit (404)"],
  ])("says why %s cannot be had with the token %j", async (name, token, code, message) => {
    const asking = new HubClient({ address: hub.address, token });
    const fault = await faultOf(asking.list(readRepo(name)));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(message);
    expect(fault.hint).toBeTruthy();
  });

  it.each([
    [429, "too much was asked"],
    [500, "trouble of its own"],
    [418, "status 418"],
  ])("says what a status of %d means", async (how, message) => {
    hub.faults = [{ path: /owner\/model/, how }];
    expect((await faultOf(client.list(readRepo("owner/model")))).message).toContain(message);
  });

  it("says that nobody answers", async () => {
    const fault = await faultOf(
      new HubClient({ address: "http://127.0.0.1:9" }).list(readRepo("owner/model")),
    );
    expect(fault.code).toBe("network");
    expect(fault.hint).toContain("--hub");
  });

  it.each<[string, unknown]>([
    ["a page", "<html>"],
    ["a list", []],
    ["no commit", { sha: "main" }],
    ["nothing", null],
  ])("believes no answer that is %s", async (_what, answer) => {
    const odd = new HubClient({
      address: "https://hub.test",
      fetch: async () => new Response(typeof answer === "string" ? answer : JSON.stringify(answer)),
    });
    const fault = await faultOf(odd.list(readRepo("owner/model")));
    expect(fault.code).toBe("network");
    expect(fault.message).toContain("must answer with what it knows");
  });

  it.each(["../up", "/top", "a//b", "a\\b", "./a"])("refuses a file named %j", async (path) => {
    const odd = new HubClient({
      address: "https://hub.test",
      fetch: async (url) =>
        Response.json(
          String(url).includes("/tree/")
            ? [{ type: "file", path, size: 1, oid: "0" }]
            : { sha: "0".repeat(40) },
        ),
    });
    expect((await faultOf(odd.list(readRepo("owner/model")))).message).toContain("plain names");
  });

  it("keeps to the hub's own host when a next page lies elsewhere, and stops a list without end", async () => {
    const asked: string[] = [];
    const odd = new HubClient({
      address: "https://hub.test",
      token: "hf_x",
      fetch: async (url) => {
        asked.push(new URL(String(url)).origin);
        return String(url).includes("/tree/")
          ? Response.json([], { headers: { link: '<https://evil.test/tree/x>; rel="next"' } })
          : Response.json({ sha: "0".repeat(40) });
      },
    });
    expect((await faultOf(odd.list(readRepo("owner/model")))).code).not.toBe("internal");
    expect(new Set(asked)).toEqual(new Set(["https://hub.test"]));
  });
});

describe("a token", () => {
  it("opens what is gated and never reaches the host of the files", async () => {
    const asking = new HubClient({ address: hub.address, token: "hf_right" });
    const listing = await asking.list(readRepo("owner/secret"));
    const part = new MemoryPart();
    await downloadFile(asking, listing, listing.files[0] as HubFile, part);
    expect(sha256(part.bytes)).toBe(sha256(BIG));
    expect(hub.requests.some(({ host, token }) => host === "hub" && token)).toBe(true);
    expect(hub.requests.filter(({ host }) => host === "files").map(({ token }) => token)).toEqual([
      null,
    ]);
  });

  it("stays at home where the browser would take it along", async () => {
    const asking = new HubClient({
      address: "https://hub.test",
      token: "hf_x",
      // As browsers answer `redirect: "manual"`: they do not say where to.
      fetch: async () => Object.defineProperty(new Response(), "type", { value: "opaqueredirect" }),
    });
    const listing: HubListing = { kind: "model", name: "o/m", commit: "0".repeat(40), files: [] };
    // Node 20 lacks what shows that a browser is new enough.
    const known = Object.getOwnPropertyDescriptor(Promise, "withResolvers");
    Reflect.deleteProperty(Promise, "withResolvers");
    try {
      const fault = await faultOf(asking.open(listing, "model.safetensors", 0));
      expect(fault.message).toContain("A token must go to the hub alone");
    } finally {
      if (known) Object.defineProperty(Promise, "withResolvers", known);
    }
  });
});

describe("download", () => {
  const get = async (path: string, part: MemoryPart, signal?: AbortSignal) => {
    const { listing, file } = await listed();
    hub.requests.length = 0;
    return downloadFile(client, listing, file(path), part, {
      pauses: NO_WAIT,
      ...(signal ? { signal } : {}),
    });
  };
  const ranges = () =>
    hub.requests.filter(({ host }) => host === "files").map(({ range }) => range);

  it("follows to the second host and gives the content's digest", async () => {
    const part = new MemoryPart();
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(Buffer.compare(part.bytes, BIG)).toBe(0);
    expect(part.etag).toBe(`"${sha256(BIG)}"`);
  });

  it("checks small files, odd names and empty files too", async () => {
    for (const path of ["config.json", "sub/two words.json", "empty.txt"]) {
      const part = new MemoryPart();
      expect(await get(path, part)).toBe(sha256(part.bytes));
    }
    expect(hub.requests).toEqual([]);
  });

  it("goes on where an earlier visit ended", async () => {
    const part = new MemoryPart(BIG.slice(0, 123_456), `"${sha256(BIG)}"`);
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(ranges()).toEqual(["bytes=123456-"]);
  });

  it("asks for nothing where all is there, and begins anew where there is too much", async () => {
    expect(await get("model.safetensors", new MemoryPart(BIG.slice()))).toBe(sha256(BIG));
    expect(ranges()).toEqual([]);
    expect(await get("model.safetensors", new MemoryPart(Buffer.concat([BIG, SMALL])))).toBe(
      sha256(BIG),
    );
    expect(ranges()).toEqual([null]);
  });

  it("begins anew on a server without ranges", async () => {
    hub.faults = [{ path: /safetensors/, how: "no-ranges" }];
    const part = new MemoryPart(BIG.slice(0, 1000));
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(part.bytes.length).toBe(BIG.length);
    expect(ranges()).toEqual(["bytes=1000-"]);
  });

  it("begins anew when the file has changed meanwhile", async () => {
    const part = new MemoryPart(BIG.slice(0, 1000), '"another"');
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(ranges()).toEqual(["bytes=1000-", null]);
  });

  it("begins anew once when what was kept is damaged", async () => {
    const part = new MemoryPart(new Uint8Array(1000).fill(9));
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(ranges()).toEqual(["bytes=1000-", null]);
  });

  it("goes on by itself after a cut connection", async () => {
    hub.faults = [{ path: /safetensors/, how: "half", times: 2 }];
    const part = new MemoryPart();
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(ranges()).toEqual([null, "bytes=150000-", "bytes=225000-"]);
  });

  it("gives up when connections are cut again and again, and keeps what came", async () => {
    hub.faults = [{ path: /safetensors/, how: "half" }];
    const part = new MemoryPart();
    const fault = await faultOf(get("model.safetensors", part));
    expect(fault.code).toBe("network");
    expect(fault.message).toMatch(/the connection ended after \d+ of 300000 bytes/);
    expect(fault.hint).toContain("resume");
    expect(part.byteLength).toBeGreaterThan(250_000);
    hub.faults = [];
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
  });

  it.each([
    ["long", "the host sends 300007"],
    ["short", "the host sends 299993"],
  ])("refuses a file that is too %s", async (how, message) => {
    hub.faults = [{ path: /safetensors/, how }];
    const fault = await faultOf(get("model.safetensors", new MemoryPart()));
    expect(fault.code).toBe("network");
    expect(fault.message).toContain(message);
  });

  it.each(["model.safetensors", "config.json"])("throws damaged bytes of %s away", async (path) => {
    hub.faults = [{ path: /./, how: "damaged" }];
    const part = new MemoryPart();
    const fault = await faultOf(get(path, part));
    expect(fault.code).toBe("network");
    expect(fault.message).toContain("must be what the hub lists");
    expect(part.byteLength).toBe(0);
  });

  it.each([
    [404, "there is none of that name"],
    [401, "on request only"],
  ])("says that a file is refused with %d", async (how, message) => {
    hub.faults = [{ path: /config/, how }];
    const fault = await faultOf(get("config.json", new MemoryPart()));
    expect(fault.code).toBe("hub");
    expect(fault.message).toContain(message);
  });

  it("pauses at once, keeps what came, and goes on", async () => {
    hub.bytesPerMs = 1_000;
    const part = new MemoryPart();
    const aborter = new AbortController();
    const pause = new Error("paused");
    const { listing, file } = await listed();
    const going = downloadFile(client, listing, file("model.safetensors"), part, {
      signal: aborter.signal,
      onProgress: (bytes) => bytes > 50_000 && aborter.abort(pause),
    });
    await expect(going).rejects.toBe(pause);
    expect(part.byteLength).toBeGreaterThan(50_000);
    expect(part.byteLength).toBeLessThan(BIG.length);
    hub.bytesPerMs = null;
    const kept = part.byteLength;
    expect(await get("model.safetensors", part)).toBe(sha256(BIG));
    expect(ranges()).toEqual([`bytes=${kept}-`]);
  });
});
