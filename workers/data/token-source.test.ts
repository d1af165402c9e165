import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBatchSampler, validationWindows } from "./batches.ts";
import { ShardWriter, type TokenBytes, tokenBytesFor, tokensInShards } from "./token-source.ts";

/** Shards in memory, and how they were read. */
async function shardsOf(ids: Int32Array, tokenBytes: TokenBytes, sizes: object, pieces = [7, 1]) {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const reads: number[] = [];
  const writer = new ShardWriter(
    "train",
    tokenBytes,
    async (file, bytes) => {
      const old = files.get(file) ?? new Uint8Array();
      const longer = new Uint8Array(old.length + bytes.length);
      longer.set(old);
      longer.set(bytes, old.length);
      files.set(file, longer);
    },
    sizes,
  );
  for (let at = 0, i = 0; at < ids.length; i++) {
    const count = pieces[i % pieces.length] as number;
    await writer.push(ids.slice(at, at + count));
    at += count;
  }
  await writer.flush();
  const source = tokensInShards(
    {
      read: (file, at, into) => {
        reads.push(into.length);
        const bytes = files.get(file)?.subarray(at, at + into.length);
        if (bytes?.length !== into.length) throw new Error(`${file} is too short`);
        into.set(bytes);
      },
    },
    writer.shards,
    tokenBytes,
  );
  return { source, reads, files, shards: writer.shards };
}

const idsOf = (count: number, vocabulary: number) =>
  Int32Array.from({ length: count }, (_, i) => (i * 7919) % vocabulary);

describe("tokens in shards", () => {
  it("take two bytes where the vocabulary fits, else four", async () => {
    expect([256, 65_536, 65_537].map(tokenBytesFor)).toEqual([2, 2, 4]);
    const large = Int32Array.of(0, 65_535, 65_536, 4_000_000);
    const { source } = await shardsOf(large, 4, {});
    const into = new Uint32Array(4);
    source.read(0, into);
    expect([...into]).toEqual([...large]);
  });

  it("are what was written, from anywhere, whatever the sizes of shards, buffers and pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom<TokenBytes>(2, 4),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 30 }),
        async (count, tokenBytes, tokensPerShard, bufferTokens, pieces, places) => {
          const ids = idsOf(count, 60_000);
          const sizes = { tokensPerShard, bufferTokens };
          const { source, shards } = await shardsOf(ids, tokenBytes, sizes, pieces);
          expect(source.length).toBe(count);
          expect(shards.every(({ tokens }) => tokens <= tokensPerShard)).toBe(true);
          for (const [a, b] of places) {
            const start = a % count;
            const into = new Uint32Array(b % (count - start + 1));
            source.read(start, into);
            expect([...into]).toEqual([...ids.subarray(start, start + into.length)]);
          }
        },
      ),
    );
  });

  it("give the sampler the bits that memory gives it", async () => {
    const ids = idsOf(20_000, 300);
    const { source } = await shardsOf(ids, 2, { tokensPerShard: 777, bufferTokens: 64 }, [500]);
    const options = { batchSize: 4, contextLength: 33, seed: 5 };
    for (const order of ["random", "sequential"] as const) {
      const memory = createBatchSampler({ ...options, order, tokens: ids });
      const shards = createBatchSampler({ ...options, order, tokens: source });
      for (let step = 0; step < 40; step++)
        expect(shards.batchAt(step)).toEqual(memory.batchAt(step));
    }
    const [memory, shards] = [validationWindows(ids, 33), validationWindows(source, 33)];
    for (let first = 0; first < memory.windowCount; first += 5)
      expect(shards.batchAt(first, 5)).toEqual(memory.batchAt(first, 5));
  });

  it("are fetched ahead for who reads on, and alone for a window from anywhere", async () => {
    const { source, reads } = await shardsOf(idsOf(100_000, 300), 2, {}, [1_000]);
    const windows = validationWindows(source, 50);
    for (let first = 0; first < 300; first += 2) windows.batchAt(first, 2);
    expect(reads.length).toBeLessThan(6);
    reads.length = 0;
    const into = new Uint32Array(51);
    for (const start of [90_000, 10, 50_000]) source.read(start, into);
    expect(reads).toEqual([102, 102, 102]);
  });
});
