// node child.mjs FOLDER txt|jsonl MEGABYTES [hold-bytes|hold-text]
// Makes a file, prepares it, draws batches, and tells the most memory it had. With the last argument it holds
// the file instead, which must be seen.
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createBatchSampler, validationWindows } from "../data/batches.ts";
import { FolderDatasetStore } from "../node/folder-dataset-store.ts";
import { NodeFile } from "../node/node-file.ts";
import { prepareDataset } from "../runtime/prepare-dataset.ts";
import { openDataset } from "../runtime/prepare-text.ts";

const WORDS = "the cat sat on a mat while 12 Grüße went by, 漢字 and 🚀 alike. It was late;".split(
  " ",
);

async function makeFile(path: string, kind: string, bytes: number): Promise<void> {
  const file = await open(path, "w");
  let written = 0;
  for (let line = 0; written < bytes; line++) {
    let chunk = "";
    for (let i = 0; i < 2_000; i++) {
      const words = Array.from(
        { length: 8 + (i % 9) },
        (_, k) => WORDS[(line * 31 + i * 17 + k * k) % WORDS.length],
      ).join(" ");
      chunk += kind === "jsonl" ? `${JSON.stringify({ id: i, text: words })}\n` : `${words}\n`;
    }
    written += (await file.write(chunk)).bytesWritten;
  }
  await file.close();
}

const peak = { rss: 0, buffers: 0, heap: 0 };
let lookedAt = 0;

/** Buffers count once what nobody holds is gone. */
function look(): void {
  if (performance.now() - lookedAt < 200) return;
  const { rss } = process.memoryUsage();
  // Buffers are given back in the background; the second collection waits until those of the first are.
  globalThis.gc?.();
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  peak.rss = Math.max(peak.rss, rss);
  peak.buffers = Math.max(peak.buffers, arrayBuffers);
  peak.heap = Math.max(peak.heap, heapUsed);
  lookedAt = performance.now();
}

async function main(): Promise<void> {
  const [folder = ".", kind = "txt", megabytes = "64", hold] = process.argv.slice(2);
  const path = join(folder, `large-${kind}.${kind}`);
  const bytes = Number(megabytes) * 1024 * 1024;
  const isThere = await stat(path).then(
    ({ size }) => size >= bytes,
    () => false,
  );
  if (!isThere) await makeFile(path, kind, bytes);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  if (hold !== undefined) {
    const held = await readFile(path, hold === "hold-text" ? "utf8" : null);
    look();
    console.log(JSON.stringify({ ...peak, held: held.length }));
    return;
  }
  const file = await NodeFile.at(path);
  const store = new FolderDatasetStore(join(folder, `datasets-${kind}`));
  const record = await prepareDataset({
    file,
    trainFraction: 0.9,
    tokenizer: { kind: kind === "jsonl" ? "byte" : "character", vocabSize: 0 },
    store,
    onProgress: look,
  });
  const text = await openDataset(store, record);
  const options = { tokens: text.train, batchSize: 8, contextLength: 256, seed: 1 };
  const sampler = createBatchSampler(options);
  let sum = 0;
  for (let step = 0; step < 300; step++) {
    const { inputs, targets } = sampler.batchAt(step);
    sum += (inputs[0] as number) + (targets[2_047] as number);
    if (step % 20 === 0) look();
  }
  const windows = validationWindows(text.validation, 256);
  for (let first = 0; first < 400; first += 4) windows.batchAt(first, 4);
  look();
  text.close();
  await file.close();
  console.log(
    JSON.stringify({
      ...peak,
      rss: peak.rss - before,
      bytes: file.size,
      counts: record.counts,
      shards: record.train.shards.length,
      sum,
    }),
  );
}

await main();
