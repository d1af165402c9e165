// A file of 64 MB is prepared and trained from by a process that has no room for it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleChild, runChild } from "../testing/child-process.ts";

const MEGABYTES = 64;
const HEAP_MEGABYTES = 48;
/** Raw buffers of a process that holds pieces only. */
const MOST_BUFFERS = 16 << 20;
/** What it may take of the machine beyond what it began with, V8's young objects included. */
const MOST_RSS = 100 << 20;

let folder = "";
let bundle = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vitrine-large-"));
  bundle = await bundleChild("workers/testing/stream-large-file.child.ts", join(folder, "bundle"));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (kind: "txt" | "jsonl", ...hold: readonly string[]) =>
  runChild(bundle, [folder, kind, String(MEGABYTES), ...hold], HEAP_MEGABYTES);

describe("a large file", () => {
  it.each(["txt", "jsonl"] as const)(
    "goes from the disk into shards and batches, and is never in memory: %s",
    async (kind) => {
      const { code, output, errors } = await run(kind);
      expect(code, errors).toBe(0);
      const told = JSON.parse(output);
      expect(told.bytes).toBeGreaterThanOrEqual(MEGABYTES << 20);
      expect(told.counts.trainTokens).toBeGreaterThan(10_000_000);
      expect(told.shards).toBeGreaterThan(1);
      expect(told.buffers).toBeLessThan(MOST_BUFFERS);
      expect(told.rss).toBeLessThan(MOST_RSS);
    },
    120_000,
  );

  it("would be seen if it were held, as bytes or as text", async () => {
    const bytes = await run("txt", "hold-bytes");
    expect(JSON.parse(bytes.output).buffers).toBeGreaterThan(MOST_BUFFERS);
    const text = await run("txt", "hold-text");
    expect(text.code).not.toBe(0);
    expect(text.errors).toContain("heap out of memory");
  }, 120_000);
});
