// Learning a byte-level BPE. Words are counted once; then every merge touches only the places where
// its pair occurs, so 5 MB of text and 2,000 merges take seconds.
import { FaultError } from "../../../kernels/core/fault.ts";
import { type BpeTokenizer, createBpeTokenizer } from "./bpe.ts";
import { createWordRegex } from "./pre-tokens.ts";
import { addSpecials, createSpecialSplitter, nextTask, type SpecialTokens } from "./tokenizer.ts";

/** How far training is. */
export interface BpeProgress {
  readonly phase: "counting words" | "merging";
  /** Characters or merges, as the phase says. */
  readonly done: number;
  readonly total: number;
}

export interface BpeTrainOptions {
  /** Tokens wanted, the 256 bytes and the special tokens included. A short text may give fewer. */
  readonly vocabSize: number;
  /** A pair seen less often is not merged. Default 2. */
  readonly minFrequency?: number;
  readonly specials?: SpecialTokens;
  readonly onProgress?: (progress: BpeProgress) => void;
  /** Stops training: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Milliseconds of work between two looks at messages. */
const SLICE_MS = 40;

/**
 * Trains a byte-level BPE: bytes first, then always the most frequent pair within a word (of equals
 * the one with the lower ids), so the same text gives the same tokenizer everywhere.
 *
 * @param text one text, or pieces of it that end at word borders (documents).
 * @throws FaultError "bad-config" for a vocabulary too small to hold the bytes; the signal's reason when stopped.
 * Source: Sennrich et al. 2016, https://arxiv.org/abs/1508.07909, over bytes as in Radford et al. 2019.
 */
export async function trainBpe(
  text: string | Iterable<string>,
  options: BpeTrainOptions,
): Promise<BpeTokenizer> {
  const specials = options.specials ?? {};
  const { added } = addSpecials(specials, 0);
  const wantedMerges = options.vocabSize - 256 - added.length;
  if (!(Number.isInteger(options.vocabSize) && wantedMerges >= 0 && options.vocabSize <= 1 << 20))
    throw new FaultError(
      "bad-config",
      `A BPE vocabulary must have room for 256 bytes and ${added.length} special tokens, and at most ${1 << 20} tokens; the size asked for is ${options.vocabSize}.`,
      "Set the vocabulary size to 512 or more.",
    );
  const pace = createPace(options);
  const pieces = typeof text === "string" ? [text] : text;
  const counts = await countWords(pieces, createSpecialSplitter(added), options, pace);
  const merges = await learnMerges(counts, wantedMerges, options, pace);
  return createBpeTokenizer(merges, { specials });
}

/** Reports and lets other work run, at most every SLICE_MS. */
type Pace = (progress: () => BpeProgress) => Promise<void> | null;

function createPace(options: BpeTrainOptions): Pace {
  let until = performance.now() + SLICE_MS;
  return (progress) => {
    if (performance.now() < until) return null;
    options.onProgress?.(progress());
    return nextTask().then(() => {
      options.signal?.throwIfAborted();
      until = performance.now() + SLICE_MS;
    });
  };
}

async function countWords(
  pieces: Iterable<string>,
  split: (text: string) => readonly string[],
  options: BpeTrainOptions,
  pace: Pace,
): Promise<Map<string, number>> {
  options.signal?.throwIfAborted();
  const counts = new Map<string, number>();
  const words = createWordRegex();
  let finished = 0;
  let seen = 0;
  for (const piece of pieces) {
    for (const [i, part] of split(piece).entries()) {
      if (i % 2 === 1) continue;
      words.lastIndex = 0;
      for (let match = words.exec(part); match !== null; match = words.exec(part)) {
        counts.set(match[0], (counts.get(match[0]) ?? 0) + 1);
        if ((++seen & 1023) !== 0) continue;
        const done = finished + words.lastIndex;
        await pace(() => ({ phase: "counting words", done, total: finished + piece.length }));
      }
    }
    finished += piece.length;
  }
  options.onProgress?.({ phase: "counting words", done: finished, total: finished });
  return counts;
}

/** A pair of neighbours: how often it occurs, and where its left token is. */
interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  readonly places: number[];
}

async function learnMerges(
  words: ReadonlyMap<string, number>,
  wanted: number,
  options: BpeTrainOptions,
  pace: Pace,
): Promise<[number, number][]> {
  const { ids, next, previous, weights, wordOf } = layOut(words);
  const minFrequency = options.minFrequency ?? 2;
  const pairs = new Map<number, Pair>();
  const pairAt = (left: number, right: number): Pair => {
    const key = left * 67108864 + right;
    let pair = pairs.get(key);
    if (!pair) {
      pair = { left, right, count: 0, places: [] };
      pairs.set(key, pair);
    }
    return pair;
  };
  for (let i = 0; i < ids.length; i++) {
    const right = next[i] as number;
    if (right < 0) continue;
    const pair = pairAt(ids[i] as number, ids[right] as number);
    pair.count += weights[wordOf[i] as number] as number;
    pair.places.push(i);
    if ((i & 65535) === 65535) await pace(() => ({ phase: "merging", done: 0, total: wanted }));
  }
  const queue = new PairQueue();
  for (const pair of pairs.values()) queue.push(pair);

  const merges: [number, number][] = [];
  while (merges.length < wanted) {
    const best = queue.pop();
    if (!best || best.count < minFrequency) break;
    const made = 256 + merges.length;
    merges.push([best.left, best.right]);
    best.count = 0;
    const touched = new Set<Pair>();
    // Places are in ascending order, so of overlapping pairs the left one is merged, as in encoding.
    let visited = 0;
    for (const at of best.places) {
      if ((++visited & 65535) === 0)
        await pace(() => ({ phase: "merging", done: merges.length, total: wanted }));
      const right = next[at] as number;
      if (ids[at] !== best.left || right < 0 || ids[right] !== best.right) continue;
      const weight = weights[wordOf[at] as number] as number;
      const before = previous[at] as number;
      const after = next[right] as number;
      if (before >= 0) lower(pairs, ids[before] as number, best.left, weight, best);
      if (after >= 0) lower(pairs, best.right, ids[after] as number, weight, best);
      ids[at] = made;
      next[at] = after;
      next[right] = -1; // no pair begins here any more, and none ends here: nothing links to it
      if (after >= 0) previous[after] = at;
      if (before >= 0) {
        const pair = pairAt(ids[before] as number, made);
        pair.count += weight;
        pair.places.push(before);
        touched.add(pair);
      }
      if (after >= 0) {
        const pair = pairAt(made, ids[after] as number);
        pair.count += weight;
        pair.places.push(at);
        touched.add(pair);
      }
    }
    best.places.length = 0;
    pairs.delete(best.left * 67108864 + best.right);
    for (const pair of touched) queue.push(pair);
    await pace(() => ({ phase: "merging", done: merges.length, total: wanted }));
  }
  options.onProgress?.({ phase: "merging", done: merges.length, total: merges.length });
  return merges;
}

function lower(
  pairs: ReadonlyMap<number, Pair>,
  left: number,
  right: number,
  weight: number,
  current: Pair,
): void {
  const pair = pairs.get(left * 67108864 + right);
  if (pair && pair !== current) pair.count -= weight;
}

/** Every distinct word's bytes in one row of tokens, linked to their neighbours within the word. */
function layOut(words: ReadonlyMap<string, number>) {
  const utf8 = new TextEncoder();
  let length = 0;
  const encoded: Uint8Array[] = [];
  for (const word of words.keys()) {
    const bytes = utf8.encode(word);
    encoded.push(bytes);
    length += bytes.length;
  }
  const ids = new Int32Array(length);
  const next = new Int32Array(length).fill(-1);
  const previous = new Int32Array(length).fill(-1);
  const wordOf = new Int32Array(length);
  const weights = Float64Array.from(words.values());
  let at = 0;
  encoded.forEach((bytes, word) => {
    for (let i = 0; i < bytes.length; i++, at++) {
      ids[at] = bytes[i] as number;
      wordOf[at] = word;
      if (i > 0) previous[at] = at - 1;
      if (i + 1 < bytes.length) next[at] = at + 1;
    }
  });
  return { ids, next, previous, wordOf, weights };
}

/** Pairs by count, then by lower ids. Counts fall after a pair is queued, never rise: a stale entry is queued again. */
class PairQueue {
  readonly #heap: { count: number; pair: Pair }[] = [];

  push(pair: Pair): void {
    if (pair.count <= 0) return;
    const heap = this.#heap;
    const item = { count: pair.count, pair };
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(item, heap[parent] as { count: number; pair: Pair })) break;
      heap[at] = heap[parent] as { count: number; pair: Pair };
      at = parent;
    }
    heap[at] = item;
  }

  pop(): Pair | undefined {
    for (let top = this.#take(); top; top = this.#take()) {
      if (top.count === top.pair.count) return top.pair;
      this.push(top.pair);
    }
    return undefined;
  }

  #take(): { count: number; pair: Pair } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (!left) break;
      const right = heap[child + 1];
      if (right && comesBefore(right, left)) child++;
      const first = heap[child] as { count: number; pair: Pair };
      if (!comesBefore(first, last)) break;
      heap[at] = first;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function comesBefore(a: { count: number; pair: Pair }, b: { count: number; pair: Pair }): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}
